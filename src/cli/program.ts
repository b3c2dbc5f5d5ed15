import { Command, CommanderError } from "commander";
import { report, say } from "./output.js";
import { version } from "./package-info.js";

/** Every command, one file each, loaded only when it is asked for or when help lists it. */
const commands: Readonly<Record<string, () => Promise<{ readonly command: () => Command }>>> = {
  run: () => import("./commands/run.js"),
  rig: () => import("./commands/rig.js"),
  "device-sim": () => import("./commands/device-sim.js"),
  device: () => import("./commands/device.js"),
  "rig-check": () => import("./commands/rig-check.js"),
  score: () => import("./commands/score.js"),
  simulate: () => import("./commands/simulate.js"),
  train: () => import("./commands/train.js"),
  evaluate: () => import("./commands/evaluate.js"),
  "import-torch": () => import("./commands/import-torch.js"),
  models: () => import("./commands/models.js"),
  study: () => import("./commands/study.js"),
  token: () => import("./commands/token.js"),
  setup: () => import("./commands/setup.js"),
  objectives: () => import("./commands/objectives.js"),
  optimise: () => import("./commands/optimise.js"),
  replay: () => import("./commands/replay.js"),
  runs: () => import("./commands/runs.js"),
  export: () => import("./commands/export.js"),
  keys: () => import("./commands/keys.js"),
  backup: () => import("./commands/backup.js"),
  faults: () => import("./commands/faults.js"),
  "serve-model": () => import("./commands/serve-model.js"),
  worker: () => import("./commands/worker.js"),
  fleet: () => import("./commands/fleet.js"),
  guard: () => import("./commands/guard.js"),
  bench: () => import("./commands/bench.js"),
  doctor: () => import("./commands/doctor.js"),
};

/** Exit code of a command line: 0 done, 1 failed, 2 wrong use. */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command("stedloop")
    .description("Runs beside a STED microscope and lets it tune itself.")
    .version(version)
    .showHelpAfterError("(see --help)")
    .exitOverride()
    .configureOutput({
      writeErr: (text) =>
        say(
          text
            .trimEnd()
            .replace(/^error: /, "stedloop: ")
            .replace(/\n+/g, " "),
        ),
    });
  const asked = argv[2] ?? "";
  const names = Object.hasOwn(commands, asked) ? [asked] : Object.keys(commands);
  try {
    for (const name of names) {
      const load = commands[name];
      if (load === undefined) continue;
      program.addCommand(inherit((await load()).command(), program));
    }
    await program.parseAsync(argv as string[]);
    return Number(process.exitCode ?? 0);
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    return report(thrown);
  }
}

function inherit(command: Command, from: Command): Command {
  command.copyInheritedSettings(from);
  for (const child of command.commands) inherit(child, from);
  return command;
}
