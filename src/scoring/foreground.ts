import { otsuThreshold } from "../core/index.js";

/** What can be said of a frame before any network looks at it. */
export interface Foreground {
  /** 1 = foreground, on bins of 2 x 2 pixels; an odd last row or column is left out. */
  readonly mask: Uint8Array;
  /** [rows, columns] of bins */
  readonly bins: readonly [number, number];
  /** Share of the frame that is foreground, 0..1. */
  readonly share: number;
  /** Mean counts a pixel over the foreground; 0 where there is none. */
  readonly mean: number;
  /** Greatest count, and how many pixels have exactly it. */
  readonly max: number;
  readonly atMax: number;
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
  for (let r = 0; r < rows; r++) {
    let upper = 2 * r * width;
    let lower = upper + width;
    const out = r * columns;
    for (let c = 0; c < columns; c++, upper += 2, lower += 2) {
      const a = pixels[upper] as number;
      const b = pixels[upper + 1] as number;
      const d = pixels[lower] as number;
      const e = pixels[lower + 1] as number;
      binned[out + c] = (a + b + d + e) / 4;
      const top = Math.max(a, b, d, e);
      if (top < max) continue;
      if (top > max) {
        max = top;
        atMax = 0;
      }
      atMax += (a === top ? 1 : 0) + (b === top ? 1 : 0) + (d === top ? 1 : 0) + (e === top ? 1 : 0);
    }
  }
  const smooth = blur(binned, rows, columns);
  const threshold = otsuThreshold(smooth);
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
    ...neighbourCorrelation(binned, rows, columns),
  };
}

function blur(image: Float32Array, rows: number, columns: number): Float32Array {
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
  const out = new Float32Array(image.length);
  for (let r = 0; r < rows; r++) {
    const base = r * columns;
    const up = r === 0 ? base : base - columns;
    const down = r === rows - 1 ? base : base + columns;
    for (let c = 0; c < columns; c++) {
      out[base + c] =
        centre * (across[base + c] as number) +
        side * ((across[up + c] as number) + (across[down + c] as number));
    }
  }
  return out;
}

/** Correlation of horizontal and vertical neighbours, a plane taken out of each block. */
function neighbourCorrelation(
  image: Float32Array,
  rows: number,
  columns: number,
): { readonly correlation: number; readonly z: number } {
  const residual = new Float32Array(block * block);
  const middle = (block - 1) / 2;
  const spread = (block * (block * block * block - block)) / 12;
  let product = 0;
  let pairs = 0;
  let square = 0;
  let cells = 0;
  for (let r0 = 0; r0 + block <= rows; r0 += block) {
    for (let c0 = 0; c0 + block <= columns; c0 += block) {
      let mean = 0;
      let down = 0;
      let right = 0;
      for (let r = 0; r < block; r++) {
        const at = (r0 + r) * columns + c0;
        for (let c = 0; c < block; c++) {
          const v = image[at + c] as number;
          mean += v;
          down += v * (r - middle);
          right += v * (c - middle);
        }
      }
      mean /= block * block;
      down /= spread;
      right /= spread;
      for (let r = 0; r < block; r++) {
        const at = (r0 + r) * columns + c0;
        for (let c = 0; c < block; c++) {
          const v = (image[at + c] as number) - mean - down * (r - middle) - right * (c - middle);
          const i = r * block + c;
          residual[i] = v;
          square += v * v;
          if (c > 0) product += v * (residual[i - 1] as number);
          if (r > 0) product += v * (residual[i - block] as number);
        }
      }
      pairs += 2 * block * (block - 1);
      cells += block * block;
    }
  }
  if (!(square > 0)) return { correlation: 0, z: 0 };
  const correlation = product / pairs / (square / cells) + noiseBias;
  return { correlation, z: correlation * Math.sqrt(pairs) };
}

/** Least of both that counts as structure: noise stays below 5, a real frame thinned to 2 % of its photons above 7. */
const leastZ = 6;
const leastCorrelation = 0.04;
/** A detector at its limit gives the same greatest count over and over; photon noise does not. */
const saturationShare = 1e-3;
const leastSaturatedPixels = 16;
const leastSaturatedCounts = 16;

/** Why a frame has nothing to score, or null when it has. */
export function nothingToScore(f: Foreground): string | null {
  if (!(f.max > 0)) return "no foreground: the frame is blank";
  if (f.share === 0) return "no foreground: every pixel has the same count";
  if (f.z < leastZ || f.correlation < leastCorrelation) return "no foreground: no structure above the noise";
  return null;
}

/** Saturation in words, or null. @param pixels number of pixels in the frame */
export function saturation(f: Foreground, pixels: number): string | null {
  const many = f.atMax >= Math.max(leastSaturatedPixels, saturationShare * pixels);
  if (!many || f.max < leastSaturatedCounts) return null;
  return `saturated: ${f.atMax} pixels at the greatest count, ${f.max}`;
}
