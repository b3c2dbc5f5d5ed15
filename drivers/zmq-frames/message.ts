import { InputError, type Pixels, type Settings, toCounts } from "../../src/core/index.js";

/** One image out of a message of somebody else's publisher: photon counts. */
export interface PublishedImage {
  readonly topic: string;
  readonly kind: "confocal" | "sted";
  readonly pixels: Pixels;
  /** [height, width] */
  readonly shape: readonly [number, number];
  /** null where the message does not say. */
  readonly pixelSizeNm: number | null;
  /** Numbers that the message gives as `settings`. */
  readonly settings: Settings;
  readonly notes: readonly string[];
}

type Reader = (view: DataView, at: number, little: boolean) => number;
interface Type {
  readonly bytes: number;
  readonly read: Reader;
}
const types: Readonly<Record<string, Type>> = {
  uint8: { bytes: 1, read: (v, at) => v.getUint8(at) },
  int8: { bytes: 1, read: (v, at) => v.getInt8(at) },
  uint16: { bytes: 2, read: (v, at, le) => v.getUint16(at, le) },
  int16: { bytes: 2, read: (v, at, le) => v.getInt16(at, le) },
  uint32: { bytes: 4, read: (v, at, le) => v.getUint32(at, le) },
  int32: { bytes: 4, read: (v, at, le) => v.getInt32(at, le) },
  uint64: { bytes: 8, read: (v, at, le) => Number(v.getBigUint64(at, le)) },
  int64: { bytes: 8, read: (v, at, le) => Number(v.getBigInt64(at, le)) },
  float32: { bytes: 4, read: (v, at, le) => v.getFloat32(at, le) },
  float64: { bytes: 8, read: (v, at, le) => v.getFloat64(at, le) },
};
const longNames: Readonly<Record<string, string>> = { u: "uint", i: "int", f: "float" };
/** Most pixels of one message. */
const mostPixels = 2 ** 26;

/** numpy's names: "uint16", "<u2", ">f4", "|u1", "=i4"; native order is little-endian. */
function typeOf(dtype: unknown): { readonly type: Type; readonly little: boolean } {
  const [, order = "", name = ""] =
    /^([<>=|]?)([a-z]+\d+)$/i.exec(typeof dtype === "string" ? dtype : "") ?? [];
  const [, letter = "", bytes = ""] = /^([uif])(\d)$/.exec(name) ?? [];
  const long = letter === "" ? name.toLowerCase() : `${longNames[letter]}${8 * Number(bytes)}`;
  const type = Object.hasOwn(types, long) ? types[long] : undefined;
  if (type === undefined) {
    const hint = `numpy's names: ${Object.keys(types).join(", ")}, or <u2, >f4 and so on`;
    throw new InputError("BAD_MESSAGE", `dtype: ${JSON.stringify(dtype) ?? "missing"} is not read`, { hint });
  }
  return { type, little: order !== ">" };
}

/** [height, width], [1, height, width] or several planes [n, height, width]. */
function shapeOf(shape: unknown): readonly [planes: number, height: number, width: number] {
  const dims = Array.isArray(shape) ? shape : [];
  const whole = dims.every((d) => Number.isInteger(d) && d > 0);
  const [width, height] = [dims.at(-1), dims.at(-2)];
  if (!whole || dims.length < 2 || dims.length > 4) {
    throw new InputError(
      "BAD_MESSAGE",
      `shape: ${JSON.stringify(shape) ?? "missing"} is not [height, width]`,
    );
  }
  const planes = dims.slice(0, -2).reduce((n, d) => n * d, 1);
  if (planes * height * width > mostPixels) {
    throw new InputError("BAD_MESSAGE", `shape: ${dims.join(" x ")} is above ${mostPixels} pixels`);
  }
  return [planes, height, width];
}

/**
 * Reads `[topic, JSON {dtype, shape, pixelSizeNm?, kind?, settings?}, bytes]`, row-major (y, x); other keys are ignored.
 * A message without `kind` is confocal where its topic says so ("conf"), else STED. Values below zero count as 0.
 * @returns an image a plane @throws InputError BAD_MESSAGE naming the key, NOT_FINITE, NOT_COUNTS
 */
export function readMessage(parts: readonly Uint8Array[]): readonly PublishedImage[] {
  const [first, second, bytes] = parts;
  if (first === undefined || second === undefined || bytes === undefined || parts.length > 3) {
    throw new InputError("BAD_MESSAGE", `${parts.length} parts came; a message has topic, JSON and pixels`);
  }
  const header = jsonOf(second);
  const { type, little } = typeOf(header.dtype);
  const [planes, height, width] = shapeOf(header.shape);
  const wanted = planes * height * width * type.bytes;
  if (bytes.byteLength !== wanted) {
    const says = `shape and dtype make ${wanted} bytes, but ${bytes.byteLength} came`;
    throw new InputError("BAD_MESSAGE", `pixels: ${says}`);
  }
  const size = header.pixelSizeNm ?? null;
  if (size !== null && !(typeof size === "number" && size > 0 && size < 1e6)) {
    throw new InputError("BAD_MESSAGE", `pixelSizeNm: ${JSON.stringify(size)} is not a size in nm`);
  }
  const topic = new TextDecoder().decode(first);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: planes }, (_, plane): PublishedImage => {
    const from = plane * height * width;
    const values = valuesOf(view, from, height * width, type, little);
    const notes: string[] = [];
    const label = planes > 1 ? `plane ${plane + 1}` : "";
    const pixels = toCounts(values, [height, width], label, 0, 1, notes);
    const kind = kindOf(header.kind, topic);
    return {
      topic,
      kind,
      pixels,
      shape: [height, width],
      pixelSizeNm: size,
      settings: settingsOf(header.settings),
      notes,
    };
  });
}

/** Copied: zmq frees the message's memory when it likes, and numbers need not lie aligned. */
function valuesOf(
  view: DataView,
  from: number,
  count: number,
  type: Type,
  little: boolean,
): ArrayLike<number> {
  const small = type === types.uint16 || type === types.uint8;
  const out = small
    ? new Uint16Array(count)
    : type === types.float32
      ? new Float32Array(count)
      : new Float64Array(count);
  for (let i = 0; i < count; i++) out[i] = type.read(view, (from + i) * type.bytes, little);
  return out;
}

function jsonOf(part: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(part));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>;
    }
  } catch {
    // said below
  }
  throw new InputError("BAD_MESSAGE", "the second part is no JSON object");
}

function kindOf(kind: unknown, topic: string): "confocal" | "sted" {
  if (kind === "confocal" || kind === "sted") return kind;
  return /conf/i.test(topic) ? "confocal" : "sted";
}

function settingsOf(settings: unknown): Settings {
  if (typeof settings !== "object" || settings === null) return {};
  const numbers = Object.entries(settings).filter(([, v]) => typeof v === "number" && Number.isFinite(v));
  return Object.fromEntries(numbers) as Settings;
}
