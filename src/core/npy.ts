import { InputError } from "./errors.js";

/** A NumPy array file (.npy, format 1 to 3) as float64 or its own integers, in C order. */
export interface NpyArray {
  readonly data: Float64Array | Float32Array | Uint16Array;
  readonly shape: readonly number[];
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

export function isNpy(bytes: Uint8Array): boolean {
  return magic.every((b, i) => bytes[i] === b);
}

type Reader = (view: DataView, at: number, little: boolean) => number;
const readers: Readonly<Record<string, Reader>> = {
  b1: (v, at) => (v.getUint8(at) === 0 ? 0 : 1),
  u1: (v, at) => v.getUint8(at),
  i1: (v, at) => v.getInt8(at),
  u2: (v, at, le) => v.getUint16(at, le),
  i2: (v, at, le) => v.getInt16(at, le),
  u4: (v, at, le) => v.getUint32(at, le),
  i4: (v, at, le) => v.getInt32(at, le),
  u8: (v, at, le) => Number(v.getBigUint64(at, le)),
  i8: (v, at, le) => Number(v.getBigInt64(at, le)),
  f2: (v, at, le) => half(v.getUint16(at, le)),
  f4: (v, at, le) => v.getFloat32(at, le),
  f8: (v, at, le) => v.getFloat64(at, le),
};

/** IEEE 754 binary16 to a number. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * Reads one array of booleans, integers or floats, C or Fortran order, either byte order. Object arrays (pickles)
 * are refused. @param maxBytes most bytes of float64 that may be made
 */
export function decodeNpy(bytes: Uint8Array, maxBytes: number): NpyArray {
  const bad = (message: string): InputError => new InputError("NPY_CORRUPT", message);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isNpy(bytes) || bytes.length < 12) throw bad("this is no .npy file");
  const long = (bytes[6] as number) >= 2;
  const headerBytes = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const dataAt = (long ? 12 : 10) + headerBytes;
  if (dataAt > bytes.length) throw bad("the .npy file ends inside its header");
  const header = new TextDecoder().decode(bytes.subarray(long ? 12 : 10, dataAt));
  const descr = /['"]descr['"]\s*:\s*['"]([<>|=])([a-zA-Z]\d+)['"]/.exec(header);
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(header)?.[1];
  const dims = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/.exec(header)?.[1];
  if (descr === null || order === undefined || dims === undefined) {
    throw bad("the .npy header has no plain descr, fortran_order and shape");
  }
  const kind = descr[2] as string;
  const read = readers[kind];
  if (read === undefined)
    throw new InputError("NPY_UNSUPPORTED", `.npy arrays of type '${kind}' are not read`);
  const shape = dims.split(",").flatMap((d) => (d.trim() === "" ? [] : [Number.parseInt(d, 10)]));
  const count = shape.reduce((product, d) => product * d, 1);
  const size = Number(kind.slice(1));
  if (!(count * 8 <= maxBytes)) {
    throw new InputError("IMAGE_TOO_BIG", `the .npy file declares ${count} values, too many to read`);
  }
  if (dataAt + count * size > bytes.length) throw bad("the .npy file ends before its values do");
  const little = descr[1] !== ">";
  const data = kind === "u1" || kind === "u2" ? new Uint16Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) data[i] = read(view, dataAt + i * size, little);
  return { data: order === "True" ? toRowMajor(data, shape) : data, shape };
}

function toRowMajor<T extends Float64Array | Uint16Array>(data: T, shape: readonly number[]): T {
  const out = data.slice() as T;
  const index = shape.map(() => 0);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((p, d) => p * d, 1));
  for (let i = 0; i < out.length; i++) {
    out[i] = data[index.reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0)] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      index[axis] = 0;
    }
  }
  return out;
}
