import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { Command } from "commander";
import { silentLogger, systemClock } from "../../core/index.js";
import { checkName, modelKey, startWorker, type WorkerModel } from "../../fleet/index.js";
import { openBundle, Scorer } from "../../scoring/index.js";
import { type NatsOptions, natsTarget, openLink } from "../fleet-target.js";
import { integer } from "../options.js";
import { printJson, say } from "../output.js";

interface Options extends NatsOptions {
  readonly model: readonly string[];
  readonly engine: string;
  readonly threads: number;
  readonly slots: number;
  readonly ackWait: number;
  readonly deliveries: number;
  readonly name?: string;
}

export function command(): Command {
  return new Command("worker")
    .description(
      "Scores frames of a fleet's rigs: takes them from the work queue of a NATS server (JetStream).",
    )
    .requiredOption("--nats <url>", "the NATS server, e.g. nats://fleet-box:4222; several with commas")
    .option("--model <bundle...>", "models by name or folder; rigs must use the same ones", ["actin"])
    .option("--engine <name>", "what computes", "auto")
    .option("--threads <n>", "threads of each engine", integer(1, 64), 2)
    .option("--slots <n>", "frames in hand at once, each model", integer(1, 64), 2)
    .option("--ack-wait <seconds>", "silent for so long, its frames go to another worker", integer(1, 600), 3)
    .option("--deliveries <n>", "tries of a frame before it goes to the dead letters", integer(1, 100), 5)
    .option("--name <name>", "this worker's name; default: the host's, and four digits")
    .option("--credentials <file>", "a NATS user's .creds file")
    .option("--token-file <file>", "file whose first line is a NATS token")
    .option("--ca <file>", "certificate of the authority that signed the server's, for tls://")
    .option("--json", "accepted for symmetry; the ready line is always JSON")
    .addHelpText(
      "after",
      "\nExample:\n  nats-server -js\n  stedloop worker --nats nats://127.0.0.1:4222 --model actin\n  (beside each microscope, in the configuration)  engine: fleet",
    )
    .action(work);
}

async function work(options: Options): Promise<void> {
  const { engine, threads, slots, deliveries } = options;
  const name = checkName(options.name ?? someName());
  const target = natsTarget(options, `worker ${name}`);
  const models = await Promise.all(
    options.model.map(async (model) => {
      const bundle = await openBundle(model);
      const onNotice = (line: string): void => say(`worker: ${line}`);
      return { bundle, scorer: await Scorer.open(bundle, { engine, threads, onNotice }) };
    }),
  );
  const link = await openLink(target, silentLogger, 5000, (why) => say(`worker: waiting for NATS: ${why}`));
  const worker = startWorker({
    link,
    worker: name,
    models: models.map(({ bundle, scorer }): WorkerModel => {
      const { name: of, version } = scorer.info;
      return {
        name: bundle.card.name,
        key: modelKey(bundle),
        engine: `${of} (${version})`,
        score: (image) => scorer.score(image),
      };
    }),
    slots,
    deliveries,
    ackWaitMs: options.ackWait * 1000,
    clock: systemClock,
    logger: { ...silentLogger, warn: (_fields, line) => say(`worker: ${line ?? ""}`) },
  });
  const names = models.map(({ bundle }) => bundle.card.name);
  printJson({ ready: true, connected: link.up, nats: link.server, worker: name, models: names });
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
  await worker.close();
  await link.close();
  await Promise.all(models.map(({ scorer }) => scorer.close()));
  const { scored, failed } = worker.counts;
  say(`worker ${name}: ${scored} frames scored, ${failed} given up`);
}

function someName(): string {
  const host = hostname()
    .replace(/[^A-Za-z0-9_-]+/g, "-")
    .slice(0, 59);
  return `${host}-${randomBytes(2).toString("hex")}`;
}
