import { Command, Option } from "commander";
import { systemClock, timestamp } from "../../core/index.js";
import { createStudy, studyFolder } from "../../study/index.js";
import { integer, seed } from "../options.js";
import { print, printJson } from "../output.js";
import { type AssembleArgs, assembleFrom } from "./options.js";

interface Options extends AssembleArgs {
  readonly out: string;
  readonly data: string;
  readonly json?: boolean;
}

export function newCommand(): Command {
  return new Command("new")
    .description("Makes a study for people: frames with two scores each, the target's and a system's.")
    .requiredOption("--dataset <folder...>", "rated frames in the Dataset format")
    .requiredOption("--model <bundle...>", "quality networks, by name or folder")
    .requiredOption("--out <run>", "the study's folder; a bare name lies in DATA/studies")
    .option("--frames <n>", "frames of each dataset", integer(1, 100_000), 103)
    .addOption(
      new Option("--split <which>", "test split only, or all frames of a set that no network saw")
        .choices(["test", "all"])
        .default("test"),
    )
    .option("--rater <name>", "whose ratings are the target; default: the mean of all raters")
    .option("--baseline <folder>", "dataset whose training labels the random baseline draws from")
    .option("--engine <name>", "what computes", "auto")
    .option("--seed <n>", "seed of frames, baseline and order", seed, 1)
    .option("--data <folder>", "where studies are kept", "./data")
    .option("--json", "one JSON document on stdout")
    .addHelpText(
      "after",
      "\nExample:\n  stedloop study new --dataset sets/actin --model actin --out first-study",
    )
    .action(async (options: Options) => {
      const folder = studyFolder(options.out, options.data, false);
      const assembled = await assembleFrom(options);
      const study = createStudy(folder, assembled, {
        seed: options.seed,
        createdAt: timestamp(systemClock),
      });
      const summary = {
        study: study.name,
        folder,
        frames: assembled.frames.length,
        questions: study.items.length,
        datasets: study.datasets,
        models: study.models,
      };
      if (options.json) return printJson(summary);
      print(`study in ${folder}: ${summary.questions} questions on ${summary.frames} frames`);
      print(`serve it with: stedloop study serve ${options.out}`);
    });
}
