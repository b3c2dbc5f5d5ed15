import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  decodeImageFile,
  type Image,
  imageFileNames,
  type Plane,
  type ReadOptions,
  type ScoreRecord,
  toStedError,
} from "../core/index.js";
import { writeHeatmap } from "./heatmap-files.js";
import type { Scored, Wanted } from "./scored.js";

/** What `stedloop score` prints: a line a frame, or a line a file that could not be read. */
export type ScoreLine =
  | ({
      readonly file: string;
      readonly frame: number /** Of an Imspector file. */;
      readonly stack?: string;
    } & ScoreRecord)
  | ScoreFailure;
export interface ScoreFailure {
  readonly file: string;
  /** Only where other frames of the file were read. */
  readonly frame?: number;
  readonly error: { readonly code: string; readonly message: string };
}

export interface ScoreFilesOptions {
  /** Overrides what the files say; without it and without a word in the file the model's own 20 nm. */
  readonly pixelSizeNm?: number;
  /** Taken where neither option nor file gives one; default 20. */
  readonly defaultPixelSizeNm?: number;
  /** Folder that gets a heatmap (OME-TIFF) and an overlay (PNG) a frame. */
  readonly heatmapFolder?: string;
  /** Frames under way at once; default 4. */
  readonly ahead?: number;
  /** What the reader did or assumed, one sentence at a time. */
  readonly onNote?: (file: string, note: string) => void;
  /** Which stack of an Imspector file, which arrival times; default: every image stack, all of them. */
  readonly read?: ReadOptions;
  readonly signal?: AbortSignal;
}

/** A `Scorer` or a `ScorerPool`. */
export interface DetailScorer {
  detail(image: Image, wanted?: Wanted): Promise<Scored>;
}

/** Files as given; a folder stands for the images in it, by name. A path that is neither comes back as it is. */
export async function imageFiles(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const isFolder = await stat(path).then(
      (s) => s.isDirectory(),
      () => false,
    );
    if (!isFolder) {
      found.push(path);
      continue;
    }
    const names = (await readdir(path)).filter((name) => imageFileNames.test(name)).sort();
    found.push(...names.map((name) => join(path, name)));
  }
  return found;
}

/**
 * Scores files one frame after another and gives their lines in the order of the input, whichever is done first.
 * A file or frame that cannot be scored gives a line with its error and the rest go on.
 */
export async function* scoreFiles(
  files: readonly string[],
  scorer: DetailScorer,
  options: ScoreFilesOptions = {},
): AsyncGenerator<ScoreLine> {
  const ahead = Math.max(1, options.ahead ?? 4);
  const open: Promise<ScoreLine>[] = [];
  try {
    for await (const work of frames(files, options)) {
      open.push("error" in work ? Promise.resolve(work) : scoreFrame(work, scorer, options));
      if (open.length >= ahead) yield await (open.shift() as Promise<ScoreLine>);
      if (options.signal?.aborted) break;
    }
    while (open.length > 0) yield await (open.shift() as Promise<ScoreLine>);
  } finally {
    await Promise.allSettled(open);
  }
}

interface Work {
  readonly file: string;
  readonly frame: number;
  readonly frames: number;
  readonly plane: Plane;
}

async function* frames(
  files: readonly string[],
  options: ScoreFilesOptions,
): AsyncGenerator<Work | ScoreFailure> {
  for (const file of files) {
    if (options.signal?.aborted) return;
    try {
      const { planes, notes, pixelSizeNm } = await decodeImageFile(file, file, options.read);
      for (const note of notes) options.onNote?.(file, note);
      if (pixelSizeNm === null && options.pixelSizeNm === undefined) {
        options.onNote?.(file, `no pixel size in the file: ${options.defaultPixelSizeNm ?? 20} nm assumed`);
      }
      for (const [frame, plane] of planes.entries()) yield { file, frame, frames: planes.length, plane };
    } catch (thrown) {
      yield failure(file, thrown);
    }
  }
}

async function scoreFrame(work: Work, scorer: DetailScorer, options: ScoreFilesOptions): Promise<ScoreLine> {
  const { file, frame, plane } = work;
  const image: Image = {
    pixels: plane.pixels,
    shape: plane.shape,
    pixelSizeNm: options.pixelSizeNm ?? plane.pixelSizeNm ?? options.defaultPixelSizeNm ?? 20,
  };
  const folder = options.heatmapFolder;
  try {
    const scored = await scorer.detail(image, folder === undefined ? {} : { heatmap: true });
    if (folder !== undefined) await writeHeatmap(folder, file, work.frames > 1 ? frame : null, image, scored);
    const stack = plane.stack === undefined ? {} : { stack: plane.stack.name };
    return { file, frame, ...stack, ...scored.record };
  } catch (thrown) {
    return { ...failure(file, thrown), ...(work.frames > 1 ? { frame } : {}) };
  }
}

function failure(file: string, thrown: unknown): ScoreFailure {
  const { code, message, hint } = toStedError(thrown);
  return { file, error: { code, message: hint === undefined ? message : `${message} (${hint})` } };
}
