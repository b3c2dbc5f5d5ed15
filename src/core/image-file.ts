import { open } from "node:fs/promises";
import { toCounts } from "./counts.js";
import { InputError, StedError } from "./errors.js";
import type { Pixels } from "./frame.js";
import { decodeNpy, isNpy } from "./npy.js";
import { decodeObf, isObf, type ObfOptions, preferredPlane } from "./obf.js";
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
  /** The stack of an Imspector file that it lies in. */
  readonly stack?: { readonly index: number; readonly name: string };
}
export interface ImageFile {
  readonly format: "tiff" | "npy" | "obf";
  readonly planes: readonly Plane[];
  /** Index of the plane to take where one is meant: 0, of an Imspector file the first that is named STED. */
  readonly preferred: number;
  readonly pixelSizeNm: number | null;
  /** What the reader did with the numbers, in plain sentences. */
  readonly notes: readonly string[];
}
export interface ReadOptions extends ObfOptions {
  /** Most bytes of pixels that may be unpacked; default 512 MiB. */
  readonly maxBytes?: number;
}

/** Names of the files that `decodeImageFile` reads. */
export const imageFileNames = /\.(tiff?|btf|obf|msr|npy)$/i;

const defaultMaxBytes = 512 * 2 ** 20;
const maxFileBytes = 2 ** 30;

/**
 * Reads an image file (TIFF of all kinds that microscopes write, Imspector .obf and .msr, or .npy) as planes of photon counts. Signed
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
    return decodeImage(bytes, options.maxBytes ?? defaultMaxBytes, options);
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

function decodeImage(bytes: Uint8Array, maxBytes: number, options: ObfOptions): ImageFile {
  if (isObf(bytes)) return fromObf(bytes, maxBytes, options);
  if (isTiff(bytes)) return fromTiff(bytes, maxBytes);
  if (isNpy(bytes)) return fromNpy(bytes, maxBytes);
  const what =
    bytes.length === 0 ? "the file is empty" : "this is neither a TIFF, nor an Imspector (OBF) or .npy file";
  throw new InputError("NOT_AN_IMAGE", what, { hint: "save the image as TIFF" });
}

function fromTiff(bytes: Uint8Array, maxBytes: number): ImageFile {
  const { planes, meta, notes } = decodeTiff(bytes, maxBytes);
  const { c0, c1 } = meta.calibration ?? { c0: 0, c1: 1 };
  const told = [...notes];
  return {
    format: "tiff",
    preferred: 0,
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

/** A stack whose values are no counts (an analysis kept beside the images) is left out where there are others. */
function fromObf(bytes: Uint8Array, maxBytes: number, options: ObfOptions): ImageFile {
  const raw = decodeObf(bytes, maxBytes, options);
  const notes = [...raw.notes];
  const refused: InputError[] = [];
  const planes = raw.planes.flatMap(({ samples, ...plane }): Plane[] => {
    try {
      return [{ ...plane, pixels: toCounts(samples, plane.shape, plane.label, 0, 1, notes) }];
    } catch (thrown) {
      if (!(thrown instanceof InputError)) throw thrown;
      refused.push(thrown);
      notes.push(`left out: ${thrown.message}`);
      return [];
    }
  });
  if (planes.length === 0 && refused[0] !== undefined) throw refused[0];
  const preferred = preferredPlane(planes);
  const names = new Map(planes.map(({ stack }) => [stack?.index, `'${stack?.name}'`]));
  const taken = planes[preferred];
  if (names.size > 1) {
    const list = [...names.values()].join(", ");
    notes.push(`${names.size} image stacks (${list}); where one is meant: '${taken?.stack?.name}'`);
  }
  return { format: "obf", planes, preferred, pixelSizeNm: taken?.pixelSizeNm ?? null, notes };
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
  return { format: "npy", planes, preferred: 0, pixelSizeNm: null, notes };
}
