/** Molecule maps that people bring: `.npy` or TIFF, floor(A · value) molecules a pixel. */
import { decodeImageFile, InputError, RandomStream } from "../../src/core/index.js";
import { binomial } from "./frame/noise.js";
import { regionPixelNm } from "./places.js";
import type { MoleculeMap } from "./render-frame.js";

export interface MapOptions {
  /** A: molecules per unit of the map; pySTED's own maps run from 0 to 1 and gym-sted draws A in 10..100. Default 1. */
  readonly molecules?: number;
  /** Of the file, where it does not say; default 20 nm. */
  readonly pixelSizeNm?: number;
  /** Places molecules inside pixels that are not 20 nm; default 1. */
  readonly seed?: number;
}
export interface LoadedMap {
  readonly map: MoleculeMap;
  /** What was done to the numbers, in plain sentences. */
  readonly notes: readonly string[];
}

const maxSide = 2048;
/** No optics resolves what more would show, and counts would not fit a frame. */
const maxPerPixel = 1_000_000;

/** @throws InputError with the file: no image, several planes, NaN, negative, empty, too big */
export async function loadMoleculeMap(file: string, options: MapOptions = {}): Promise<LoadedMap> {
  const bad = (code: string, message: string, hint?: string): InputError =>
    new InputError(code, message, { where: file, ...(hint === undefined ? {} : { hint }) });
  const image = await decodeImageFile(file).catch((thrown: unknown) => {
    throw asMapProblem(thrown, bad);
  });
  const [plane] = image.planes;
  if (plane === undefined || image.planes.length !== 1) throw notOnePlane(image, bad);
  const negative = image.notes.find((note) => /below zero|negative/i.test(note));
  if (negative !== undefined)
    throw bad("NEGATIVE_MAP", `a molecule map cannot be negative: ${negative.replace(" taken as 0", "")}`);
  const per = options.molecules ?? 1;
  if (!(per > 0) || !Number.isFinite(per)) {
    throw new InputError("BAD_MOLECULES", `molecules per unit must be above 0, not ${per}`, {
      where: "--molecules",
    });
  }
  const pixelNm = options.pixelSizeNm ?? plane.pixelSizeNm ?? regionPixelNm;
  if (!(pixelNm >= 1 && pixelNm <= 2000)) {
    throw bad("BAD_PIXEL_SIZE", `pixels of ${pixelNm} nm; a map's are 1 … 2000 nm`);
  }
  const source = countsOf(plane.pixels, per);
  if (source.most > maxPerPixel) {
    throw bad(
      "MAP_TOO_DENSE",
      `${Number(source.most.toPrecision(6))} molecules in one pixel, at most ${maxPerPixel}`,
      "give a smaller number of molecules per unit",
    );
  }
  // Nothing but zeros is an empty field, whose frame is background; small values are a forgotten A.
  if (source.total === 0 && plane.pixels.some((v) => v > 0)) {
    throw bad(
      "EMPTY_MAP",
      "holds no molecules at all",
      "raise the number of molecules per unit: floor(A · value) counts",
    );
  }
  const [height, width] = plane.shape;
  const side = Math.round((Math.max(height, width) * pixelNm) / regionPixelNm);
  if (side > maxSide)
    throw bad("MAP_TOO_BIG", `${side} pixels of 20 nm a side, at most ${maxSide} are simulated`);
  if (Math.abs(pixelNm - regionPixelNm) < 0.01 * regionPixelNm) {
    return { map: { molecules: source.counts, heightPx: height, widthPx: width }, notes: image.notes };
  }
  const map = regrid(source.counts, height, width, pixelNm, options.seed ?? 1);
  const note = `resampled from ${pixelNm} nm to ${regionPixelNm} nm pixels, every molecule kept`;
  return { map, notes: [...image.notes, note] };
}

type Bad = (code: string, message: string, hint?: string) => InputError;

/** A reader of frames speaks of photon counts; a map holds molecules. */
function asMapProblem(thrown: unknown, bad: Bad): unknown {
  if (!(thrown instanceof InputError)) return thrown;
  if (thrown.code === "NOT_FINITE") {
    const message = thrown.message.replace(/, not a photon count$/, ": a molecule map holds numbers from 0");
    return bad(thrown.code, message, "put 0 where there are no molecules");
  }
  if (thrown.code === "NOT_COUNTS") {
    const message = thrown.message.replace(/: no photon counts$/, "");
    return bad("NEGATIVE_MAP", `a molecule map cannot be negative: ${message}`);
  }
  return thrown;
}

function notOnePlane({ format, planes }: Awaited<ReturnType<typeof decodeImageFile>>, bad: Bad): InputError {
  const [height, width] = planes[0]?.shape ?? [0, 0];
  const n = planes.length;
  if (format === "npy" && (width === 3 || width === 4)) {
    return bad(
      "NOT_ONE_FRAME",
      `is an array of shape (${n}, ${height}, ${width}), which looks like a picture in colour; a map is one array of rows and columns`,
      "save one channel of it: picture[..., 0]",
    );
  }
  return bad("NOT_ONE_FRAME", `has ${n} planes, a map has one`, "save the one plane that is the map");
}

/** floor(A · value) in single precision, as the maps' own programs compute it. */
function countsOf(
  pixels: ArrayLike<number>,
  per: number,
): { counts: Int32Array; total: number; most: number } {
  const counts = new Int32Array(pixels.length);
  let total = 0;
  let most = 0;
  for (let i = 0; i < counts.length; i++) {
    const n = Math.floor(Math.fround(per * (pixels[i] as number)));
    most = Math.max(most, n);
    total += n;
    counts[i] = Math.min(n, 2 ** 31 - 1);
  }
  return { counts, total, most };
}

/** From so many molecules on, a pixel's are dealt out by shares: a dense map would take minutes one by one. */
const crowd = 1000;

/** Every molecule to a random place inside its own pixel, then to the 20 nm pixel there. */
function regrid(
  counts: Int32Array,
  height: number,
  width: number,
  pixelNm: number,
  seed: number,
): MoleculeMap {
  const ratio = pixelNm / regionPixelNm;
  const heightPx = Math.max(1, Math.round(height * ratio));
  const widthPx = Math.max(1, Math.round(width * ratio));
  const molecules = new Int32Array(heightPx * widthPx);
  const random = RandomStream.of(seed, "map");
  const add = (row: number, column: number, n: number): void => {
    const at = Math.min(heightPx - 1, row) * widthPx + Math.min(widthPx - 1, column);
    molecules[at] = (molecules[at] as number) + n;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const n = counts[y * width + x] as number;
      if (n >= crowd) {
        deal(n, y, ratio, random, (row, inRow) =>
          deal(inRow, x, ratio, random, (column, k) => add(row, column, k)),
        );
        continue;
      }
      for (let k = 0; k < n; k++) {
        const row = Math.floor((y + random.uniform()) * ratio);
        add(row, Math.floor((x + random.uniform()) * ratio), 1);
      }
    }
  }
  return { molecules, heightPx, widthPx };
}

/** Deals n molecules, evenly spread over the source's pixel `at`, to the pixels of 20 nm that it overlaps in one direction. */
function deal(
  n: number,
  at: number,
  ratio: number,
  random: RandomStream,
  give: (target: number, count: number) => void,
): void {
  const end = (at + 1) * ratio;
  let from = at * ratio;
  let left = n;
  while (left > 0) {
    const edge = Math.floor(from) + 1;
    const taken = edge >= end ? left : binomial(left, (edge - from) / (end - from), random);
    if (taken > 0) give(Math.floor(from), taken);
    left -= taken;
    from = edge;
  }
}
