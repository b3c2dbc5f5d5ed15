/** A study's questions: held-out frames of each dataset, each once for every network and once for the random baseline. */
import { createHash } from "node:crypto";
import {
  type Dataset,
  datasetHash,
  decodeImageFile,
  type Image,
  InputError,
  RandomStream,
  readLooseDataset,
  type Split,
} from "../core/index.js";
import { baselineLabels, chooseFrames, type SplitChoice } from "./frames.js";
import type { StudyDataset, StudyFrame, StudyItem, StudyModel } from "./items.js";

/** A network that rates frames; null where it may say nothing. */
export interface StudyNetwork extends StudyModel {
  /** SHA-256 of the dataset that it was trained on, where its card says. */
  readonly trainedOn: string | null;
  readonly score: (image: Image) => Promise<number | null>;
}

export interface AssembleOptions {
  /** Folders in the Dataset format. */
  readonly datasets: readonly string[];
  readonly networks: readonly StudyNetwork[];
  /** Most frames of each dataset. */
  readonly frames: number;
  readonly seed: number;
  /** `all`: also frames outside the test split, where no network was trained on the dataset. Default `test`. */
  readonly split?: SplitChoice;
  readonly rater?: string;
  /** Folder of the dataset whose labels the baseline draws from; default: the one that a network was trained on, else each its own. */
  readonly baseline?: string;
  /** Frames scored at a time. */
  readonly ahead?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Assembled {
  readonly items: readonly StudyItem[];
  readonly frames: readonly StudyFrame[];
  readonly datasets: readonly StudyDataset[];
  readonly models: readonly StudyModel[];
}

interface Opened {
  readonly name: string;
  readonly dataset: Dataset<Split | null>;
  readonly sha256: string;
  readonly trainedOn: boolean;
}

/** Reads the datasets, scores their frames and pairs each with its target. @throws InputError naming file and line */
export async function assemble(options: AssembleOptions): Promise<Assembled> {
  const { networks, seed } = options;
  const opened = openAll(options.datasets, networks);
  const labels = baselineOf(opened, options.baseline);
  const out = {
    items: [] as StudyItem[],
    frames: [] as StudyFrame[],
    datasets: [] as StudyDataset[],
  };
  const progress = { done: 0, total: opened.length * options.frames };
  for (const { name, dataset, sha256, trainedOn } of opened) {
    const { frames, truth } = chooseFrames(dataset, name, {
      trainedOn,
      seed,
      ...(options.split === undefined ? {} : { split: options.split }),
      ...(options.rater === undefined ? {} : { rater: options.rater }),
    });
    const { scored, withoutScore } = await scoreFrames(frames, options, () => {
      options.onProgress?.(++progress.done, progress.total);
    });
    const { values, words } = labels(dataset);
    const splits: Record<string, number> = {};
    for (const { frame, scores } of scored) {
      const split = frame.split ?? "no split";
      splits[split] = (splits[split] ?? 0) + 1;
      const random = RandomStream.of(seed, "baseline", name, frame.id);
      const drawn = values[random.int(values.length)] ?? 0.5;
      const ask = (system: "network" | "random", model: string | null, prediction: number): StudyItem => ({
        id: opaqueId(seed, name, frame.id, system, model ?? ""),
        dataset: name,
        frame: frame.id,
        system,
        model,
        target: frame.target,
        prediction,
      });
      out.frames.push(frame);
      for (const [i, score] of scores.entries())
        out.items.push(ask("network", networks[i]?.name ?? "", score));
      out.items.push(ask("random", null, drawn));
    }
    out.datasets.push({
      name,
      structure: structureOf(dataset),
      sha256,
      frames: scored.length,
      splits,
      withoutScore,
      trainedOn,
      truth,
      baseline: words,
    });
  }
  const models = networks.map(({ name, version, hash, engine }) => ({ name, version, hash, engine }));
  return { ...out, models };
}

function openAll(folders: readonly string[], networks: readonly StudyNetwork[]): Opened[] {
  const names = new Map<string, number>();
  return folders.map((folder) => {
    const dataset = readLooseDataset(folder);
    const sha256 = hashOf(dataset);
    // Two sets of one name are told apart by a number.
    const seen = (names.get(dataset.info.name) ?? 0) + 1;
    names.set(dataset.info.name, seen);
    const name = seen === 1 ? dataset.info.name : `${dataset.info.name} (${seen})`;
    return {
      name,
      dataset,
      sha256,
      trainedOn: sha256 !== "" && networks.some((n) => n.trainedOn === sha256),
    };
  });
}

/** Empty where a frame is missing: then it is no set that a network was trained on. */
function hashOf(dataset: Dataset<Split | null>): string {
  try {
    return datasetHash(dataset);
  } catch {
    return "";
  }
}

type Baseline = ReturnType<typeof baselineLabels>;

/** Whose labels the baseline draws from, for each dataset. */
function baselineOf(
  opened: readonly Opened[],
  given: string | undefined,
): (dataset: Dataset<Split | null>) => Baseline {
  const own = opened.find((o) => o.trainedOn);
  const one = given === undefined ? own?.dataset : readLooseDataset(given);
  if (one === undefined) return (dataset) => notEmpty(baselineLabels(dataset), dataset.folder);
  const labels = notEmpty(baselineLabels(one), one.folder);
  return () => labels;
}

function notEmpty(labels: Baseline, where: string): Baseline {
  if (labels.values.length > 0) return labels;
  throw new InputError("NO_FRAMES", "holds no rated frame", { where });
}

/** Scores frames in their order until enough have a score from every network. */
async function scoreFrames(
  frames: readonly StudyFrame[],
  options: AssembleOptions,
  onScored: () => void,
): Promise<{ scored: { frame: StudyFrame; scores: number[] }[]; withoutScore: number }> {
  const scored: { frame: StudyFrame; scores: number[] }[] = [];
  let withoutScore = 0;
  let next = 0;
  while (scored.length < options.frames && next < frames.length) {
    const batch = frames.slice(next, next + Math.min(options.ahead ?? 4, options.frames - scored.length));
    next += batch.length;
    const results = await Promise.all(batch.map((frame) => scoreFrame(frame, options.networks)));
    for (const [i, scores] of results.entries()) {
      const frame = batch[i];
      if (frame === undefined) continue;
      if (scores === null) withoutScore++;
      else {
        scored.push({ frame, scores });
        onScored();
      }
    }
  }
  return { scored, withoutScore };
}

async function scoreFrame(frame: StudyFrame, networks: readonly StudyNetwork[]): Promise<number[] | null> {
  const plane = (await decodeImageFile(frame.path)).planes[0];
  if (plane === undefined) throw new InputError("NO_FRAME", "holds no image", { where: frame.path });
  const image: Image = { pixels: plane.pixels, shape: plane.shape, pixelSizeNm: frame.pixelSizeNm };
  const scores = await Promise.all(networks.map((network) => network.score(image)));
  const known = scores.filter((s) => s !== null);
  return known.length === scores.length ? known : null;
}

function structureOf({ info }: Dataset<Split | null>): string {
  const text = [...info.structures, info.name].join(" ").toLowerCase();
  return ["actin", "tubulin"].find((name) => text.includes(name)) ?? info.structures[0] ?? info.name;
}

function opaqueId(...parts: readonly (string | number)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}
