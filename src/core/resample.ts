/** Resampling of images of counts to another pixel size. */

export interface Resampled {
  /** Counts a new pixel, row-major. */
  readonly pixels: Float32Array;
  /** [height, width] */
  readonly shape: readonly [number, number];
}

/**
 * Resamples counts to `scale` times as many pixels along each side, keeping the photons: a new pixel gets what
 * falls on its area. Shrinking averages areas exactly; growing interpolates by Catmull-Rom cubics (never below 0).
 * @param scale old pixel size / new pixel size, above 0; the new side is round(side × scale), at least 1
 */
export function resample(
  pixels: ArrayLike<number>,
  shape: readonly [number, number],
  scale: number,
): Resampled {
  const [height, width] = shape;
  const newHeight = Math.max(1, Math.round(height * scale));
  const newWidth = Math.max(1, Math.round(width * scale));
  const rows = weights(height, newHeight);
  const columns = weights(width, newWidth);
  const between = new Float32Array(height * newWidth);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < newWidth; x++) {
      const { first, share } = columns[x] as Weights;
      let sum = 0;
      for (let k = 0; k < share.length; k++) {
        sum += (share[k] as number) * (pixels[y * width + clampIndex(first + k, width)] as number);
      }
      between[y * newWidth + x] = sum;
    }
  }
  const out = new Float32Array(newHeight * newWidth);
  for (let y = 0; y < newHeight; y++) {
    const { first, share } = rows[y] as Weights;
    for (let k = 0; k < share.length; k++) {
      const from = clampIndex(first + k, height) * newWidth;
      const w = share[k] as number;
      for (let x = 0; x < newWidth; x++) {
        out[y * newWidth + x] = (out[y * newWidth + x] as number) + w * (between[from + x] as number);
      }
    }
  }
  for (let i = 0; i < out.length; i++) if ((out[i] as number) < 0) out[i] = 0;
  return { pixels: out, shape: [newHeight, newWidth] };
}

interface Weights {
  readonly first: number;
  readonly share: Float64Array;
}

/** For each new sample the old ones that it is made of; the weights sum to old/new, so that photons are kept. */
function weights(from: number, to: number): Weights[] {
  const ratio = from / to;
  return Array.from({ length: to }, (_, i) =>
    ratio >= 1 ? area(i, ratio) : cubic((i + 0.5) * ratio - 0.5, ratio),
  );
}

function area(i: number, ratio: number): Weights {
  const start = i * ratio;
  const end = start + ratio;
  const first = Math.floor(start + 1e-9);
  const last = Math.max(first + 1, Math.ceil(end - 1e-9));
  const share = new Float64Array(last - first);
  for (let k = first; k < last; k++) share[k - first] = Math.min(k + 1, end) - Math.max(k, start);
  return { first, share };
}

/** Catmull-Rom: cubic convolution with a = -1/2 (Keys 1981). */
function cubic(at: number, ratio: number): Weights {
  const base = Math.floor(at);
  const t = at - base;
  const share = Float64Array.of(
    ((-t + 2) * t - 1) * t,
    (3 * t - 5) * t * t + 2,
    ((-3 * t + 4) * t + 1) * t,
    (t - 1) * t * t,
  );
  return { first: base - 1, share: share.map((v) => (v / 2) * ratio) };
}

function clampIndex(i: number, n: number): number {
  return i < 0 ? 0 : i >= n ? n - 1 : i;
}
