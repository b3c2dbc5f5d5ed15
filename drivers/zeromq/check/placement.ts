import { gaussianBlur, type Pixels } from "../../../src/core/index.js";
import type { TakenFrame } from "./bench.js";

export interface Placement {
  readonly kind: "match" | "mismatch" | "unclear";
  readonly detail: string;
}

/** How much better (in correlation) the middle must fit than any place more than 3 px away. */
const margin = 0.05;
/** A correlation that no two pictures of different places have by chance. */
const clear = 0.5;

/**
 * Does the window show the middle of the whole frame? A deterministic source must agree exactly. Two real pictures of
 * one place differ by photon noise and bleaching: so the window is laid on the whole at every offset, both blurred by
 * 1 px against noise, and the middle must correlate as well as any other place.
 */
export function comparePlacement(whole: TakenFrame, part: TakenFrame): Placement {
  const [height, width] = whole.descriptor.shape;
  const [h, w] = part.descriptor.shape;
  const [top, left] = [(height - h) >> 1, (width - w) >> 1];
  if (equalAt(whole, part, top, left))
    return { kind: "match", detail: "equals the middle of the whole frame" };
  const big = gaussianBlur(whole.pixels, height, width, 1);
  const small = gaussianBlur(part.pixels, h, w, 1);
  const stride = Math.max(1, Math.round(Math.sqrt((h * w) / 4000)));
  let middle = 0;
  let best = { y: top, x: left, r: -1 };
  let away = -1;
  for (const y of offsets(height - h, top)) {
    for (const x of offsets(width - w, left)) {
      const r = correlation(big, width, small, h, w, y, x, stride);
      if (y === top && x === left) middle = r;
      if (r > best.r) best = { y, x, r };
      if (Math.abs(y - top) > 3 || Math.abs(x - left) > 3) away = Math.max(away, r);
    }
  }
  const says = `correlation ${middle.toFixed(2)}, elsewhere at most ${away.toFixed(2)}`;
  // Periodic and smooth pictures fit in other places nearly as well: the middle must be as good as any, by what is left.
  const asGood = 1 - middle <= 1.2 * (1 - best.r) + 1e-3;
  if (asGood && (middle > clear || middle > away + margin)) {
    return { kind: "match", detail: `fits the middle of the whole frame (${says})` };
  }
  if (!asGood && (best.r > clear || best.r > middle + 2 * margin)) {
    const at = `${best.y - top} rows and ${best.x - left} columns off the middle`;
    return {
      kind: "mismatch",
      detail: `the window fits the whole frame ${at}: not centred, or axes mixed up`,
    };
  }
  return { kind: "unclear", detail: `the window does not match the middle of the whole frame (${says})` };
}

function equalAt(whole: TakenFrame, part: TakenFrame, top: number, left: number): boolean {
  const width = whole.descriptor.shape[1];
  const [h, w] = part.descriptor.shape;
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      if (part.pixels[y * w + x] !== whole.pixels[(y + top) * width + x + left]) return false;
    }
  }
  return true;
}

/** All near the middle, some of the rest. */
function offsets(room: number, middle: number): readonly number[] {
  const step = Math.max(1, Math.floor(room / 24));
  const all = new Set<number>();
  for (let i = 0; i <= room; i += step) all.add(i);
  for (let i = Math.max(0, middle - 4); i <= Math.min(room, middle + 4); i++) all.add(i);
  return [...all];
}

/** Pearson's correlation of the window and the whole at an offset, on every `stride`-th pixel. */
function correlation(
  big: Float32Array,
  width: number,
  small: Float32Array,
  h: number,
  w: number,
  top: number,
  left: number,
  stride: number,
): number {
  let [n, sa, sb, aa, bb, ab] = [0, 0, 0, 0, 0, 0];
  for (let y = 0; y < h; y += stride) {
    for (let x = 0; x < w; x += stride) {
      const a = small[y * w + x] as number;
      const b = big[(y + top) * width + x + left] as number;
      n++;
      sa += a;
      sb += b;
      aa += a * a;
      bb += b * b;
      ab += a * b;
    }
  }
  const scale = (n * aa - sa * sa) * (n * bb - sb * sb);
  return scale <= 0 ? 0 : (n * ab - sa * sb) / Math.sqrt(scale);
}

/**
 * Would the picture be a better one with the bytes of each pixel in the other order? Pictures change little from pixel
 * to pixel against their whole spread; swapped bytes do not. Small counts show as nothing but multiples of 256.
 */
export function looksSwapped(pixels: Pixels, width: number): boolean {
  const other = swapped(pixels);
  if (pixels instanceof Uint16Array && pixels.some((v) => v > 255)) {
    if (pixels.every((v) => v % 256 === 0)) return true;
  }
  return roughness(other, width) < 0.7 * roughness(pixels, width);
}

function swapped(pixels: Pixels): Pixels {
  const bytes = new Uint8Array(pixels.buffer.slice(pixels.byteOffset, pixels.byteOffset + pixels.byteLength));
  const size = pixels.BYTES_PER_ELEMENT;
  for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
  return pixels instanceof Float32Array ? new Float32Array(bytes.buffer) : new Uint16Array(bytes.buffer);
}

/** Mean step between neighbours over the standard deviation; infinite for what is no picture of finite counts. */
function roughness(pixels: Pixels, width: number): number {
  let [steps, sum, squares] = [0, 0, 0];
  for (let i = 0; i < pixels.length; i++) {
    const v = pixels[i] as number;
    // Counts of a float picture read in the wrong order are specks far below one photon, or monstrous.
    if (!(v >= 0 && v < 1e12) || (v !== 0 && v < 1e-30)) return Number.POSITIVE_INFINITY;
    sum += v;
    squares += v * v;
    if (i % width > 0) steps += Math.abs(v - (pixels[i - 1] as number));
  }
  const n = pixels.length;
  const spread = Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
  return spread === 0 ? 0 : steps / n / spread;
}
