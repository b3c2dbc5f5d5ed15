import { Command } from "commander";
import {
  createSimulatedBackend,
  faultNames,
  readFaultScript,
  startFaultyWire,
  structures,
  warmUp,
} from "../../../drivers/simulated/index.js";
import { serveRig } from "../../../drivers/zeromq/index.js";
import { checkYaml, realismSchema, sampleSchema } from "../../config/index.js";
import { ConnectError, silentLogger, systemClock, UsageError } from "../../core/index.js";
import { dyeOption, integer, modeOption, number, seed } from "../options.js";
import { printJson, say } from "../output.js";
import { version } from "../package-info.js";
import { parentPipe } from "../rig-process.js";

/** How long a rig that a daemon started waits, after a signal to both, for the daemon to end it properly. */
const ownedPatienceMs = 10_000;

interface Options {
  readonly bind: string;
  readonly events: string;
  readonly structure: string;
  readonly seed: number;
  readonly firstRegion: number;
  readonly timeScale: number;
  readonly mode: "rig" | "anchor";
  readonly dye: "gym" | "atto";
  readonly sample?: string;
  readonly realism?: string;
  readonly faults?: string;
  readonly curve?: string;
}

export function command(): Command {
  return new Command("rig")
    .description("The simulated rig alone, as a rig server (protocol stedrig/1).")
    .option("--bind <endpoint>", "where it takes commands; * = any free port", "tcp://127.0.0.1:5555")
    .option("--events <endpoint>", "where it publishes", "tcp://127.0.0.1:5556")
    .option("--structure <name>", "actin, tubulin, clusters or mixed", "actin")
    .option("--seed <n>", "seed of the sample and its noise", seed, 1)
    .option("--first-region <k>", "regions already handed out", integer(0), 0)
    .option("--time-scale <x>", "every wait times this: 1 real time, 0 none", number(0), 1)
    .addOption(modeOption())
    .addOption(dyeOption())
    .option("--sample <json>", "density, labelling, background… of the sample (docs/config.md, rig.sample)")
    .option("--realism <json>", "switches of what rig mode adds (docs/config.md, rig.realism)")
    .option("--faults <file>", "YAML script of what goes wrong and when (stedloop faults list)")
    .option(
      "--curve <folder>",
      "key files (stedloop keys new): encrypted, known clients only; needed off loopback",
    )
    .option("--json", "accepted for symmetry; the ready line is always JSON")
    .addHelpText(
      "after",
      "\nExample:\n  stedloop rig --bind tcp://127.0.0.1:5555 --structure tubulin --seed 3",
    )
    .action(serve);
}

async function serve(options: Options): Promise<void> {
  const structure = structures.find((s) => s === options.structure);
  if (structure === undefined) {
    throw new UsageError("UNKNOWN_NAME", `unknown structure '${options.structure}'`, {
      hint: `one of ${structures.join(", ")}`,
    });
  }
  const backend = createSimulatedBackend({
    structure,
    seed: options.seed,
    firstRegion: options.firstRegion,
    timeScale: options.timeScale,
    clock: systemClock,
    mode: options.mode,
    dye: options.dye,
    ...(options.sample === undefined ? {} : { sample: checkYaml(options.sample, "--sample", sampleSchema) }),
    ...(options.realism === undefined
      ? {}
      : { realism: checkYaml(options.realism, "--realism", realismSchema) }),
    faults: options.faults === undefined ? [] : readFaultScript(options.faults, faultNames),
    onFault: ({ fault }) => say(`rig: fault '${fault}'`),
  });
  warmUp(options.mode, options.dye);
  // Faults of the line need a line of their own: the server moves behind a relay that has the asked-for address.
  const relayed = backend.faultPlan.concerns("message");
  const free = "tcp://127.0.0.1:*";
  const server = await bound(
    serveRig(backend, {
      bind: relayed ? free : options.bind,
      events: relayed ? free : options.events,
      clock: systemClock,
      logger: silentLogger,
      name: "stedloop rig",
      version,
      ...(options.curve === undefined ? {} : { curve: { keys: options.curve } }),
      onDenied: ({ address, domain, count }) =>
        say(`rig: a client at ${address} with an unknown key was refused at ${domain} (${count} times)`),
    }),
  );
  const { bind, events } = options;
  const wire = relayed
    ? await bound(startFaultyWire({ server, bind, events, plan: backend.faultPlan, clock: systemClock }))
    : null;
  const { commands, events: published } = wire ?? server;
  printJson({ ready: true, commands, events: published });
  const reason = await untilEnd();
  await wire?.close();
  await server.close();
  if (process.stderr.isTTY) say(`rig: dark and closed (${reason})`);
  process.exit(0);
}

/** A port that cannot be had is a wrong option, not a failure of the rig. */
async function bound<T>(serving: Promise<T>): Promise<T> {
  try {
    return await serving;
  } catch (thrown) {
    if (!(thrown instanceof ConnectError)) throw thrown;
    throw new UsageError(thrown.code, thrown.message, { where: "--bind, --events", cause: thrown });
  }
}

/** A signal, or, for a rig that a daemon started, the end of the pipe to it. */
function untilEnd(): Promise<string> {
  const owned = process.env[parentPipe] !== undefined;
  return new Promise((resolve) => {
    if (owned) {
      process.stdin.resume();
      process.stdin.once("end", () => resolve("its daemon ended"));
      process.stdin.once("error", () => resolve("its daemon ended"));
    }
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      // A terminal or a service manager signals the whole process group: the daemon takes it, darkens the rig, then
      // closes the pipe. A rig that left first would leave the daemon asking a dead one whether it is dark.
      process.once(name, () => systemClock.after(owned ? ownedPatienceMs : 0, () => resolve(name)));
      if (owned) process.on(name, () => undefined);
    }
    process.once("uncaughtException", (error) => {
      say(`rig: ${error.message}`);
      resolve(error.message);
    });
  });
}
