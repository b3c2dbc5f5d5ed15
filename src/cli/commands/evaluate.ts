import { Command } from "commander";
import { replaceFile, systemClock } from "../../core/index.js";
import { type EvaluatedFrame, evaluate } from "../../training/index.js";
import { Progress, print, printJson } from "../output.js";

export function command(): Command {
  return new Command("evaluate")
    .description(
      "How well a model rates a dataset: against its labels and, where there is one, the true rating.",
    )
    .argument("<dataset>", "folder in the Dataset format")
    .requiredOption("--model <bundle>", "by name or folder")
    .option("--points <file>", "also write every frame's rating and score as JSON lines")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  stedloop evaluate sets/actin --model actin --json")
    .action(async (dataset: string, options: { model: string; points?: string; json?: boolean }) => {
      const progress = new Progress("evaluate", () => systemClock.monotonic());
      const points: EvaluatedFrame[] = [];
      const result = await evaluate({
        dataset,
        model: options.model,
        onProgress: (done: number, total: number) => progress.update(done, total),
        onScored: (point) => points.push(point),
      });
      if (options.points !== undefined) {
        replaceFile(options.points, points.map((p) => `${JSON.stringify(p)}\n`).join(""));
      }
      if (options.json) return printJson(result);
      print(JSON.stringify(result, null, 2));
    });
}
