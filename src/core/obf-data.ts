import { inflateSync } from "node:zlib";
import { InputError } from "./errors.js";
import type { ObfStack } from "./obf-header.js";

/** Values of a stack as they are stored, the first axis fastest. */
export type ObfSamples =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;

interface Type {
  readonly bytes: number;
  readonly view: (buffer: ArrayBuffer) => ObfSamples;
}
/** OMAS_DT flags of one real number a pixel. Little-endian, as every platform is that Node runs on. */
const types: Readonly<Record<number, Type>> = {
  1: { bytes: 1, view: (b) => new Uint8Array(b) },
  2: { bytes: 1, view: (b) => new Int8Array(b) },
  4: { bytes: 2, view: (b) => new Uint16Array(b) },
  8: { bytes: 2, view: (b) => new Int16Array(b) },
  16: { bytes: 4, view: (b) => new Uint32Array(b) },
  32: { bytes: 4, view: (b) => new Int32Array(b) },
  64: { bytes: 4, view: (b) => new Float32Array(b) },
  128: { bytes: 8, view: (b) => new Float64Array(b) },
  4096: { bytes: 8, view: (b) => new BigUint64Array(b) },
  8192: { bytes: 8, view: (b) => new BigInt64Array(b) },
  65536: { bytes: 1, view: (b) => new Uint8Array(b) },
};

/** Why a stack cannot hold counts; null when it can. */
export function notCounts(stack: ObfStack): string | null {
  if (types[stack.dataType] !== undefined) return null;
  if (stack.dataType & 0x40000000) return "complex numbers";
  if (stack.dataType & 0xc00) return "a colour picture";
  return `data of type 0x${stack.dataType.toString(16)}`;
}

/** Bytes that the unpacked stack takes. */
export function unpackedBytes(stack: ObfStack): number {
  const bytes = types[stack.dataType]?.bytes ?? 0;
  return stack.axes.reduce((product, axis) => product * axis.pixels, bytes);
}

/**
 * The values of a stack. What a measurement that was ended early did not write is 0, as the format says.
 * The caller has checked `unpackedBytes` against its limit.
 * @throws InputError OBF_CORRUPT, OBF_COMPRESSION
 */
export function readObfSamples(
  bytes: Uint8Array,
  stack: ObfStack,
): { readonly samples: ObfSamples; readonly short: boolean } {
  const type = types[stack.dataType];
  if (type === undefined)
    throw new InputError("OBF_UNSUPPORTED", `stack '${stack.name}': ${notCounts(stack)}`);
  const total = unpackedBytes(stack);
  const expected = stack.samplesWritten === 0 ? total : Math.min(total, stack.samplesWritten * type.bytes);
  const raw = unpack(join(bytes, stack, expected), stack, total);
  if (raw.length < expected) {
    throw new InputError("OBF_CORRUPT", `the data of stack '${stack.name}' are cut off`, {
      hint: "is the file still being written?",
    });
  }
  const buffer = new ArrayBuffer(total);
  new Uint8Array(buffer).set(raw.subarray(0, expected));
  return { samples: type.view(buffer), short: expected < total };
}

/** The stream of a stack, its pieces one after another. */
function join(bytes: Uint8Array, stack: ObfStack, expected: number): Uint8Array {
  const { name, dataAt, dataBytes, chunks } = stack;
  const end = dataAt + dataBytes;
  const bad = (text: string): InputError => new InputError("OBF_CORRUPT", `stack '${name}': ${text}`);
  if (end > bytes.length) throw bad("the file ends before its data do");
  if (chunks.length === 0) return bytes.subarray(dataAt, end);
  const pieces: Uint8Array[] = [];
  let logical = 0;
  let from = dataAt;
  let used = 0;
  for (let i = 0; i <= chunks.length; i++) {
    const next = chunks[i];
    const left = stack.compression === 0 ? Math.max(0, expected - logical) : Number.POSITIVE_INFINITY;
    // The last piece is as long as the data need; of a packed stream only the stream itself knows.
    const length = next === undefined ? Math.min(left, Math.max(0, end - from)) : next.logical - logical;
    if (length < 0) throw bad("its pieces are out of order");
    if (from + length > bytes.length) throw bad("a piece lies beyond the end of the file");
    used += length;
    // Pieces that overlap could make a small file unpack to anything.
    if (used > bytes.length) throw bad("its pieces overlap");
    pieces.push(bytes.subarray(from, from + length));
    if (next !== undefined) {
      logical = next.logical;
      from = dataAt + next.file;
    }
  }
  const whole = new Uint8Array(used);
  let to = 0;
  for (const piece of pieces) {
    whole.set(piece, to);
    to += piece.length;
  }
  return whole;
}

function unpack(data: Uint8Array, stack: ObfStack, limit: number): Uint8Array {
  if (stack.compression === 0) return data;
  if (stack.compression !== 1) {
    throw new InputError(
      "OBF_COMPRESSION",
      `stack '${stack.name}': compression ${stack.compression} is not read`,
      {
        hint: "save it with zip compression or none",
      },
    );
  }
  try {
    // A stream that ends early gives what is there; the caller sees that it is short.
    return inflateSync(data, { maxOutputLength: Math.max(1, limit), finishFlush: 2 });
  } catch (cause) {
    const { code } = cause as { code?: string };
    const text = code === "ERR_BUFFER_TOO_LARGE" ? "unpack to more than the stack holds" : "are damaged";
    throw new InputError("OBF_CORRUPT", `the packed data of stack '${stack.name}' ${text}`, { cause });
  }
}
