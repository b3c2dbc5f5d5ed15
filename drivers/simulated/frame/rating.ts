/**
 * True rating of a simulated frame, `proxy-v2` (specification §5): is there structure above the noise, and how much
 * of the fine contrast survives. Calibrated on the published expert-trained Actin network; frozen before any training.
 */
import { gaussianBlur, maskedMean, otsuThreshold } from "../../../src/core/index.js";
import { forward, type Spectrum } from "./fft.js";

/** Frozen constants of the fit. */
const noiseScale = 0.42;
const contrastTop = 0.6;
const contrastPower = 0.65;
const clipLimit = 0.2;

export interface RatingInput {
  /** Photon counts of the frame, row-major. */
  readonly frame: ArrayLike<number>;
  /** Molecules per pixel before the frame (sheared by the frame's linear drift). */
  readonly truth: ArrayLike<number>;
  /** Counts of a noise-matched confocal of the same field (0 mW, 10 µW, 10 µs). */
  readonly confocal: ArrayLike<number>;
  readonly heightPx: number;
  readonly widthPx: number;
  readonly pixelNm: number;
  /** Counts from which a pixel is clipped. */
  readonly clip?: number;
}
export interface TrueRating {
  /** Q, 0..1. */
  readonly rating: number;
  readonly signal: number;
  readonly background: number;
  readonly contrast: number;
  readonly structuredSnr: number;
  readonly clipped: number;
  /** First spatial period at which frame and truth correlate below 0.5, nm; null when none does. */
  readonly resolutionNm: number | null;
}

/** Mask of the structure: Otsu's threshold of the confocal. 1 = foreground. */
export function structureMask(confocal: ArrayLike<number>, heightPx: number, widthPx: number): Uint8Array {
  const smooth = gaussianBlur(confocal, heightPx, widthPx, 1);
  const threshold = otsuThreshold(smooth);
  return Uint8Array.from(smooth, (v) => (v > threshold ? 1 : 0));
}

/** Mean subtracted, Hann window, transformed; odd sides get one row or column of zeros. */
function windowed(values: ArrayLike<number>, height: number, width: number): Spectrum {
  const rows = height + (height % 2);
  const columns = width + (width % 2);
  let mean = 0;
  for (let i = 0; i < height * width; i++) mean += (values[i] as number) / (height * width);
  const hann = (n: number): Float64Array =>
    Float64Array.from({ length: n }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n));
  const wy = hann(height);
  const wx = hann(width);
  const out = new Float64Array(rows * columns);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const v = (values[y * width + x] as number) - mean;
      out[y * columns + x] = v * (wy[y] as number) * (wx[x] as number);
    }
  }
  return forward(out, rows, columns);
}

interface Ring {
  cross: number;
  frame: number;
  truth: number;
}

/** Sums of F T*, |F|² and |T|² over rings of one frequency step. Both halves of the spectrum count alike. */
function rings(f: Spectrum, t: Spectrum, pixelNm: number): { rings: Ring[]; stepPerNm: number } {
  const stepPerNm = 1 / (Math.max(f.rows, f.columns) * pixelNm);
  const count = Math.floor(0.5 / pixelNm / stepPerNm);
  const out = Array.from({ length: count }, () => ({ cross: 0, frame: 0, truth: 0 }));
  eachFrequency(f, pixelNm, (i, q, twice) => {
    const ring = out[Math.round(q / stepPerNm)];
    if (ring === undefined) return;
    const [a, b] = [f.re[i] as number, f.im[i] as number];
    const [c, d] = [t.re[i] as number, t.im[i] as number];
    ring.cross += twice * (a * c + b * d);
    ring.frame += twice * (a * a + b * b);
    ring.truth += twice * (c * c + d * d);
  });
  return { rings: out, stepPerNm };
}

function eachFrequency(
  s: Spectrum,
  pixelNm: number,
  visit: (index: number, frequencyPerNm: number, multiplicity: number) => void,
): void {
  const half = s.columns / 2 + 1;
  for (let y = 0; y < s.rows; y++) {
    const fy = (y <= s.rows / 2 ? y : y - s.rows) / (s.rows * pixelNm);
    for (let x = 0; x < half; x++) {
      const fx = x / (s.columns * pixelNm);
      visit(y * half + x, Math.hypot(fx, fy), x === 0 || x === half - 1 ? 1 : 2);
    }
  }
}

/** Re Σ F T* / Σ |T|² over frequencies between two periods, nm. */
function transfer(f: Spectrum, t: Spectrum, pixelNm: number, shortNm: number, longNm: number): number {
  let cross = 0;
  let power = 0;
  eachFrequency(f, pixelNm, (i, q, twice) => {
    if (q < 1 / longNm || q > 1 / shortNm) return;
    const [c, d] = [t.re[i] as number, t.im[i] as number];
    cross += twice * ((f.re[i] as number) * c + (f.im[i] as number) * d);
    power += twice * (c * c + d * d);
  });
  return power > 0 ? cross / power : 0;
}

/** Ring correlation with a 5-ring mean; the period where it first falls below 0.5. */
function resolution(f: Spectrum, t: Spectrum, pixelNm: number): number | null {
  const { rings: all, stepPerNm } = rings(f, t, pixelNm);
  const c = all.map((r) => (r.frame > 0 && r.truth > 0 ? r.cross / Math.sqrt(r.frame * r.truth) : 0));
  for (let i = 2; i < c.length - 2; i++) {
    let mean = 0;
    for (let k = -2; k <= 2; k++) mean += (c[i + k] as number) / 5;
    if (mean < 0.5) return 1 / (i * stepPerNm);
  }
  return null;
}

/** @returns Q and its parts. A frame generated as empty has rating 0 by rule: the caller says so by `truth` all zero. */
export function trueRating(input: RatingInput): TrueRating {
  const { frame, heightPx, widthPx, pixelNm } = input;
  const mask = structureMask(input.confocal, heightPx, widthPx);
  const inside = maskedMean(frame, mask, 1);
  const background = maskedMean(frame, mask, 0);
  const signal = Number.isNaN(inside) ? 0 : Math.max(0, inside - background);
  const truth = gaussianBlur(input.truth, heightPx, widthPx, 40 / 2.3548 / pixelNm);
  const f = windowed(frame, heightPx, widthPx);
  const t = windowed(truth, heightPx, widthPx);
  const wide = transfer(f, t, pixelNm, 700, 1500);
  const fine = transfer(f, t, pixelNm, 190 / 1.15, 190 / 0.85);
  const contrast = wide > 0 ? Math.min(contrastTop, Math.max(0, fine / wide)) : 0;
  const noise = Math.sqrt(signal + background);
  const structuredSnr = noise > 0 ? (signal * contrast) / noise : 0;
  const clip = input.clip ?? Number.POSITIVE_INFINITY;
  let clippedPixels = 0;
  let foreground = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] !== 1) continue;
    foreground++;
    if ((frame[i] as number) >= clip) clippedPixels++;
  }
  const clipped = foreground > 0 ? clippedPixels / foreground : 0;
  const rating =
    (1 - Math.exp(-structuredSnr / noiseScale)) ** 2 *
    (contrast / contrastTop) ** contrastPower *
    (1 - Math.min(1, clipped / clipLimit));
  const empty = !input.truth || signal === 0;
  return {
    rating: empty ? 0 : rating,
    signal,
    background: Number.isNaN(background) ? 0 : background,
    contrast,
    structuredSnr,
    clipped,
    resolutionNm: resolution(f, t, pixelNm),
  };
}
