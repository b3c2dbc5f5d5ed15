import { Command } from "commander";
import { systemClock } from "../../core/index.js";
import { Study, studyFolder, textOf, writeReport } from "../../study/index.js";
import { print, printJson, say } from "../output.js";

interface Options {
  readonly data: string;
  readonly report?: string;
  readonly json?: boolean;
}

export function reportCommand(): Command {
  return new Command("report")
    .description("Confusion and domination of a study so far, beside the paper's. Works while it is served.")
    .argument("<run>", "the study's folder or name")
    .option("--data <folder>", "where studies are kept", "./data")
    .option("--report <file.html>", "also write the report, with its tables as CSV beside it")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  stedloop study report first-study --report study.html")
    .action((run: string, options: Options) => {
      const study = Study.open(studyFolder(run, options.data, true), systemClock);
      const result = study.result();
      if (options.report !== undefined) {
        for (const file of writeReport(options.report, result, study.votes())) say(`written: ${file}`);
      }
      if (options.json) return printJson(result);
      for (const { tester, done, total } of study.progress()) print(`${tester}: ${done} of ${total}`);
      print(textOf(result));
    });
}
