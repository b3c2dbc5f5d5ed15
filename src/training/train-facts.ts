import { execFileSync } from "node:child_process";
import { type Dataset, datasetHash } from "../core/index.js";
import type { EpochRecord } from "./checkpoint.js";
import type { Agreement } from "./metrics.js";
import { checkoutRoot } from "./setup-tools.js";
import type { TrainOptions } from "./train-options.js";
import type { Recipe } from "./trainer.js";

export interface TrainingRun {
  readonly description: string;
  readonly seconds: number;
  readonly epochs: number;
  /** Frames of train, validation, test. */
  readonly sizes: readonly number[];
  /** The network that this training began with. */
  readonly begunWith?: Readonly<Record<string, unknown>>;
}

/** What a card says about how its network was trained. */
export function trainingFacts(
  options: TrainOptions,
  dataset: Dataset,
  recipe: Recipe,
  best: EpochRecord,
  run: TrainingRun,
): Record<string, unknown> {
  const { info } = dataset;
  const [train = 0, validation = 0, test = 0] = run.sizes;
  return {
    dataset: info.name,
    datasetSha256: datasetHash(dataset),
    ...(info.seed === undefined ? {} : { datasetSeed: info.seed }),
    ...(info.views === undefined ? {} : { framesOfEachField: info.views }),
    labels: info.labelSource ?? (info.simulated ? "simulated" : "human"),
    ...(options.target === "trueRating" ? { target: "trueRating: without the simulated rater's noise" } : {}),
    frames: { train, validation, test },
    recipe,
    ...(run.begunWith === undefined ? {} : { begunWith: run.begunWith }),
    epochsRun: run.epochs,
    bestEpoch: best.epoch,
    ...(info.simulated && info.seed !== undefined && info.structures.length === 1
      ? {
          datasetCommand: `stedloop simulate dataset --structure ${info.structures[0]} --count ${train + validation + test}${info.views === undefined ? "" : ` --views ${info.views}`}${info.moreOf === undefined ? "" : ` --more-of ${info.moreOf.join(",")}`} --seed ${info.seed} --out ${options.dataset}`,
        }
      : {}),
    backend: run.description,
    seconds: run.seconds,
    command: `stedloop train ${options.dataset} --out ${options.out} --arch ${options.arch ?? "cnn"} --pool-stride ${options.poolStride ?? 2} --epochs ${recipe.epochs} --seed ${recipe.seed}${options.rate === undefined ? "" : ` --rate ${options.rate}`}${options.start === undefined ? "" : ` --start ${options.start}`}${recipe.augmentation ? "" : " --no-augmentation"}${options.target === "trueRating" ? " --target trueRating" : ""}`,
  };
}

/** Metrics to four digits, for a card. */
export function rounded(value: Agreement): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(value, (_, v: unknown) => (typeof v === "number" ? Number(v.toPrecision(4)) : v)),
  );
}

/** A copy that may be changed, as the card's type wants it. */
export function mutable(domain: {
  readonly mean: readonly number[];
  readonly whitening: readonly (readonly number[])[];
  readonly threshold: number;
}) {
  return {
    mean: [...domain.mean],
    whitening: domain.whitening.map((r) => [...r]),
    threshold: domain.threshold,
  };
}

/** The checkout's commit, or `unknown` outside one. */
export function sourceCommit(): string {
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], {
      cwd: checkoutRoot(),
      stdio: ["ignore", "pipe", "ignore"],
    })
      .toString()
      .trim();
  } catch {
    return "unknown";
  }
}
