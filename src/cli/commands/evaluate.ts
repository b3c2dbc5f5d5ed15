import { Command } from "commander";
import { systemClock } from "../../core/index.js";
import { evaluate } from "../../training/index.js";
import { Progress, print, printJson } from "../output.js";

export function command(): Command {
  return new Command("evaluate")
    .description(
      "How well a model rates a dataset: against its labels and, where there is one, the true rating.",
    )
    .argument("<dataset>", "folder in the Dataset format")
    .requiredOption("--model <bundle>", "by name or folder")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  stedloop evaluate sets/actin --model actin --json")
    .action(async (dataset: string, options: { model: string; json?: boolean }) => {
      const progress = new Progress("evaluate", () => systemClock.monotonic());
      const result = await evaluate({
        dataset,
        model: options.model,
        onProgress: (done: number, total: number) => progress.update(done, total),
      });
      if (options.json) return printJson(result);
      print(JSON.stringify(result, null, 2));
    });
}
