import { histogram, otsuBin } from "./otsu.js";
import { countBelow, type Greatest } from "./saturation.js";

/** What can be said of a frame before any network looks at it. */
export interface Foreground extends Greatest {
  /** 1 = foreground, on bins of 2 x 2 pixels; an odd last row or column is left out. */
  readonly mask: Uint8Array;
  /** [rows, columns] of bins */
  readonly bins: readonly [number, number];
  /** Share of the frame that is foreground, 0..1. */
  readonly share: number;
  /** Mean counts a pixel over the foreground; 0 where there is none. */
  readonly mean: number;
  /** Correlation of neighbouring bins after the local trend is taken out: 0 ± 1/√n for noise of any kind. */
  readonly correlation: number;
  /** The correlation in units of what pure noise gives, about N(0, 1) there. */
  readonly z: number;
}

/** Own weight and neighbour's weight of the blur of the bins: with the 2 x 2 binning, variance 1 px² in all. */
const side = 3 / 32;
const centre = 1 - 2 * side;
/** Bins along a block's side for the noise test: 32 px, so that haze and vignetting are a trend, not structure. */
const block = 16;
/** Taking a plane (3 numbers) out of each block makes noise look this much anticorrelated. */
const noiseBias = 3 / (block * block);

/**
 * Foreground as the objectives mean it (Otsu's threshold of the counts blurred by 1 px), on 2 x 2 bins, which costs a
 * tenth; and whether there is any structure at all: in noise neighbours know nothing of each other.
 * @param pixels counts, finite and not below 0 @param height at least 16 @param width at least 16
 */
export function measureForeground(pixels: ArrayLike<number>, height: number, width: number): Foreground {
  const rows = height >> 1;
  const columns = width >> 1;
  const binned = new Float32Array(rows * columns);
  let max = 0;
  let atMax = 0;
  const count = (v: number): void => {
    if (v < max) return;
    if (v > max) {
      max = v;
      atMax = 0;
    }
    atMax++;
  };
  for (let r = 0; r < rows; r++) {
    let upper = 2 * r * width;
    let lower = upper + width;
    const end = (r + 1) * columns;
    for (let out = r * columns; out < end; out++, upper += 2, lower += 2) {
      const a = pixels[upper] as number;
      const b = pixels[upper + 1] as number;
      const c = pixels[lower] as number;
      const d = pixels[lower + 1] as number;
      binned[out] = (a + b + c + d) * 0.25;
      if (a >= max || b >= max || c >= max || d >= max) {
        count(a);
        count(b);
        count(c);
        count(d);
      }
    }
  }
  const { smooth, low, high } = blur(binned, rows, columns);
  const threshold =
    high > low ? low + ((otsuBin(histogram(smooth, low, high)) + 1) * (high - low)) / 256 : low;
  const mask = new Uint8Array(smooth.length);
  let n = 0;
  let sum = 0;
  for (let i = 0; i < smooth.length; i++) {
    if ((smooth[i] as number) <= threshold) continue;
    mask[i] = 1;
    n++;
    sum += binned[i] as number;
  }
  return {
    mask,
    bins: [rows, columns],
    share: n / mask.length,
    mean: n === 0 ? 0 : sum / n,
    max,
    atMax,
    belowMax: countBelow(pixels, max, atMax),
    ...neighbourCorrelation(binned, rows, columns),
  };
}

interface Smooth {
  readonly smooth: Float32Array;
  /** Least and greatest value. */
  readonly low: number;
  readonly high: number;
}

function blur(image: Float32Array, rows: number, columns: number): Smooth {
  const across = new Float32Array(image.length);
  for (let r = 0; r < rows; r++) {
    const base = r * columns;
    const end = base + columns - 1;
    let left = image[base] as number;
    let here = left;
    for (let i = base; i <= end; i++) {
      const right = i < end ? (image[i + 1] as number) : here;
      across[i] = centre * here + side * (left + right);
      left = here;
      here = right;
    }
  }
  const smooth = new Float32Array(image.length);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let r = 0; r < rows; r++) {
    const base = r * columns;
    const up = r === 0 ? 0 : -columns;
    const down = r === rows - 1 ? 0 : columns;
    for (let i = base; i < base + columns; i++) {
      const beside = (across[i + up] as number) + (across[i + down] as number);
      const v = centre * (across[i] as number) + side * beside;
      smooth[i] = v;
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  // As they were stored, in single precision: no value may lie outside its own range.
  return { smooth, low: Math.fround(low), high: Math.fround(high) };
}

/** As soon as structure is this clear, the blocks not yet looked at are left out. */
const clearZ = 25;
/** Blocks are looked at in this many passes, each spread over the frame. */
const passes = 8;

interface Sums {
  product: number;
  pairs: number;
  square: number;
  cells: number;
}

/** Correlation of horizontal and vertical neighbours, a plane taken out of each block. */
function neighbourCorrelation(
  image: Float32Array,
  rows: number,
  columns: number,
): { readonly correlation: number; readonly z: number } {
  const sums: Sums = { product: 0, pairs: 0, square: 0, cells: 0 };
  const residual = new Float32Array(block);
  const across = Math.floor(columns / block);
  const blocks = Math.floor(rows / block) * across;
  let found = { correlation: 0, z: 0 };
  for (let pass = 0; pass < passes; pass++) {
    for (let b = pass; b < blocks; b += passes) {
      const row = Math.floor(b / across);
      addBlock(image, columns, row * block * columns + (b - row * across) * block, residual, sums);
    }
    if (!(sums.square > 0)) continue;
    const correlation = sums.product / sums.pairs / (sums.square / sums.cells) + noiseBias;
    found = { correlation, z: correlation * Math.sqrt(sums.pairs) };
    if (found.z >= clearZ) break;
  }
  return found;
}

const middle = (block - 1) / 2;
const spread = (block * (block * block * block - block)) / 12;

function addBlock(
  image: Float32Array,
  columns: number,
  start: number,
  residual: Float32Array,
  sums: Sums,
): void {
  let mean = 0;
  let down = 0;
  let right = 0;
  for (let r = 0; r < block; r++) {
    const at = start + r * columns;
    let line = 0;
    for (let c = 0; c < block; c++) {
      const v = image[at + c] as number;
      line += v;
      right += v * (c - middle);
    }
    mean += line;
    down += line * (r - middle);
  }
  mean /= block * block;
  down /= spread;
  right /= spread;
  let product = 0;
  let square = 0;
  for (let r = 0; r < block; r++) {
    const at = start + r * columns;
    const level = mean + down * (r - middle);
    let left = 0;
    for (let c = 0; c < block; c++) {
      const v = (image[at + c] as number) - level - right * (c - middle);
      square += v * v;
      product += v * left;
      left = v;
      // The row above still stands in the residual.
      if (r > 0) product += v * (residual[c] as number);
      residual[c] = v;
    }
  }
  sums.product += product;
  sums.square += square;
  sums.pairs += 2 * block * (block - 1);
  sums.cells += block * block;
}

/** Least of both that counts as structure: noise stays below 5, a real frame thinned to 2 % of its photons above 7. */
const leastZ = 6;
const leastCorrelation = 0.04;
/** Why a frame has nothing to score, or null when it has. */
export function nothingToScore(f: Foreground): string | null {
  if (!(f.max > 0)) return "no foreground: the frame is blank";
  if (f.share === 0) return "no foreground: every pixel has the same count";
  if (f.z < leastZ || f.correlation < leastCorrelation) return "no foreground: no structure above the noise";
  return null;
}
