import { open } from "node:fs/promises";
import { InputError, StedError } from "./errors.js";
import type { Pixels } from "./frame.js";
import { decodeNpy, isNpy } from "./npy.js";
import { decodeTiff, isTiff } from "./tiff.js";

/** One image out of a file: photon counts. */
export interface Plane {
  /** Row-major (y, x), finite and not below zero. */
  readonly pixels: Pixels;
  /** [height, width] */
  readonly shape: readonly [number, number];
  /** null when the file does not say. */
  readonly pixelSizeNm: number | null;
  /** "" for the only plane of a file, else e.g. "page 2 channel 1". */
  readonly label: string;
}
export interface ImageFile {
  readonly format: "tiff" | "npy";
  readonly planes: readonly Plane[];
  readonly pixelSizeNm: number | null;
  /** What the reader did with the numbers, in plain sentences. */
  readonly notes: readonly string[];
}
export interface ReadOptions {
  /** Most bytes of pixels that may be unpacked; default 512 MiB. */
  readonly maxBytes?: number;
}

const defaultMaxBytes = 512 * 2 ** 20;
const maxFileBytes = 2 ** 30;

/**
 * Reads an image file (TIFF of all kinds that microscopes write, or .npy) as planes of photon counts. Signed
 * integers are counts as they are; ImageJ's linear calibration is applied; values below zero (a subtracted
 * background) become 0 and are counted in `notes`. @param source path, or the bytes with a `name` for messages
 * @throws InputError, its `where` the file, when it is no image, is damaged, too big, has NaN or infinite pixels
 * (the first is named), or more than half of a plane lies below zero
 */
export async function decodeImageFile(
  source: string | Uint8Array,
  name: string = typeof source === "string" ? source : "image",
  options: ReadOptions = {},
): Promise<ImageFile> {
  try {
    const bytes = typeof source === "string" ? await readWhole(source) : source;
    return decodeImage(bytes, options.maxBytes ?? defaultMaxBytes);
  } catch (thrown) {
    if (thrown instanceof InputError) {
      const hint = thrown.hint === undefined ? {} : { hint: thrown.hint };
      throw new InputError(thrown.code, thrown.message, { where: name, cause: thrown, ...hint });
    }
    if (thrown instanceof StedError) throw thrown;
    // A shape of damage that no check foresaw is still the file's fault.
    throw new InputError("IMAGE_CORRUPT", `cannot be read as an image: ${(thrown as Error).message}`, {
      where: name,
      cause: thrown,
    });
  }
}

async function readWhole(path: string): Promise<Uint8Array> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, "r");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new InputError("NO_FILE", "there is no such file", { cause });
    throw new InputError("FILE_UNREADABLE", `cannot be opened: ${code ?? String(cause)}`, { cause });
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new InputError("NO_FILE", "is not a file");
    if (stat.size > maxFileBytes) throw new InputError("IMAGE_TOO_BIG", "is larger than 1 GiB");
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function decodeImage(bytes: Uint8Array, maxBytes: number): ImageFile {
  if (isTiff(bytes)) return fromTiff(bytes, maxBytes);
  if (isNpy(bytes)) return fromNpy(bytes, maxBytes);
  const what = bytes.length === 0 ? "the file is empty" : "this is neither a TIFF nor a .npy file";
  throw new InputError("NOT_AN_IMAGE", what, { hint: "save the image as TIFF" });
}

function fromTiff(bytes: Uint8Array, maxBytes: number): ImageFile {
  const { planes, meta, notes } = decodeTiff(bytes, maxBytes);
  const { c0, c1 } = meta.calibration ?? { c0: 0, c1: 1 };
  const told = [...notes];
  return {
    format: "tiff",
    pixelSizeNm: meta.pixelSizeNm,
    planes: planes.map(({ samples, shape, label }) => ({
      pixels: toCounts(samples, shape, label, c0, c1, told),
      shape,
      pixelSizeNm: meta.pixelSizeNm,
      label,
    })),
    notes: told,
  };
}

function fromNpy(bytes: Uint8Array, maxBytes: number): ImageFile {
  const { data, shape } = decodeNpy(bytes, maxBytes);
  const height = shape.at(-2);
  const width = shape.at(-1);
  if (height === undefined || width === undefined || data.length === 0) {
    throw new InputError("BAD_SHAPE", `an array of shape (${shape.join(", ")}) is no image`, {
      hint: "give [y, x] or [plane, y, x]",
    });
  }
  const notes: string[] = [];
  const count = data.length / (height * width);
  const planes = Array.from({ length: count }, (_, i): Plane => {
    const label = count > 1 ? `plane ${i + 1}` : "";
    const part = data.subarray(i * height * width, (i + 1) * height * width);
    const pixels = toCounts(part, [height, width], label, 0, 1, notes);
    return { pixels, shape: [height, width], pixelSizeNm: null, label };
  });
  return { format: "npy", planes, pixelSizeNm: null, notes };
}

/** counts = c0 + c1 × value; whole numbers up to 65535 as uint16 (float32 stays what it is), everything else as float32. */
function toCounts(
  samples: ArrayLike<number>,
  shape: readonly [number, number],
  label: string,
  c0: number,
  c1: number,
  notes: string[],
): Pixels {
  const n = samples.length;
  const asTheyAre = c0 === 0 && c1 === 1;
  if (asTheyAre && samples instanceof Uint16Array) return samples;
  const { below, lowest, greatest, whole } = survey(samples, shape, label, c0, c1);
  if (2 * below > n) {
    throw new InputError(
      "NOT_COUNTS",
      `${below} of ${n} pixels${of(label)} lie below zero: no photon counts`,
      {
        hint: "undo the offset or normalisation before saving",
      },
    );
  }
  if (below > 0) {
    notes.push(`${below} pixels${of(label)} below zero (lowest ${Number(lowest.toPrecision(6))}) taken as 0`);
  }
  if (asTheyAre && below === 0 && samples instanceof Float32Array) return samples;
  const small = whole && greatest <= 65535 && !(samples instanceof Float32Array);
  const out = small ? new Uint16Array(n) : new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const v = c0 + c1 * (samples[i] as number);
    out[i] = Math.max(0, v);
  }
  return out;
}

interface Survey {
  readonly below: number;
  readonly lowest: number;
  readonly greatest: number;
  readonly whole: boolean;
}

/** One pass over the counts to be. @throws InputError naming the first pixel that is not finite in float32 */
function survey(
  samples: ArrayLike<number>,
  shape: readonly [number, number],
  label: string,
  c0: number,
  c1: number,
): Survey {
  const largest = 3.4028234663852886e38;
  let below = 0;
  let lowest = 0;
  let greatest = 0;
  let whole = true;
  for (let i = 0; i < samples.length; i++) {
    const v = c0 + c1 * (samples[i] as number);
    if (!(v <= largest && v >= -largest)) {
      const at = `y ${Math.floor(i / shape[1])}, x ${i % shape[1]}`;
      throw new InputError("NOT_FINITE", `pixel (${at})${of(label)} is ${v}, not a photon count`);
    }
    if (v > greatest) greatest = v;
    else if (v < 0) {
      below++;
      if (v < lowest) lowest = v;
    }
    if (whole && v !== Math.floor(v)) whole = false;
  }
  return { below, lowest, greatest, whole };
}

function of(label: string): string {
  return label === "" ? "" : ` of ${label}`;
}
