import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { Command } from "commander";
import { replaceFile, StoreError, systemClock } from "../../core/index.js";
import { type EvaluatedFrame, evaluate, evaluationHtml } from "../../training/index.js";
import { Progress, print, printJson, say } from "../output.js";

interface Options {
  readonly model: string;
  readonly report?: string;
  readonly points?: string;
  readonly json?: boolean;
}

export function command(): Command {
  return new Command("evaluate")
    .description(
      "How well a model rates a dataset: against its labels and, where there is one, the true rating.",
    )
    .argument("<dataset>", "folder in the Dataset format")
    .requiredOption("--model <bundle>", "by name or folder")
    .option("--report <file.html>", "also write figures, pictures and the worst frames as one HTML file")
    .option("--points <file>", "also write every frame's rating and score as JSON lines")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  stedloop evaluate sets/actin --model actin --json")
    .action(async (dataset: string, options: Options) => {
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
      if (options.report !== undefined) {
        const html = await evaluationHtml({ model: options.model, dataset, result, points });
        writeInto(options.report, html);
        say(`written: ${options.report}`);
      }
      if (options.json) return printJson(result);
      print(JSON.stringify(result, null, 2));
    });
}

function writeInto(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (cause) {
    throw new StoreError("CANNOT_WRITE", "the folder cannot be made", { where: dirname(file), cause });
  }
  replaceFile(file, text);
}
