import { type Dataset, framePath, InputError, type Label, RandomStream, type Split } from "../core/index.js";
import type { StudyFrame } from "./items.js";

export interface FrameChoice {
  readonly frames: readonly StudyFrame[];
  readonly truth: "trueRating" | "mean rating";
}
type Any = Split | null;

export type SplitChoice = "test" | "all";

/**
 * The frames that a study may show, in random order: the test split; all frames where there is none, or where `split`
 * says so and no network of the study was trained on this very dataset.
 * @param name the dataset's name in this study
 * @throws InputError when nothing is left
 */
export function chooseFrames(
  dataset: Dataset<Any>,
  name: string,
  options: {
    readonly trainedOn: boolean;
    readonly seed: number;
    /** Default `test`. */
    readonly split?: SplitChoice;
    /** Whose rating is the target; default the mean of all raters. */
    readonly rater?: string;
  },
): FrameChoice {
  const rated = ratedFrames(dataset, options.rater);
  const heldOut = rated.filter((f) => f.split === "test");
  const all = !options.trainedOn && (options.split === "all" || heldOut.length === 0);
  const allowed = all ? rated : heldOut;
  if (allowed.length === 0) {
    throw new InputError(
      "NO_FRAMES",
      options.trainedOn ? "the network was trained on it, and it has no test split" : "holds no rated frame",
      { where: dataset.folder, hint: "give a dataset with rated frames that the network has not seen" },
    );
  }
  const shuffled = RandomStream.of(options.seed, "frames", name).shuffle(allowed);
  const known = allowed.every((f) => f.trueRating !== null);
  const frames = shuffled.map(
    ({ id, target, trueRating, split }): StudyFrame => ({
      dataset: name,
      id,
      path: framePath(dataset.folder, id),
      pixelSizeNm: dataset.info.pixelSizeNm,
      target,
      truth: known && trueRating !== null ? trueRating : target,
      split,
    }),
  );
  return { frames, truth: known ? "trueRating" : "mean rating" };
}

interface RatedFrame {
  readonly id: string;
  readonly target: number;
  readonly trueRating: number | null;
  readonly split: Any;
}

/** Several raters of a frame count as their mean, as in training. */
function ratedFrames(dataset: Dataset<Any>, rater: string | undefined): RatedFrame[] {
  const chosen = rater === undefined ? dataset.labels : dataset.labels.filter((l) => l.rater === rater);
  if (rater !== undefined && chosen.length === 0) {
    const names = [...new Set(dataset.labels.map((l) => l.rater))].join(", ");
    throw new InputError("NO_RATER", `nobody called '${rater}' rated it`, {
      where: dataset.folder,
      hint: `raters: ${names}`,
    });
  }
  const byId = new Map<string, Label<Any>[]>();
  for (const label of chosen) byId.set(label.id, [...(byId.get(label.id) ?? []), label]);
  return [...byId.entries()].map(([id, labels]) => ({
    id,
    target: labels.reduce((sum, l) => sum + l.rating, 0) / labels.length,
    trueRating: labels.find((l) => l.trueRating !== null)?.trueRating ?? null,
    split: labels[0]?.split ?? null,
  }));
}

/** The labels that the random baseline draws from: the training split's; all where there is no split. */
export function baselineLabels(dataset: Dataset<Any>): {
  readonly values: readonly number[];
  readonly words: string;
} {
  const training = dataset.labels.filter((l) => l.split === "train");
  const used = training.length > 0 ? training : dataset.labels;
  const what = training.length > 0 ? "training labels" : "labels (it has no training split)";
  return { values: used.map((l) => l.rating), words: `${used.length} ${what} of ${dataset.info.name}` };
}
