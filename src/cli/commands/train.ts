import { Command, Option } from "commander";
import { systemClock } from "../../core/index.js";
import {
  type TrainingBackend,
  type TrainingTarget,
  train,
  trainingBackends,
  trainingTargets,
} from "../../training/index.js";
import { integer, number, seed } from "../options.js";
import { print, printJson, say } from "../output.js";

interface Options {
  readonly out: string;
  readonly arch: "cnn" | "fcn";
  readonly poolStride: "1" | "2";
  readonly epochs?: number;
  readonly rate?: number;
  readonly backend: TrainingBackend;
  readonly seed: number;
  readonly resume?: boolean;
  readonly start?: string;
  readonly augmentation: boolean;
  readonly target: TrainingTarget;
  readonly json?: boolean;
}

export function command(): Command {
  return new Command("train")
    .description(
      "Trains a quality network on rated frames and writes a model bundle. Ctrl-C keeps the last checkpoint.",
    )
    .argument("<dataset>", "folder in the Dataset format")
    .requiredOption("--out <folder>", "the bundle to write")
    .addOption(new Option("--arch <arch>", "architecture").choices(["cnn", "fcn"]).default("cnn"))
    .addOption(
      new Option("--pool-stride <n>", "stride of the 2 × 2 pooling").choices(["1", "2"]).default("2"),
    )
    .option("--epochs <n>", "most epochs", integer(1, 10_000))
    .option("--rate <r>", "peak learning rate; default 0.0015, a third of it with --start", number(1e-7, 1))
    .addOption(
      new Option("--backend <backend>", "what computes").choices([...trainingBackends]).default("auto"),
    )
    .option("--seed <n>", "seed of weights, order and augmentation", seed, 1)
    .option(
      "--start <model>",
      "begin with the weights of this bundle (actin: the shipped one) instead of random ones: your frames refine it",
    )
    .addOption(
      new Option("--target <what>", "learn the raters' mean, or the true rating that simulated sets hold")
        .choices([...trainingTargets])
        .default("rating"),
    )
    .option("--no-augmentation", "each frame once an epoch, as it is")
    .option("--resume", "go on from the last checkpoint in --out")
    .option("--json", "one JSON document on stdout at the end")
    .addHelpText(
      "after",
      "\nExamples:\n  stedloop train sets/actin --out models/mine --arch cnn\n  stedloop train sets/mine --out models/mine --start actin --epochs 20",
    )
    .action(async (dataset: string, options: Options) => {
      const result = await train({
        dataset,
        out: options.out,
        arch: options.arch,
        poolStride: options.poolStride === "1" ? 1 : 2,
        ...(options.epochs === undefined ? {} : { epochs: options.epochs }),
        ...(options.rate === undefined ? {} : { rate: options.rate }),
        backend: options.backend,
        seed: options.seed,
        resume: options.resume === true,
        augmentation: options.augmentation,
        target: options.target,
        ...(options.start === undefined ? {} : { start: options.start }),
        clock: systemClock,
        onProgress: (line: string) => say(line),
      });
      if (options.json) printJson(result);
      else print(`bundle written to ${options.out}`);
    });
}
