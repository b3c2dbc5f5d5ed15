import { histogram, otsuBin } from "./otsu.js";

/**
 * The foreground of the published networks: Otsu's threshold of the frame blurred by a wide Gaussian, all in double
 * precision (in single precision up to 2 % of the mask's pixels change).
 */
export interface BlurredMask {
  /** 1 = foreground. */
  readonly mask: Uint8Array;
  /** Pixels in it. */
  readonly count: number;
}

/** The blurred frame is worked out at every 4th pixel and interpolated: it holds no finer detail at sigma 10. */
const spacing = 4;
/** Points of the interpolation polynomial. */
const taps = 8;

/**
 * @param sigma of the Gaussian in pixels, at least 8 @param truncate where it is cut, in sigmas
 * @param pixels counts; the border goes on with its own value
 */
export function blurredMask(
  pixels: ArrayLike<number>,
  height: number,
  width: number,
  sigma: number,
  truncate: number,
): BlurredMask {
  const blurred = wideBlur(pixels, height, width, sigma, truncate);
  const threshold = binCentreOtsu(blurred);
  const mask = new Uint8Array(blurred.length);
  let count = 0;
  for (let i = 0; i < blurred.length; i++) {
    if ((blurred[i] as number) <= threshold) continue;
    mask[i] = 1;
    count++;
  }
  return { mask, count };
}

/** Separable Gaussian blur, borders repeated, at every 4th row and column, then interpolated between. */
export function wideBlur(
  pixels: ArrayLike<number>,
  height: number,
  width: number,
  sigma: number,
  truncate: number,
): Float64Array {
  const radius = Math.floor(truncate * sigma + 0.5);
  const kernel = new Float64Array(radius + 1);
  let sum = 0;
  for (let i = 0; i <= radius; i++) {
    kernel[i] = Math.exp(-(i * i) / (2 * sigma * sigma));
    sum += (i === 0 ? 1 : 2) * (kernel[i] as number);
  }
  for (let i = 0; i <= radius; i++) kernel[i] = (kernel[i] as number) / sum;
  const columns = samplePoints(width);
  const rows = samplePoints(height);
  const across = new Float64Array(height * columns);
  const line = new Float64Array(2 * radius + (columns - 1) * spacing + 1);
  for (let y = 0; y < height; y++) {
    fillLine(line, pixels, y * width, 1, width, radius + margin);
    convolveAt(line, kernel, radius, across, y * columns, 1, columns);
  }
  const both = new Float64Array(rows * columns);
  const column = new Float64Array(2 * radius + (rows - 1) * spacing + 1);
  for (let x = 0; x < columns; x++) {
    fillLine(column, across, x, columns, height, radius + margin);
    convolveAt(column, kernel, radius, both, x, columns, rows);
  }
  const tall = new Float64Array(columns);
  const out = new Float64Array(height * width);
  for (let y = 0; y < height; y++) {
    interpolateRows(
      both,
      Math.floor(y / spacing) * columns,
      columns,
      phases[y % spacing] as Float64Array,
      tall,
    );
    for (let phase = 0; phase < spacing; phase++) {
      interpolateAlong(tall, phases[phase] as Float64Array, out, y * width + phase, (y + 1) * width);
    }
  }
  return out;
}

/** Samples before the first pixel that the interpolation reaches. */
const before = taps / 2 - 1;
/** The same in pixels: how far outside the frame the blurred frame is needed. */
const margin = before * spacing;

/** Samples along a side: from `margin` pixels before the first pixel to the interpolation's reach behind the last. */
function samplePoints(side: number): number {
  return Math.floor((side - 1) / spacing) + taps;
}

/** Lagrange weights for the pixels between two samples. */
const phases: readonly Float64Array[] = Array.from({ length: spacing }, (_, phase) => {
  const t = before + phase / spacing;
  return Float64Array.from({ length: taps }, (_, k) => {
    let w = 1;
    for (let j = 0; j < taps; j++) if (j !== k) w *= (t - j) / (k - j);
    return w;
  });
});

/** One row between the rows of samples. */
function interpolateRows(
  samples: Float64Array,
  first: number,
  columns: number,
  w: Float64Array,
  out: Float64Array,
): void {
  out.fill(0);
  for (let k = 0; k < taps; k += 2) {
    const from = first + k * columns;
    const wa = w[k] as number;
    const wb = w[k + 1] as number;
    for (let x = 0; x < columns; x++) {
      const pair = wa * (samples[from + x] as number) + wb * (samples[from + columns + x] as number);
      out[x] = (out[x] as number) + pair;
    }
  }
}

/** Every 4th pixel of a row, those of one phase: the same weights for all of them. */
function interpolateAlong(
  tall: Float64Array,
  w: Float64Array,
  out: Float64Array,
  start: number,
  end: number,
): void {
  const [w0, w1, w2, w3, w4, w5, w6, w7] = w as unknown as readonly [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let to = start, s = 0; to < end; to += spacing, s++) {
    const left = w0 * (tall[s] as number) + w1 * (tall[s + 1] as number);
    const middle = w2 * (tall[s + 2] as number) + w3 * (tall[s + 3] as number);
    const next = w4 * (tall[s + 4] as number) + w5 * (tall[s + 5] as number);
    const right = w6 * (tall[s + 6] as number) + w7 * (tall[s + 7] as number);
    out[to] = left + middle + (next + right);
  }
}

/** One row or column with its end values repeated outwards. */
function fillLine(
  line: Float64Array,
  from: ArrayLike<number>,
  start: number,
  stride: number,
  length: number,
  pad: number,
): void {
  line.fill(from[start] as number, 0, pad);
  for (let i = 0; i < length; i++) line[pad + i] = from[start + i * stride] as number;
  line.fill(from[start + (length - 1) * stride] as number, pad + length);
}

/** The blur of a padded line at the sample points. */
function convolveAt(
  line: Float64Array,
  kernel: Float64Array,
  radius: number,
  out: Float64Array,
  start: number,
  stride: number,
  points: number,
): void {
  const whole = radius - (radius % 4);
  for (let p = 0; p < points; p++) {
    const centre = radius + p * spacing;
    // Four sums side by side: one alone would wait for itself at every addition.
    let a = (kernel[0] as number) * (line[centre] as number);
    let b = 0;
    let c = 0;
    let d = 0;
    let low = centre - 1;
    let high = centre + 1;
    for (let k = 1; k <= whole; k += 4, low -= 4, high += 4) {
      a += (kernel[k] as number) * ((line[low] as number) + (line[high] as number));
      b += (kernel[k + 1] as number) * ((line[low - 1] as number) + (line[high + 1] as number));
      c += (kernel[k + 2] as number) * ((line[low - 2] as number) + (line[high + 2] as number));
      d += (kernel[k + 3] as number) * ((line[low - 3] as number) + (line[high + 3] as number));
    }
    for (let k = whole + 1; k <= radius; k++) {
      a += (kernel[k] as number) * ((line[centre - k] as number) + (line[centre + k] as number));
    }
    out[start + p * stride] = a + b + (c + d);
  }
}

/**
 * Otsu's threshold on 256 bins between the least and greatest value, as the centre of the bin that divides best. A
 * constant frame gives its value.
 */
export function binCentreOtsu(values: Float64Array): number {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (v < min) min = v;
    if (v > max) max = v;
  }
  if (!(max > min)) return min;
  return min + ((otsuBin(histogram(values, min, max)) + 0.5) * (max - min)) / 256;
}
