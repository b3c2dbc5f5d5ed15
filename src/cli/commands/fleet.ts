import { join } from "node:path";
import { Command } from "commander";
import { silentLogger, systemClock } from "../../core/index.js";
import { FleetViewer } from "../../fleet/index.js";
import { loadTokens, startFleetServer } from "../../server/index.js";
import { type NatsOptions, natsTarget, openLink } from "../fleet-target.js";
import { integer } from "../options.js";
import { printJson, say } from "../output.js";
import { packageRoot } from "../package-info.js";

interface Options extends NatsOptions {
  readonly host: string;
  readonly port: number;
  readonly tokens?: string;
}

export function command(): Command {
  return new Command("fleet")
    .description(
      "One page over all rigs of a fleet: state, light, last score, workers and queue. It only reads.",
    )
    .requiredOption("--nats <url>", "the NATS server, e.g. nats://fleet-box:4222; several with commas")
    .option("--host <host>", "address", "127.0.0.1")
    .option("--port <n>", "port, 0 = any free one", integer(0, 65535), 8440)
    .option("--tokens <file>", "access tokens (stedloop token new); needed off loopback")
    .option("--credentials <file>", "a NATS user's .creds file")
    .option("--token-file <file>", "file whose first line is a NATS token")
    .option("--ca <file>", "certificate of the authority that signed the server's, for tls://")
    .option("--json", "accepted for symmetry; the ready line is always JSON")
    .addHelpText("after", "\nExample:\n  stedloop fleet --nats nats://127.0.0.1:4222")
    .action(watch);
}

async function watch(options: Options): Promise<void> {
  const { host, port } = options;
  const target = natsTarget(options, "fleet page");
  const tokens = options.tokens === undefined ? {} : { tokens: await loadTokens(options.tokens) };
  const link = await openLink(target, silentLogger, 3000, (why) => say(`fleet: waiting for NATS: ${why}`));
  const viewer = new FleetViewer(link, systemClock, silentLogger);
  const close = async (): Promise<void> => {
    await viewer.close();
    await link.close();
  };
  try {
    const webRoot = join(packageRoot, "dist", "web");
    const server = await startFleetServer({
      fleet: viewer,
      host,
      port,
      ...tokens,
      webRoot,
      clock: systemClock,
      logger: silentLogger,
    });
    printJson({ ready: true, connected: link.up, url: server.address, nats: link.server });
    await new Promise<void>((resolve) => {
      for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => resolve());
    });
    await server.close();
  } finally {
    await close();
  }
}
