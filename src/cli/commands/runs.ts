import { Command } from "commander";
import { openJournalReader } from "../../journal/index.js";
import { print, printJson } from "../output.js";

export function command(): Command {
  return new Command("runs")
    .description("The runs of a data folder, oldest first. Works beside a running daemon.")
    .option("--data <folder>", "where runs are kept", "./data")
    .option("--json", "a JSON line a run")
    .addHelpText("after", "\nExample:\n  stedloop runs --json")
    .action(async (options: { data: string; json?: boolean }) => {
      const reader = await openJournalReader(options.data);
      try {
        const runs = await reader.runs();
        for (const { run, state, iterations, frames, startedAt } of runs) {
          if (options.json) printJson({ run, state, iterations, frames, startedAt });
          else
            print(
              `${run}  ${state.padEnd(8)}  ${String(iterations).padStart(4)} steps  ${String(frames).padStart(5)} frames  ${startedAt}`,
            );
        }
        if (runs.length === 0 && !options.json) print(`no runs in ${options.data}`);
      } finally {
        await reader.close();
      }
    });
}
