import { Command } from "commander";
import { ConfigError } from "../../core/index.js";
import { serveModels } from "../../fleet/index.js";
import { openBundle, openInference } from "../../scoring/index.js";
import { isLoopback, loadTokens, whoseToken } from "../../server/index.js";
import { integer } from "../options.js";
import { printJson, say } from "../output.js";
import { version } from "../package-info.js";

interface Options {
  readonly model: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly engine: string;
  readonly threads: number;
  readonly tokens?: string;
}

export function command(): Command {
  return new Command("serve-model")
    .description(
      "Offers models to other programs and other stedloops (Open Inference Protocol v2 over HTTP).",
    )
    .option("--model <bundle...>", "models by name or folder", ["actin"])
    .option("--host <host>", "address", "127.0.0.1")
    .option("--port <n>", "port, 0 = any free one", integer(0, 65535), 8430)
    .option("--engine <name>", "what computes", "auto")
    .option("--threads <n>", "threads of each engine", integer(1, 64), 2)
    .option("--tokens <file>", "access tokens (stedloop token new); needed off loopback")
    .option("--json", "accepted for symmetry; the ready line is always JSON")
    .addHelpText(
      "after",
      "\nExample:\n  stedloop serve-model --model actin\n  (elsewhere)  stedloop score --engine remote --remote http://127.0.0.1:8430 demo/real",
    )
    .action(serve);
}

async function serve(options: Options): Promise<void> {
  const { host, port, engine, threads } = options;
  if (!isLoopback(host) && options.tokens === undefined) {
    throw new ConfigError(
      "TOKENS_NEEDED",
      `${host} can be reached by others, and there are no access tokens`,
      {
        where: "--host",
        hint: "name a token file with --tokens, or use 127.0.0.1",
      },
    );
  }
  const tokens = options.tokens === undefined ? null : await loadTokens(options.tokens);
  const bundles = await Promise.all(options.model.map((name) => openBundle(name)));
  const models = await Promise.all(
    bundles.map(async (bundle) => ({ bundle, inference: await openInference(bundle, engine, threads) })),
  );
  const server = await serveModels({
    host,
    port,
    version,
    models,
    ...(tokens === null ? {} : { authorise: (token: string) => whoseToken(token, tokens) !== null }),
  });
  printJson({ ready: true, url: server.url, models: bundles.map((bundle) => bundle.card.name) });
  await new Promise<void>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => resolve());
  });
  await server.close();
  await Promise.all(models.map(({ inference }) => inference.close()));
  if (process.stderr.isTTY) say("serve-model: closed");
}
