import { Command } from "commander";
import { systemClock } from "../../core/index.js";
import { backupData } from "../../journal/index.js";
import { Progress, print, printJson } from "../output.js";

export function command(): Command {
  return new Command("backup")
    .description(
      "Copies the journal, its frames, ratings, studies and models, also beside a running daemon; a second time only what is new.",
    )
    .requiredOption("--to <folder>", "where to; the copy is itself a --data folder")
    .option("--data <folder>", "where runs are kept", "./data")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  stedloop backup --to /mnt/archive/stedloop")
    .action(async (options: { to: string; data: string; json?: boolean }) => {
      const progress = new Progress("backup", () => systemClock.monotonic());
      const done = await backupData(options.data, options.to, (n, total) => progress.update(n, total));
      if (options.json) printJson(done);
      else
        print(
          `${done.runs} runs, ${done.frames} frames in ${options.to} (${done.copied} copied now, and ${done.files} files of ratings, studies and models)`,
        );
    });
}
