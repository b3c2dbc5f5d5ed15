/**
 * True rating of a simulated frame, `proxy-v2` (specification §5): is there structure above the noise, and how much
 * of the fine contrast survives. Calibrated on the published expert-trained Actin network; frozen before any training.
 */
import { maskedMean, otsuThreshold } from "../../../src/core/index.js";
import { blur } from "./blur.js";
import { forward, type Spectrum } from "./fft.js";

/** Frozen constants of the fit. */
const noiseScale = 0.42;
const contrastTop = 0.6;
const contrastPower = 0.65;
const clipLimit = 0.2;

export interface RatedField {
  /** Molecules per pixel before the frame (sheared by the frame's linear drift), row-major. */
  readonly truth: ArrayLike<number>;
  /** Counts of a noise-matched confocal of the same field (0 mW, 10 µW, 10 µs). */
  readonly confocal: ArrayLike<number>;
  readonly heightPx: number;
  readonly widthPx: number;
  readonly pixelNm: number;
  /** Generated without structure: rating 0 by rule. */
  readonly empty?: boolean;
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
  const smooth = blur(confocal, heightPx, widthPx, 1);
  const threshold = otsuThreshold(smooth);
  const mask = new Uint8Array(smooth.length);
  for (let i = 0; i < mask.length; i++) mask[i] = (smooth[i] as number) > threshold ? 1 : 0;
  return mask;
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

/** Where each coefficient of a half spectrum belongs: its ring, and whether it is in one of the two bands. */
interface FrequencyMap {
  readonly ring: Int32Array;
  readonly band: Uint8Array;
  readonly rings: number;
  readonly stepPerNm: number;
}
const fineBand = 1;
const wideBand = 2;
const maps = new Map<string, FrequencyMap>();

function frequencyMap(s: Spectrum, pixelNm: number): FrequencyMap {
  const key = [s.rows, s.columns, pixelNm].join();
  const known = maps.get(key);
  if (known !== undefined) return known;
  const half = s.columns / 2 + 1;
  const stepPerNm = 1 / (Math.max(s.rows, s.columns) * pixelNm);
  const rings = Math.floor(0.5 / pixelNm / stepPerNm);
  const ring = new Int32Array(s.rows * half).fill(-1);
  const band = new Uint8Array(s.rows * half);
  for (let y = 0; y < s.rows; y++) {
    const fy = (y <= s.rows / 2 ? y : y - s.rows) / (s.rows * pixelNm);
    for (let x = 0; x < half; x++) {
      const i = y * half + x;
      const q = Math.hypot(x / (s.columns * pixelNm), fy);
      const r = Math.round(q / stepPerNm);
      if (r < rings) ring[i] = r;
      if (q >= 0.85 / 190 && q <= 1.15 / 190) band[i] = fineBand;
      if (q >= 1 / 1500 && q <= 1 / 700) band[i] = wideBand;
    }
  }
  const made = { ring, band, rings, stepPerNm };
  if (maps.size > 8) maps.clear();
  maps.set(key, made);
  return made;
}

/** How the frame's spectrum follows the truth's: transfer in the two bands, and ring correlation. */
function compare(
  f: Spectrum,
  t: Spectrum,
  pixelNm: number,
): { fine: number; wide: number; resolutionNm: number | null } {
  const { ring, band, rings, stepPerNm } = frequencyMap(f, pixelNm);
  const cross = new Float64Array(rings);
  const frame = new Float64Array(rings);
  const truth = new Float64Array(rings);
  const bandCross = [0, 0, 0];
  const bandPower = [0, 0, 0];
  const half = f.columns / 2 + 1;
  for (let i = 0, x = 0; i < ring.length; i++, x = x === half - 1 ? 0 : x + 1) {
    const r = ring[i] as number;
    const k = band[i] as number;
    if (r < 0 && k === 0) continue;
    // Inner columns of a half spectrum stand for their mirror images, too.
    const twice = x === 0 || x === half - 1 ? 1 : 2;
    const a = f.re[i] as number;
    const b = f.im[i] as number;
    const c = t.re[i] as number;
    const d = t.im[i] as number;
    const product = twice * (a * c + b * d);
    const power = twice * (c * c + d * d);
    if (r >= 0) {
      cross[r] = (cross[r] as number) + product;
      frame[r] = (frame[r] as number) + twice * (a * a + b * b);
      truth[r] = (truth[r] as number) + power;
    }
    if (k !== 0) {
      bandCross[k] = (bandCross[k] as number) + product;
      bandPower[k] = (bandPower[k] as number) + power;
    }
  }
  const ratio = (k: number): number =>
    (bandPower[k] as number) > 0 ? (bandCross[k] as number) / (bandPower[k] as number) : 0;
  const c = cross.map((v, i) => {
    const norm = (frame[i] as number) * (truth[i] as number);
    return norm > 0 ? v / Math.sqrt(norm) : 0;
  });
  return { fine: ratio(fineBand), wide: ratio(wideBand), resolutionNm: firstBelowHalf(c, stepPerNm) };
}

/** Period at which the 5-ring mean of the correlation first falls below 0.5. */
function firstBelowHalf(correlation: Float64Array, stepPerNm: number): number | null {
  for (let i = 2; i < correlation.length - 2; i++) {
    let mean = 0;
    for (let k = -2; k <= 2; k++) mean += (correlation[i + k] as number) / 5;
    if (mean < 0.5) return 1 / (i * stepPerNm);
  }
  return null;
}

/** Rates frames of one field: mask and truth are prepared once. */
export class Rater {
  /** 1 = foreground. */
  readonly mask: Uint8Array;
  private readonly truth: Spectrum;
  private readonly empty: boolean;

  constructor(private readonly field: RatedField) {
    const { heightPx, widthPx, pixelNm } = field;
    this.mask = structureMask(field.confocal, heightPx, widthPx);
    const blurred = blur(field.truth, heightPx, widthPx, 40 / 2.3548 / pixelNm);
    this.truth = windowed(blurred, heightPx, widthPx);
    this.empty = field.empty === true;
  }

  /** @param frame photon counts, row-major @param clip counts from which a pixel is clipped */
  rate(frame: ArrayLike<number>, clip = Number.POSITIVE_INFINITY): TrueRating {
    const { heightPx, widthPx, pixelNm } = this.field;
    const inside = maskedMean(frame, this.mask, 1);
    const outside = maskedMean(frame, this.mask, 0);
    const background = Number.isNaN(outside) ? 0 : outside;
    const signal = Number.isNaN(inside) ? 0 : Math.max(0, inside - background);
    const f = windowed(frame, heightPx, widthPx);
    const { fine, wide, resolutionNm } = compare(f, this.truth, pixelNm);
    const contrast = wide > 0 ? Math.min(contrastTop, Math.max(0, fine / wide)) : 0;
    const noise = Math.sqrt(signal + background);
    const structuredSnr = noise > 0 ? (signal * contrast) / noise : 0;
    const clipped = this.clippedShare(frame, clip);
    const rating =
      (1 - Math.exp(-structuredSnr / noiseScale)) ** 2 *
      (contrast / contrastTop) ** contrastPower *
      (1 - Math.min(1, clipped / clipLimit));
    return {
      rating: this.empty ? 0 : rating,
      signal,
      background,
      contrast,
      structuredSnr,
      clipped,
      resolutionNm: this.empty ? null : resolutionNm,
    };
  }

  /** Share of the foreground at the limit. */
  private clippedShare(frame: ArrayLike<number>, clip: number): number {
    let clipped = 0;
    let foreground = 0;
    for (let i = 0; i < this.mask.length; i++) {
      if (this.mask[i] !== 1) continue;
      foreground++;
      if ((frame[i] as number) >= clip) clipped++;
    }
    return foreground > 0 ? clipped / foreground : 0;
  }
}
