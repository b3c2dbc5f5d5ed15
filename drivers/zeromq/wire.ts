import {
  type Frame,
  firstInvalidCount,
  type Pixels,
  ProtocolError,
  pixelBytes,
} from "../../src/core/index.js";
import { type Descriptor, protocolWord, type ReplyHeader, replyHeaderSchema } from "./schemas.js";

/** Bytes <-> messages of `stedrig/1`. Pure; every fault of the other side is a value or a typed error. */
export type Part = Uint8Array;

export function encode(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value), "utf8");
}

const bareNumbers = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/**
 * JSON of a part; undefined when it is none. Bare NaN and Infinity (which Python's json writes) become null, so that
 * the schema can name the path of the number that is none instead of refusing the whole message.
 */
export function decode(part: Part | undefined): unknown {
  if (part === undefined) return undefined;
  const text = Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    try {
      return JSON.parse(text.replace(bareNumbers, (m) => (m.startsWith('"') ? m : "null")));
    } catch {
      return undefined;
    }
  }
}

export type Reply =
  | { readonly kind: "reply"; readonly header: ReplyHeader; readonly pixels: readonly Part[] }
  | { readonly kind: "version"; readonly word: string }
  | { readonly kind: "garbage"; readonly id: string | null; readonly message: string };

/** A reply as a client gets it: parts [word, header, pixels…]. */
export function readReply(parts: readonly Part[]): Reply {
  const word = printable(parts[0]);
  if (word !== protocolWord) {
    if (/^stedrig\/[\w.]+$/.test(word)) return { kind: "version", word };
    return { kind: "garbage", id: null, message: `a message that begins with "${word}"` };
  }
  const json = decode(parts[1]);
  const header = replyHeaderSchema.safeParse(json);
  if (header.success) return { kind: "reply", header: header.data, pixels: parts.slice(2) };
  const id =
    typeof json === "object" && json !== null && "id" in json && typeof json.id === "string" ? json.id : null;
  return { kind: "garbage", id, message: "a reply header that is not as the protocol says" };
}

function printable(part: Part | undefined): string {
  const text = part === undefined ? "" : Buffer.from(part).subarray(0, 24).toString("latin1");
  return text.replace(/[^\x20-\x7e]/g, "?");
}

const bytesPerPixel = { uint16: 2, float32: 4 } as const;

/**
 * Pixels out of a message's part, copied (zmq frees its memory when it likes), little-endian, row-major (y, x).
 * Throws BAD_FRAME naming the size, or the first pixel that is no photon count.
 */
export function readPixels(descriptor: Descriptor, part: Part | undefined): Pixels {
  const [height, width] = descriptor.shape;
  const where = `frame ${descriptor.frameId}`;
  const wanted = height * width * bytesPerPixel[descriptor.dtype];
  if (part === undefined) throw badFrame(where, `pixel part ${descriptor.part} is missing`);
  if (part.byteLength !== wanted) {
    const says = `${height}x${width} ${descriptor.dtype} are ${wanted} bytes, but ${part.byteLength} came`;
    throw badFrame(where, `wrong size: ${says}`);
  }
  const copy = new Uint8Array(part).buffer;
  if (descriptor.dtype === "uint16") return new Uint16Array(copy);
  const pixels = new Float32Array(copy);
  const bad = firstInvalidCount(pixels);
  if (bad >= 0) {
    const at = `(y ${Math.floor(bad / width)}, x ${bad % width})`;
    throw badFrame(where, `pixel ${at} is ${pixels[bad]}, not a photon count`);
  }
  return pixels;
}

function badFrame(where: string, message: string): ProtocolError {
  return new ProtocolError("BAD_FRAME", message, {
    where,
    hint: "the rig server sends frames that its own header does not fit; run `stedloop rig-check` against it",
  });
}

/** @param part the frame's pixels @param rig name of the rig, kept with the frame */
export function toFrame(d: Descriptor, part: Part | undefined, rig: string, origin: Frame["origin"]): Frame {
  return Object.freeze({
    id: d.frameId,
    seq: d.frameSeq,
    kind: d.kind,
    pixels: readPixels(d, part),
    shape: d.shape,
    pixelSizeNm: d.pixelSizeNm,
    settings: d.settings,
    actual: d.actual,
    region: d.region,
    acquiredAt: d.acquiredAt,
    rig,
    saturated: d.saturated,
    origin,
  });
}

/** A private copy of a frame's bytes: what is sent must never change while zmq still refers to it. */
export function ownBytes(pixels: Pixels): Buffer {
  return Buffer.from(pixelBytes(pixels));
}
