import { firstInvalidCount, type Image, powerOfTwo, realFft2, type Spectrum } from "../core/index.js";
import { detectorLoad } from "./detector-load.js";

/** The STED frame as the resolution estimates see it: windowed, transformed, and what its noise should be. */
export interface FrameSpectrum {
  readonly spectrum: Spectrum;
  /** Ring of every coefficient of the half spectrum: frequency × side, rounded. */
  readonly ring: Uint16Array;
  /** Shorter side of the part that is looked at, pixels; rings are 1/side cycles per pixel wide. */
  readonly side: number;
  readonly pixelSizeNm: number;
  /** Mean power of the noise, measured beyond the circle of Nyquist: the same everywhere, because pixels are independent. */
  readonly noisePower: number;
  /** Independent coefficients per coefficient of the (padded, tapered) half spectrum, 0..1. */
  readonly independent: number;
}
/** Why nothing can be said of a frame, in a sentence. */
export interface Untrusted {
  readonly reason: string;
}

const leastSide = 64;
/** Larger frames are judged by their middle, so that a step of the loop stays short. */
export const greatestAnalysed = 1024;
/** Standard deviations of the neighbours' covariance in pure noise: below it, no structure. */
const leastStructure = 6;
/** Noise between these is counting noise (1); below: dead time or smoothing; above: aliased structure, or not counts. */
const noiseRange = [0.8, 1.25] as const;
/** Below this so much light is missing that what is put back is a guess. */
const leastNoise = 0.5;

/** @param image one without a `frameProblem` */
export function frameSpectrum(image: Image): FrameSpectrum | Untrusted {
  const { seen, ratio, sd } = transformed(image);
  if (ratio < leastNoise) {
    return {
      reason: `noise is ${ratio.toFixed(2)} of counting noise: the detector saturates or pixels were smoothed`,
    };
  }
  // Dead time takes noise from what is bright; what it leads to is judged with the estimates.
  if (ratio < noiseRange[0] - 2 * sd && ratio < noiseRange[0] * noiseLeft(image) - 2 * sd) {
    return {
      reason: `noise is ${ratio.toFixed(2)} of counting noise: pixels were smoothed, or are not counts`,
    };
  }
  if (ratio > noiseRange[1] + 3 * sd) {
    return {
      reason: `power at the pixel limit is ${ratio.toFixed(2)} of counting noise: pixels too large, or not counts`,
    };
  }
  return seen;
}

/** Noise over counting noise of a frame whose counter has the dead time that its bright pixels show. */
function noiseLeft(image: Image): number {
  const { perCount } = detectorLoad(image);
  let left = 0;
  let all = 0;
  for (const v of image.pixels) {
    left += v * Math.max(0, 1 - perCount * v) ** 2;
    all += v;
  }
  return left / all;
}

/** The spectrum, and its noise over counting noise with the standard deviation of that, without judging it. */
export function transformed(image: Image): { seen: FrameSpectrum; ratio: number; sd: number } {
  const mean = average(image.pixels);
  let counting = 0;
  let squares = 0;
  const { values, rows, columns, wy, wx } = windowed(image, (count, w) => {
    const variance = count * w * w;
    counting += variance;
    squares += variance * variance;
    return (count - mean) * w;
  });
  const spectrum = realFft2(values, rows.size, columns.size);
  const { power, share } = cornerNoise(spectrum);
  const ratio = power / counting;
  // Counting noise has the power Σ w² counts at every frequency; few bright pixels it in a sparse frame, so that it is uncertain.
  const sd = Math.sqrt((2 / share) * squares) / counting;
  const area = (rows.seen * columns.seen) / (rows.size * columns.size);
  const side = Math.min(rows.seen, columns.seen);
  const seen: FrameSpectrum = {
    spectrum,
    ring: ringsOf(spectrum, side),
    side,
    pixelSizeNm: image.pixelSizeNm,
    noisePower: power,
    independent: area * concentration(wy) * concentration(wx),
  };
  return { seen, ratio, sd };
}

/**
 * Spectrum of the variance of the frame's shot noise (counts × window², on the grid of `transformed`); its value at frequency
 * 0, and the power that the counts' own noise adds at each frequency.
 */
export function varianceSpectrum(image: Image): { spectrum: Spectrum; total: number; ownNoise: number } {
  let [total, ownNoise] = [0, 0];
  const { values, rows, columns } = windowed(image, (count, w) => {
    const variance = count * w * w;
    total += variance;
    ownNoise += count * w ** 4;
    return variance;
  });
  return { spectrum: realFft2(values, rows.size, columns.size), total, ownNoise };
}

/** What forbids every statement about the structure in this frame, null when nothing does. */
export function frameProblem(image: Image | null): string | null {
  if (image === null) return "needs the STED frame";
  const { pixels, shape, pixelSizeNm } = image;
  const [height, width] = shape;
  if (pixels.length !== height * width) return "the pixels do not fit the frame's shape";
  if (Math.min(height, width) < leastSide) return `the frame is smaller than ${leastSide} pixels`;
  if (!(pixelSizeNm > 0 && pixelSizeNm < Number.POSITIVE_INFINITY)) return "the pixel size is not known";
  if (firstInvalidCount(pixels) >= 0) return "the frame holds values that are no counts";
  let max = 0;
  for (const v of pixels) if (v > max) max = v;
  if (max === 0) return "no photons";
  let atMax = 0;
  for (const v of pixels) if (v === max) atMax++;
  // Counts of a dim frame are few different numbers, so that many pixels share the greatest by chance.
  if (max > 10 && atMax > 10 && atMax > pixels.length / 1000) return `${atMax} pixels are clipped at ${max}`;
  if (structureSigmas(pixels, height, width) < leastStructure) return "no structure above the shot noise";
  return null;
}

/** Covariance of neighbouring pixels over its standard deviation in independent noise of the same variance. */
function structureSigmas(pixels: ArrayLike<number>, height: number, width: number): number {
  const mean = average(pixels);
  let variance = 0;
  let products = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const v = (pixels[y * width + x] as number) - mean;
      const right = x + 1 < width ? (pixels[y * width + x + 1] as number) - mean : 0;
      const below = y + 1 < height ? (pixels[(y + 1) * width + x] as number) - mean : 0;
      variance += v * v;
      products += v * (right + below);
    }
  }
  const n = height * width;
  return variance > 0 ? products / (variance * Math.sqrt(2 / n)) : 0;
}

function average(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/**
 * How much of a side is looked at, and the transform's length: all of it, padded with zeros to a power of two. Cutting it
 * to the power below is no substitute: of 149 pixels 128 are three quarters of the area, and where structure is uneven they
 * have another resolution than the frame.
 */
function analysed(length: number): { seen: number; size: number } {
  const size = Math.min(greatestAnalysed, powerOfTwo(length));
  return { seen: Math.min(length, size), size };
}

interface Windowed {
  /** Of each pixel, on the transform's grid. */
  readonly values: Float64Array;
  /** Pixels seen of a side, and the transform's length. */
  readonly rows: ReturnType<typeof analysed>;
  readonly columns: ReturnType<typeof analysed>;
  readonly wy: Float64Array;
  readonly wx: Float64Array;
}

/** @param value gets the counts of a pixel and its window, once each in reading order */
function windowed(image: Image, value: (count: number, window: number) => number): Windowed {
  const [height, width] = image.shape;
  const [rows, columns] = [analysed(height), analysed(width)];
  const [wy, wx] = [hann(rows.seen), hann(columns.seen)];
  const values = new Float64Array(rows.size * columns.size);
  const top = Math.floor((height - rows.seen) / 2);
  const left = Math.floor((width - columns.seen) / 2);
  for (let y = 0; y < rows.seen; y++) {
    const from = (y + top) * width + left;
    for (let x = 0; x < columns.seen; x++) {
      const window = (wy[y] as number) * (wx[x] as number);
      values[y * columns.size + x] = value(image.pixels[from + x] as number, window);
    }
  }
  return { values, rows, columns, wy, wx };
}

/**
 * Hann's window, 1 in the middle: the window of the known resolution, so that both speak of the same part of the field,
 * which matters where structure is uneven.
 */
function hann(n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / n));
}

/** (Σw²)² / (n Σw⁴): share of the samples that a taper leaves independent. */
function concentration(w: Float64Array): number {
  let second = 0;
  let fourth = 0;
  for (const v of w) {
    second += v * v;
    fourth += v ** 4;
  }
  return (second * second) / (w.length * fourth);
}

const ringMaps = new Map<string, Uint16Array>();
/** The map of one geometry, kept: frames of a run are all of one size. */
function ringsOf({ rows, columns }: Spectrum, side: number): Uint16Array {
  const key = [rows, columns, side].join();
  let found = ringMaps.get(key);
  if (found === undefined) {
    const half = columns / 2 + 1;
    found = new Uint16Array(rows * half);
    for (let y = 0; y < rows; y++) {
      const fy = Math.min(y, rows - y) / rows;
      for (let x = 0; x < half; x++) {
        found[y * half + x] = Math.round(Math.sqrt(fy * fy + (x / columns) ** 2) * side);
      }
    }
    if (ringMaps.size >= 4) ringMaps.clear();
    ringMaps.set(key, found);
  }
  return found;
}

/** Mean power beyond the circle of Nyquist, where no beam reaches, and the share of the plane that lies there. */
function cornerNoise(s: Spectrum): { power: number; share: number } {
  const half = s.columns / 2 + 1;
  let sum = 0;
  let n = 0;
  for (let y = 0; y < s.rows; y++) {
    const fy = Math.min(y, s.rows - y) / s.rows;
    for (let x = 0; x < half; x++) {
      const fx = x / s.columns;
      if (fx * fx + fy * fy <= 0.25) continue;
      const i = y * half + x;
      sum += (s.re[i] as number) ** 2 + (s.im[i] as number) ** 2;
      n++;
    }
  }
  return { power: sum / n, share: n / (s.rows * half) };
}
