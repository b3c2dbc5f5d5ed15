import { createHash } from "node:crypto";
import type { Settings } from "./settings.js";

export type FrameKind = "confocal" | "sted";
export type Pixels = Uint16Array | Float32Array;

/** One image of the sample: photon counts, row-major (y, x). */
export interface Frame {
  readonly id: string;
  /** Counts frames since the rig's start. */
  readonly seq: number;
  readonly kind: FrameKind;
  readonly pixels: Pixels;
  /** [height, width] */
  readonly shape: readonly [number, number];
  readonly pixelSizeNm: number;
  /** As asked for. */
  readonly settings: Settings;
  /** As read back from the devices, where a rig can. */
  readonly actual: Settings;
  readonly region: string | null;
  /** RFC 3339 */
  readonly acquiredAt: string;
  readonly rig: string;
  /** Pixels at the detector's limit. */
  readonly saturated: number;
  readonly origin: "request" | "operator" | "rig" | "file";
}

/** Part of the sample under the scanner. */
export interface Region {
  readonly id: string;
  readonly xUm: number;
  readonly yUm: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixelSizeNm: number;
}

/** Counts as float32, without copying when they already are. */
export function asFloat32(pixels: Pixels): Float32Array {
  return pixels instanceof Float32Array ? pixels : Float32Array.from(pixels);
}

/** Little-endian bytes of the pixels (a view, no copy; every platform Node runs on is little-endian). */
export function pixelBytes(pixels: Pixels): Uint8Array {
  return new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
}

/** SHA-256 (hex) over dtype, shape and pixels: a frame's identity for duplicates and the journal. */
export function frameHash(pixels: Pixels, shape: readonly [number, number]): string {
  const dtype = pixels instanceof Float32Array ? "float32" : "uint16";
  return createHash("sha256")
    .update(`${dtype}:${shape[0]}x${shape[1]}:`)
    .update(pixelBytes(pixels))
    .digest("hex");
}
