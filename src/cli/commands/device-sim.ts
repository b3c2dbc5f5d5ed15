import { createInterface } from "node:readline";
import { Command } from "commander";
import { readFaultScript } from "../../../drivers/faults/index.js";
import {
  control,
  type DeviceSim,
  deviceModels,
  faultsOf,
  startDeviceSim,
} from "../../../drivers/serial/sim/index.js";
import { fromRegistry, systemClock } from "../../core/index.js";
import { seed } from "../options.js";
import { printJson, say } from "../output.js";
import { parentPipe } from "../rig-process.js";

interface Options {
  readonly link?: string;
  readonly seed: number;
  readonly faults?: string;
  readonly log?: string;
}

export function command(): Command {
  return new Command("device-sim")
    .description("A simulated serial device behind a real pseudo-terminal; any program may talk to it.")
    .argument("<kind>", Object.keys(deviceModels).join(", "))
    .option("--link <path>", "a name that stays while the pseudo-terminal changes, removed at the end")
    .option("--seed <n>", "seed of its serial number and of everything that happens by chance", seed, 1)
    .option("--faults <file>", "YAML script of what goes wrong and when (stedloop faults list)")
    .option("--log <file>", "every byte in and out with its time, a JSON line each")
    .option("--json", "accepted for symmetry; what is printed is always JSON")
    .addHelpText(
      "after",
      `
While it runs it takes a JSON line on stdin and answers each with one on stdout:
  {"status": true}                    the truth about its light, whatever it says on the wire
  {"fault": "interlock-open"}         until cleared; "for": seconds or "commands": n limit it
  {"clear": "interlock-open"}         or "all"

Example:
  stedloop device-sim mpb-vfl --link /tmp/depletion`,
    )
    .action(simulate);
}

async function simulate(kind: string, options: Options): Promise<void> {
  const model = await fromRegistry("device", deviceModels, kind);
  const names = Object.keys(faultsOf(model));
  const sim = await startDeviceSim({
    kind,
    model,
    clock: systemClock,
    seed: options.seed,
    entries: options.faults === undefined ? [] : readFaultScript(options.faults, names, ["s", "command"]),
    onFault: (fault, active) => say(`${kind}: fault '${fault}' ${active ? "begins" : "ends"}`),
    ...(options.link === undefined ? {} : { link: options.link }),
    ...(options.log === undefined ? {} : { log: options.log }),
  });
  printJson({
    ready: true,
    path: sim.path,
    kind,
    ...(options.link === undefined ? {} : { link: options.link }),
  });
  await untilEnd(sim);
  await sim.close();
  process.exit(0);
}

/** Serves orders from stdin. Its end ends nothing, unless a parent said that it is its pipe. */
function untilEnd(sim: DeviceSim): Promise<void> {
  return new Promise((resolve) => {
    const orders = createInterface({ input: process.stdin });
    let answered = Promise.resolve();
    orders.on("line", (line) => {
      if (line.trim() === "") return;
      answered = answered.then(async () => printJson(await control(sim, line)));
    });
    orders.on("close", () => {
      if (process.env[parentPipe] !== undefined) void answered.then(() => resolve());
    });
    process.stdin.on("error", () => undefined);
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => resolve());
    process.once("uncaughtException", (error) => {
      say(`device-sim: ${error.message}`);
      resolve();
    });
  });
}
