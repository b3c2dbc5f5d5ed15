import { InputError } from "./errors.js";
import { ObfCursor } from "./obf-cursor.js";

/**
 * Headers and footers of Imspector's Object Binary Format, which .msr files follow too. Source: Imspector documentation,
 * "The OBF File Format" (imspectordocs.readthedocs.io, format 2, stacks up to version 6); stacks of version 7 as
 * Abberior's own library specpy writes them have the footer of version 6.
 */
const mostDimensions = 15;
const mostStacks = 10_000;
/** A stack that says it needs more than this cannot be read by what is known. */
const knownVersion = 7;
const fileMagic = magic("OMAS_BF\n");
const stackMagic = magic("OMAS_BF_STACK\n");

function magic(text: string): Uint8Array {
  return Uint8Array.from([...new TextEncoder().encode(text), 0xff, 0xff]);
}

/** One axis, the fastest first. */
export interface ObfAxis {
  readonly pixels: number;
  /** Whole length and offset of the axis in its unit. */
  readonly length: number;
  readonly offset: number;
  readonly label: string;
  /** Exponents of metre and second and the scale, when the stack states a unit. */
  readonly unit: { readonly metre: number; readonly second: number; readonly scale: number } | null;
  /** Places of the pixels along the axis, where they are not evenly spread. */
  readonly positions: readonly number[] | null;
}
export interface ObfStack {
  readonly index: number;
  readonly name: string;
  readonly axes: readonly ObfAxis[];
  /** OMAS_DT flags. */
  readonly dataType: number;
  /** 0 none, 1 zlib. */
  readonly compression: number;
  readonly dataAt: number;
  readonly dataBytes: number;
  /** Samples that were written before the measurement ended; 0 = all. */
  readonly samplesWritten: number;
  /** Where the data go on: bytes of the stream before the jump, and the place after it, from `dataAt`. */
  readonly chunks: readonly { readonly logical: number; readonly file: number }[];
}

export function isObf(bytes: Uint8Array): boolean {
  return bytes.length >= fileMagic.length && fileMagic.every((byte, i) => bytes[i] === byte);
}

/** Every stack of a file, without its data. @throws InputError OBF_CORRUPT, OBF_UNSUPPORTED */
export function readObfStacks(bytes: Uint8Array): ObfStack[] {
  const file = new ObfCursor(bytes, fileMagic.length, "its header");
  file.u32();
  const stacks: ObfStack[] = [];
  const seen = new Set<number>();
  for (let at = file.u64(); at !== 0; ) {
    if (seen.has(at)) throw new InputError("OBF_CORRUPT", "its list of stacks runs in a circle");
    if (seen.size >= mostStacks) throw new InputError("OBF_CORRUPT", `more than ${mostStacks} stacks`);
    seen.add(at);
    const { stack, next } = readStack(bytes, at, stacks.length);
    stacks.push(stack);
    at = next;
  }
  return stacks;
}

function readStack(bytes: Uint8Array, at: number, index: number): { stack: ObfStack; next: number } {
  const what = `the header of stack ${index}`;
  const c = new ObfCursor(bytes, at, what);
  if (!c.matches(stackMagic))
    throw new InputError("OBF_CORRUPT", `there is no stack where ${what} should be`);
  const version = c.u32();
  const rank = c.u32();
  if (rank < 1 || rank > mostDimensions) {
    throw new InputError("OBF_CORRUPT", `${what} has ${rank} dimensions, not 1 to ${mostDimensions}`);
  }
  const pixels = c.u32s(mostDimensions);
  const lengths = c.f64s(mostDimensions);
  const offsets = c.f64s(mostDimensions);
  const dataType = c.u32();
  const compression = c.u32();
  c.u32(); // compression level
  const nameBytes = c.u32();
  const descriptionBytes = c.u32();
  c.u64(); // reserved
  const dataBytes = c.u64();
  const next = c.u64();
  const name = c.text(nameBytes);
  c.text(descriptionBytes);
  const dataAt = c.position;
  const footer =
    version === 0 ? emptyFooter : readFooter(bytes, dataAt + dataBytes, version, pixels.slice(0, rank), name);
  const axes = Array.from(
    { length: rank },
    (_, i): ObfAxis => ({
      pixels: pixels[i] as number,
      length: lengths[i] as number,
      offset: offsets[i] as number,
      label: footer.labels[i] ?? "",
      unit: footer.units[i] ?? null,
      positions: footer.positions[i] ?? null,
    }),
  );
  const { samplesWritten, chunks } = footer;
  return {
    stack: { index, name, axes, dataType, compression, dataAt, dataBytes, samplesWritten, chunks },
    next,
  };
}

interface Footer {
  readonly labels: readonly string[];
  readonly units: readonly ObfAxis["unit"][];
  readonly positions: readonly (readonly number[] | null)[];
  readonly samplesWritten: number;
  readonly chunks: ObfStack["chunks"];
}
const emptyFooter: Footer = { labels: [], units: [], positions: [], samplesWritten: 0, chunks: [] };

/** The fixed part has grown with the versions; what follows it begins `size` bytes after its start. */
function readFooter(
  bytes: Uint8Array,
  at: number,
  version: number,
  pixels: readonly number[],
  name: string,
): Footer {
  const c = new ObfCursor(bytes, at, `the footer of stack '${name}'`);
  const size = c.u32();
  const has = (needed: number): boolean => size >= needed;
  const hasPositions = c.u32s(mostDimensions);
  const hasLabels = c.u32s(mostDimensions);
  const metadataBytes = version >= 1 && has(128) ? c.u32() : 0;
  const units: ObfAxis["unit"][] = [];
  if (version >= 2 && has(1408)) {
    readUnit(c); // of the values
    for (let i = 0; i < mostDimensions; i++) units.push(readUnit(c));
  }
  let flushPoints = 0;
  if (version >= 3 && has(1424)) {
    flushPoints = c.u64();
    c.u64(); // bytes between them
  }
  const tagBytes = version >= 4 && has(1432) ? c.u64() : 0;
  if (version >= 5 && has(1444)) {
    c.u64(); // end of the stack on disk
    const needed = c.u32();
    if (needed > knownVersion) {
      throw new InputError("OBF_UNSUPPORTED", `stack '${name}' needs a reader of format ${needed}`, {
        hint: "save the measurement as TIFF",
      });
    }
  }
  let samplesWritten = 0;
  let chunkCount = 0;
  if (version >= 6 && has(1468)) {
    c.u64(); // end of what is used on disk
    samplesWritten = c.u64();
    chunkCount = c.u64();
  }
  c.seek(at + size);
  const labels = pixels.map(() => c.string());
  const positions = pixels.map((n, i) => (hasPositions[i] ? c.f64s(n) : null));
  for (const [i, n] of pixels.entries()) if (hasLabels[i]) for (let k = 0; k < n; k++) c.string();
  c.text(metadataBytes);
  c.seek(c.position + 8 * flushPoints); // a stream with full flushes unpacks from its beginning like any other
  c.seek(c.position + tagBytes);
  const places = c.u64s(2 * chunkCount);
  const chunks = Array.from({ length: chunkCount }, (_, i) => ({
    logical: places[2 * i] as number,
    file: places[2 * i + 1] as number,
  }));
  return { labels, units, positions, samplesWritten, chunks };
}

/** Nine fractions (m, kg, s, A, K, mol, cd, rad, sr) and a factor; null where none of them is used. */
function readUnit(c: ObfCursor): ObfAxis["unit"] {
  const exponents = Array.from({ length: 9 }, () => {
    const numerator = c.i32();
    const denominator = c.i32();
    return denominator === 0 ? numerator : numerator / denominator;
  });
  const scale = c.f64();
  if (exponents.every((e) => e === 0) || !(scale > 0)) return null;
  return { metre: exponents[0] as number, second: exponents[2] as number, scale };
}
