import { Command, Option } from "commander";
import type { RunOptions } from "../daemon/run-options.js";
import { integer, seed } from "../options.js";

export function command(): Command {
  return new Command("run")
    .description(
      "The daemon: simulated rig in a closed loop, or the rig of a configuration; page at 127.0.0.1:8420.",
    )
    .option("--config <file>", "YAML configuration; default: the simulated rig")
    .option("--data <folder>", "where runs are kept", "./data")
    .option("--host <host>", "address of the page")
    .option("--port <n>", "port of the page, 0 = any free one", integer(0, 65535))
    .option("--iterations <n>", "end after this many steps in all", integer(1))
    .option("--headless", "no page; as fast as possible")
    .option("--resume <run>", "go on with a run, by id or 'latest'")
    .addOption(
      new Option("--mode <mode>", "how proposals are decided").choices(["observe", "assist", "auto", "hold"]),
    )
    .option("--settings <json|best:RUN>", "hold mode: image at these settings")
    .option("--count <n>", "hold mode: how many regions", integer(1))
    .option("--seed <n>", "seed of the run (and of the simulated rig)", seed)
    .option("--json", "print the summary as one JSON document at the end")
    .addHelpText(
      "after",
      "\nExamples:\n  stedloop run\n  stedloop run --headless --iterations 20 --seed 1 --json\n  stedloop run --config config/playback.yaml\n  stedloop run --resume latest",
    )
    .action(async (options: RunOptions) => {
      const { runDaemon } = await import("../daemon/daemon.js");
      process.exitCode = await runDaemon(options);
    });
}
