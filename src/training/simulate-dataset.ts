/** Simulated datasets: frames by all cores, true rating `proxy-v2`, labels as a noisy rater would give them. */
import { existsSync, mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type DefectName, defectNames, type Structure, structures } from "../../drivers/simulated/index.js";
import {
  checkedSeed,
  type DatasetInfo,
  type Label,
  RandomStream,
  type Split,
  UsageError,
  unknownName,
  WorkerClient,
  writeDataset,
} from "../core/index.js";
import type { SimulatedRow } from "./simulate-dataset-worker.js";

export interface SimulateDatasetOptions {
  readonly structure: string;
  readonly count: number;
  readonly seed?: number;
  /** Frames of each field of view, with different settings; default 1. They stay on one side of the split. */
  readonly views?: number;
  /** Defects to draw three times as often as the others; default none. For training sets: where a network is weak. */
  readonly moreOf?: readonly string[];
  readonly out: string;
  /** Threads; default all cores. The bytes do not depend on it. */
  readonly workers?: number;
  readonly onProgress?: (done: number, count: number) => void;
  /** Stops between two frames; rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}
export interface SimulatedDataset {
  readonly folder: string;
  readonly count: number;
  /** Frames per tenth of the true rating. */
  readonly histogram: readonly number[];
  readonly splits: Readonly<Record<Split, number>>;
}

const columns = [
  "depletionPowerMw",
  "excitationPowerUw",
  "dwellTimeUs",
  "lineRepeats",
  "resolutionNm",
  "snr",
  "bleached",
  "defects",
];
const rater = "simulated";
const raterSd = 0.075;

/** Rating range that each frame should fill: tenths in turn, so that any sixty frames cover 0..1. */
function wantedOf(index: number): [number, number] {
  const bin = (index * 7) % 10;
  return [bin / 10, (bin + 1) / 10];
}

/** Writes a dataset folder. @throws UsageError for a bad option */
export async function simulateDataset(options: SimulateDatasetOptions): Promise<SimulatedDataset> {
  const { count, out } = options;
  const seed = options.seed ?? 1;
  const structure = checked(options, seed);
  const begun = existsSync(join(out, "dataset.json"));
  if (begun) {
    throw new UsageError("EXISTS", "holds a dataset already", { where: out, hint: "give an empty folder" });
  }
  try {
    mkdirSync(join(out, "frames"), { recursive: true });
  } catch (cause) {
    throw new UsageError("CANNOT_WRITE", "is not a folder that can be written", { where: out, cause });
  }
  const digits = Math.max(4, String(count).length);
  const idOf = (index: number): string => `${structure}-${String(index + 1).padStart(digits, "0")}`;
  const rows = await renderAll(options, structure, seed, idOf);
  const split = splitOf(count, seed, options.views ?? 1);
  const labels = rows.map((row, index): Label => {
    const noise = RandomStream.of(seed, "rater", index).normal() * raterSd;
    return {
      id: idOf(index),
      rating: Math.round(Math.min(1, Math.max(0, row.trueRating + noise)) * 100) / 100,
      rater,
      structure,
      split: split[index] as Split,
      trueRating: row.trueRating,
      values: row.values,
      notes: row.defects === "" ? {} : { defects: row.defects },
    };
  });
  const of = (wanted: Split): string[] => labels.filter((l) => l.split === wanted).map((l) => l.id);
  const info: DatasetInfo = {
    name: `simulated-${structure}`,
    version: "1",
    pixelSizeNm: 20,
    structures: [structure],
    licence: "MIT",
    simulated: true,
    seed,
    ...(options.views === undefined || options.views === 1 ? {} : { views: options.views }),
    ...(options.moreOf === undefined || options.moreOf.length === 0 ? {} : { moreOf: [...options.moreOf] }),
    labelSource: "proxy-v2",
    split: { train: of("train"), validation: of("validation"), test: of("test") },
  };
  writeDataset(out, info, labels, columns);
  const histogram = Array.from({ length: 10 }, () => 0);
  for (const row of rows) {
    const bin = Math.min(9, Math.floor(row.trueRating * 10));
    histogram[bin] = (histogram[bin] as number) + 1;
  }
  const { train, validation, test } = info.split;
  return {
    folder: out,
    count,
    histogram,
    splits: { train: train.length, validation: validation.length, test: test.length },
  };
}

function checked(options: SimulateDatasetOptions, seed: number): Structure {
  const structure = structures.find((s) => s === options.structure);
  if (structure === undefined) throw unknownName("structure", options.structure, structures);
  if (!Number.isInteger(options.count) || options.count < 1 || options.count > 1_000_000) {
    throw new UsageError("BAD_COUNT", `count ${options.count} is not a whole number from 1 to 1,000,000`);
  }
  const { views = 1 } = options;
  if (!Number.isInteger(views) || views < 1 || views > 100) {
    throw new UsageError("BAD_COUNT", `views ${views} is not a whole number from 1 to 100`);
  }
  for (const name of options.moreOf ?? []) {
    if (!defectNames.includes(name as DefectName)) throw unknownName("defect", name, defectNames);
  }
  checkedSeed(seed);
  return structure;
}

/** 80/10/10 of the fields of view, shuffled by the seed: no field is in two splits. */
function splitOf(count: number, seed: number, views: number): Split[] {
  const fields = Math.ceil(count / views);
  const order = RandomStream.of(seed, "split").shuffle(Array.from({ length: fields }, (_, i) => i));
  const held = Math.round(fields * 0.1);
  const ofField: Split[] = Array.from({ length: fields }, () => "train");
  order.forEach((index, rank) => {
    if (rank < held) ofField[index] = "test";
    else if (rank < 2 * held) ofField[index] = "validation";
  });
  return Array.from({ length: count }, (_, i) => ofField[Math.floor(i / views)] as Split);
}

async function renderAll(
  options: SimulateDatasetOptions,
  structure: Structure,
  seed: number,
  idOf: (index: number) => string,
): Promise<SimulatedRow[]> {
  const { count, out, signal, moreOf = [] } = options;
  const views = options.views ?? 1;
  const fields = Math.ceil(count / views);
  const threads = Math.max(1, Math.min(fields, options.workers ?? availableParallelism()));
  const rows = new Array<SimulatedRow>(count);
  let next = 0;
  let done = 0;
  const entry = new URL("./simulate-dataset-worker.js", import.meta.url);
  const clients = Array.from(
    { length: threads },
    (_, i) =>
      new WorkerClient(`simulate ${i}`, entry, { structure, seed, moreOf, folder: join(out, "frames") }),
  );
  const work = async (client: WorkerClient): Promise<void> => {
    while (next < fields) {
      signal?.throwIfAborted();
      const field = next++;
      const first = field * views;
      const indices = Array.from({ length: Math.min(views, count - first) }, (_, i) => first + i);
      const made = await client.call<SimulatedRow[]>("field", [
        field,
        indices.map(idOf),
        indices.map(wantedOf),
      ]);
      for (const [i, row] of made.entries()) rows[first + i] = row;
      done += made.length;
      options.onProgress?.(done, count);
    }
  };
  try {
    await Promise.all(clients.map(work));
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
  return rows;
}
