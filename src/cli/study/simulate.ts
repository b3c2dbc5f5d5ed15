import { Command, Option } from "commander";
import { simulateStudy, simulateVotes, textOf, writeReport } from "../../study/index.js";
import { integer, seed } from "../options.js";
import { print, printJson, say } from "../output.js";
import { type AssembleArgs, assembleFrom } from "./options.js";

interface Options extends AssembleArgs {
  readonly testers: number;
  readonly report?: string;
  readonly json?: boolean;
}

export function simulateCommand(): Command {
  return new Command("simulate")
    .description("The study with simulated testers: network and random baseline against the labels.")
    .requiredOption("--dataset <folder...>", "rated frames in the Dataset format")
    .requiredOption("--model <bundle...>", "quality networks, by name or folder")
    .option("--testers <n>", "how many testers", integer(1, 10_000), 11)
    .option("--frames <n>", "frames of each dataset", integer(1, 100_000), 103)
    .addOption(
      new Option("--split <which>", "test split only, or all frames of a set that no network saw")
        .choices(["test", "all"])
        .default("test"),
    )
    .option("--rater <name>", "whose ratings are the target; default: the mean of all raters")
    .option("--baseline <folder>", "dataset whose training labels the random baseline draws from")
    .option("--engine <name>", "what computes", "auto")
    .option("--seed <n>", "seed of frames, baseline and testers", seed, 1)
    .option("--data <folder>", "where studies are kept", "./data")
    .option("--report <file.html>", "also write the report, with its tables as CSV beside it")
    .option("--json", "one JSON document on stdout")
    .addHelpText(
      "after",
      "\nExample:\n  stedloop study simulate --dataset sets/actin sets/tubulin --model actin --testers 11",
    )
    .action(async (options: Options) => {
      const assembled = await assembleFrom(options);
      const result = simulateStudy(assembled, options);
      if (options.report !== undefined) {
        for (const file of writeReport(options.report, result, simulateVotes(assembled, options))) {
          say(`written: ${file}`);
        }
      }
      if (options.json) return printJson(result);
      print(textOf(result));
    });
}
