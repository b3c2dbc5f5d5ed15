/** Where frames to rate come from: a dataset, a folder of images, or the STED frames of a run. */
import { existsSync } from "node:fs";
import { copyFile, readdir, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  type Clock,
  encodeTiff,
  type Image,
  InputError,
  readLooseDataset,
  type ScoreRecord,
  type Split,
  timestamp,
} from "../core/index.js";
import type { JournalReader } from "../journal/index.js";
import {
  checkSetName,
  makeRatingFolder,
  type RatingFile,
  ratingsFolder,
  splitFrames,
  writeRatingFile,
} from "./rating-file.js";

/** More than this in one set is more than anybody rates. */
export const mostFrames = 5000;

export interface NewRatingSet {
  readonly name: string;
  /** A folder (dataset or images), or a run of the journal. */
  readonly source: { readonly folder: string } | { readonly run: string };
  readonly order: "random" | "active";
  readonly structure: string;
}
export interface RatingSourceTools {
  readonly data: string;
  readonly clock: Clock;
  readonly runs: Pick<JournalReader, "steps" | "extras" | "frame">;
  /** Reads an image file, off the main thread where there is one. */
  readonly decode: (path: string) => Promise<readonly Image[]>;
  readonly score: (image: Image) => Promise<Pick<ScoreRecord, "score" | "lower" | "upper">>;
  readonly onFrame?: (done: number, total: number) => void;
}

interface Candidate {
  readonly id: string;
  readonly origin: string;
  readonly structure: string;
  readonly split: Split | null;
  /** Puts the frame where it belongs and returns it. */
  readonly store: (path: string) => Promise<Image>;
}

/**
 * Copies the frames into DATA/ratings/NAME and writes rating.json. Files that are no images are left out and named.
 * @throws InputError for a bad name, a folder that is not there, or one without any image
 */
export async function createRatingSet(
  wanted: NewRatingSet,
  tools: RatingSourceTools,
): Promise<{ readonly folder: string; readonly frames: number; readonly leftOut: readonly string[] }> {
  checkSetName(wanted.name);
  const folder = ratingsFolder(tools.data, wanted.name);
  const candidates = await candidatesOf(wanted, tools);
  if (candidates.length === 0) {
    throw new InputError("NO_FRAMES", "there are no frames to rate in it", { hint: "choose another source" });
  }
  if (candidates.length > mostFrames) {
    throw new InputError("TOO_MANY_FRAMES", `${candidates.length} frames; a set holds up to ${mostFrames}`, {
      hint: "choose a folder with fewer",
    });
  }
  makeRatingFolder(folder);
  const frames: RatingFile["frames"] = [];
  const leftOut: string[] = [];
  let pixelSizeNm = 20;
  for (const [i, candidate] of candidates.entries()) {
    try {
      const image = await candidate.store(join(folder, "frames", `${candidate.id}.tif`));
      pixelSizeNm = frames.length === 0 ? image.pixelSizeNm : pixelSizeNm;
      const { id, origin, structure } = candidate;
      const { score, lower, upper } = await tools.score(image).catch(() => noScore);
      const width = lower === null || upper === null ? null : upper - lower;
      frames.push({
        id,
        structure,
        split: candidate.split ?? "train",
        origin,
        score,
        width,
      });
    } catch (thrown) {
      leftOut.push(`${candidate.origin}: ${(thrown as Error).message}`);
    }
    tools.onFrame?.(i + 1, candidates.length);
  }
  if (frames.length === 0) {
    throw new InputError("NO_FRAMES", `none of the ${candidates.length} files is an image`, {
      hint: leftOut[0] ?? "choose another folder",
    });
  }
  // What was left out takes no place in a split; a dataset's own split stays.
  const own = candidates.some((c) => c.split !== null);
  const split = splitFrames(
    frames.map((f) => f.id),
    1,
  );
  writeRatingFile(folder, {
    format: 1,
    name: wanted.name,
    createdAt: timestamp(tools.clock),
    source: "folder" in wanted.source ? resolve(wanted.source.folder) : `run ${wanted.source.run}`,
    order: wanted.order,
    seed: 1,
    repeatShare: 0.1,
    pixelSizeNm,
    licence: "not said",
    frames: own ? frames : frames.map((f) => ({ ...f, split: split.get(f.id) ?? "train" })),
  });
  return { folder, frames: frames.length, leftOut };
}

const noScore = { score: null, lower: null, upper: null };

async function candidatesOf(wanted: NewRatingSet, tools: RatingSourceTools): Promise<readonly Candidate[]> {
  const { source, structure } = wanted;
  if ("run" in source) return fromRun(source.run, structure, tools);
  const there = await stat(source.folder).catch(() => null);
  if (there?.isDirectory() !== true) {
    throw new InputError("NO_FOLDER", "there is no such folder on the daemon's computer", {
      hint: "give its full path",
    });
  }
  if (existsSync(join(source.folder, "dataset.json"))) return fromDataset(source.folder, tools);
  return fromImages(source.folder, structure, tools);
}

function fromDataset(folder: string, tools: RatingSourceTools): readonly Candidate[] {
  const { info, labels } = readLooseDataset(folder);
  const byId = new Map(labels.map((l) => [l.id, l]));
  return [...byId.values()].map(({ id, structure, split }) => ({
    id,
    structure,
    split,
    origin: `frames/${id}.tif`,
    store: async (path) => {
      const from = join(folder, "frames", `${id}.tif`);
      const plane = first(await tools.decode(from));
      await copyFile(from, path);
      return { pixels: plane.pixels, shape: plane.shape, pixelSizeNm: info.pixelSizeNm };
    },
  }));
}

async function fromImages(
  folder: string,
  structure: string,
  tools: RatingSourceTools,
): Promise<readonly Candidate[]> {
  const names = (await readdir(folder)).filter((n) => /\.(tiff?|npy|obf|msr)$/i.test(n)).sort();
  const taken = new Set<string>();
  return names.map((name) => ({
    id: freeId(name.replace(/(\.ome)?\.[^.]+$/i, ""), taken),
    structure,
    split: null,
    origin: name,
    store: async (path) => save(path, first(await tools.decode(join(folder, name)))),
  }));
}

async function fromRun(
  run: string,
  structure: string,
  tools: RatingSourceTools,
): Promise<readonly Candidate[]> {
  const steps = await tools.runs.steps(run, { optimiserStates: false });
  const rows = [...steps.flatMap((s) => s.frames), ...(await tools.runs.extras(run))];
  const taken = new Set<string>();
  return rows
    .filter((row) => row.frame.kind === "sted")
    .map((row) => ({
      id: freeId(row.step === null ? `frame-${row.id}` : `step-${String(row.step).padStart(4, "0")}`, taken),
      structure,
      split: null,
      origin: `run ${run} frame ${row.id}`,
      store: async (path) => {
        const frame = await tools.runs.frame(run, row.id);
        if (frame === null) throw new InputError("NO_FRAME", "the frame is missing");
        return save(path, { pixels: frame.pixels, shape: frame.shape, pixelSizeNm: frame.pixelSizeNm });
      },
    }));
}

function first(images: readonly Image[]): Image {
  const image = images[0];
  if (image === undefined) throw new InputError("NO_FRAME", "holds no image");
  return image;
}

async function save(path: string, image: Image): Promise<Image> {
  await writeFile(path, encodeTiff(image));
  return image;
}

/** A file's name as an id of the Dataset format, with a number where it is taken. */
function freeId(name: string, taken: Set<string>): string {
  const base = name.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+/, "") || "frame";
  let id = base;
  for (let n = 2; taken.has(id); n++) id = `${base}-${n}`;
  taken.add(id);
  return id;
}
