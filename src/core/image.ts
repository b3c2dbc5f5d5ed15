/** Maths on 2-D arrays of counts, row-major (y, x), that several rooms need. */

/** Separable Gaussian blur with reflected borders, cut at 4 sigma. @param sigma in pixels; 0 copies. @returns float32, same shape */
export function gaussianBlur(
  pixels: ArrayLike<number>,
  height: number,
  width: number,
  sigma: number,
): Float32Array {
  const out = Float32Array.from(pixels);
  if (sigma <= 0) return out;
  const radius = Math.max(1, Math.floor(4 * sigma + 0.5));
  const kernel = new Float64Array(2 * radius + 1);
  let sum = 0;
  for (let i = -radius; i <= radius; i++) {
    const v = Math.exp(-(i * i) / (2 * sigma * sigma));
    kernel[i + radius] = v;
    sum += v;
  }
  for (let i = 0; i < kernel.length; i++) kernel[i] = (kernel[i] as number) / sum;
  const line = new Float32Array(Math.max(height, width));
  const pass = (count: number, length: number, step: number, stride: number): void => {
    for (let c = 0; c < count; c++) {
      const base = c * stride;
      for (let i = 0; i < length; i++) line[i] = out[base + i * step] as number;
      for (let i = 0; i < length; i++) {
        let v = 0;
        for (let k = -radius; k <= radius; k++) {
          v += (kernel[k + radius] as number) * (line[reflect(i + k, length)] as number);
        }
        out[base + i * step] = v;
      }
    }
  };
  pass(height, width, 1, width);
  pass(width, height, width, 1);
  return out;
}

function reflect(i: number, n: number): number {
  let j = i;
  while (j < 0 || j >= n) j = j < 0 ? -j - 1 : 2 * n - j - 1;
  return j;
}

/**
 * Otsu's threshold (1979) on a 256-bin histogram between the least and greatest value: the value that
 * maximises the between-class variance. A constant image gives its value (nothing lies above it).
 */
export function otsuThreshold(values: ArrayLike<number>): number {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (v < min) min = v;
    if (v > max) max = v;
  }
  if (!(max > min)) return min;
  const bins = 256;
  const histogram = new Float64Array(bins);
  const scale = bins / (max - min);
  for (let i = 0; i < values.length; i++) {
    const b = Math.min(bins - 1, Math.floor(((values[i] as number) - min) * scale));
    histogram[b] = (histogram[b] as number) + 1;
  }
  let total = 0;
  for (let b = 0; b < bins; b++) total += b * (histogram[b] as number);
  const n = values.length;
  let below = 0;
  let sumBelow = 0;
  let best = -1;
  let bestBin = 0;
  for (let b = 0; b < bins - 1; b++) {
    below += histogram[b] as number;
    sumBelow += b * (histogram[b] as number);
    const above = n - below;
    if (below === 0 || above === 0) continue;
    const difference = sumBelow / below - (total - sumBelow) / above;
    const between = below * above * difference * difference;
    if (between > best) {
      best = between;
      bestBin = b;
    }
  }
  return min + (bestBin + 1) / scale;
}

/** Foreground as the objectives mean it: Otsu threshold of the counts blurred by 1 px. 1 = foreground. */
export function foregroundMask(pixels: ArrayLike<number>, height: number, width: number): Uint8Array {
  const smooth = gaussianBlur(pixels, height, width, 1);
  const threshold = otsuThreshold(smooth);
  const mask = new Uint8Array(smooth.length);
  for (let i = 0; i < smooth.length; i++) mask[i] = (smooth[i] as number) > threshold ? 1 : 0;
  return mask;
}

/** Linear-interpolated percentile, p in 0..100, of the values where the mask (if given) is set. NaN when none are. */
export function percentile(values: ArrayLike<number>, p: number, mask?: Uint8Array): number {
  const chosen: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (mask === undefined || mask[i] === 1) chosen.push(values[i] as number);
  }
  if (chosen.length === 0) return Number.NaN;
  const sorted = Float64Array.from(chosen).sort();
  const at = (Math.min(100, Math.max(0, p)) / 100) * (sorted.length - 1);
  const low = Math.floor(at);
  const a = sorted[low] as number;
  const b = sorted[Math.min(sorted.length - 1, low + 1)] as number;
  return a + (b - a) * (at - low);
}

/** Mean of the values where the mask equals `wanted`; NaN when there are none. */
export function maskedMean(values: ArrayLike<number>, mask: Uint8Array, wanted: 0 | 1 = 1): number {
  let sum = 0;
  let n = 0;
  for (let i = 0; i < values.length; i++) {
    if (mask[i] === wanted) {
      sum += values[i] as number;
      n++;
    }
  }
  return n === 0 ? Number.NaN : sum / n;
}

/** Index of the first value that is not finite or is below zero; -1 when all are counts. */
export function firstInvalidCount(pixels: ArrayLike<number>): number {
  for (let i = 0; i < pixels.length; i++) {
    const v = pixels[i] as number;
    if (!(v >= 0 && v < Number.POSITIVE_INFINITY)) return i;
  }
  return -1;
}
