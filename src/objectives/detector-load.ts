/** How much of the light a photon counter missed behind its dead time, from the noise of the frame itself. */
import type { Image } from "../core/index.js";

/** Fourth difference: what no beam of two pixels and more reaches remains, which is noise. */
const difference = [1, -4, 6, -4, 1] as const;
const reach = 2;
/** Σ of its squares, and of the squared correlations of neighbouring differences in one direction. */
const power = 70;
const correlated = 2.63;
/** Dimmer than this the distribution of single photons says nothing of the dead time, counts. */
const leastCounts = 2;
const binsPerDoubling = 8;
const rounds = 30;
/** Share of the light missed at the brightest pixel that a fit may reach. */
const greatestLoad = 0.9;

export interface DetectorLoad {
  /** Share of the light missed per count shown: a pixel of M counts would hold M / (1 − perCount · M). 0 where none is. */
  readonly perCount: number;
  /** Its standard deviation, by the number of independent differences. */
  readonly sd: number;
}

/** Sums over pixels of about one brightness. */
interface Bin {
  counts: number;
  squares: number;
  n: number;
}

/**
 * A non-paralysable counter that shows M of n photons, M = n / (1 + n τ/t), has the variance M (1 − M τ/t)² (Müller 1973):
 * noise below that of counting grows with brightness, and how fast is the dead time. τ/t is found by maximum likelihood
 * from the squared fourth differences of neighbouring pixels, each with the mean of its 25 pixels.
 */
export function detectorLoad(image: Image): DetectorLoad {
  const bins = [...noiseByBrightness(image).values()];
  const top = bins.reduce((a, b) => Math.max(a, b.counts / b.n), 0);
  if (top === 0) return { perCount: 0, sd: Number.POSITIVE_INFINITY };
  const limit = (value: number, most: number): number => Math.max(-most / top, Math.min(most / top, value));
  let perCount = 0;
  let information = 0;
  for (let i = 0; i < rounds; i++) {
    information = 0;
    let slope = 0;
    for (const { counts, squares, n } of bins) {
      const mean = counts / n;
      const open = 1 - perCount * mean;
      const variance = mean * open * open;
      const change = -2 * mean * mean * open;
      slope += ((squares / n / variance - 1) * n * change) / variance;
      information += n * (change / variance) ** 2;
    }
    const step = limit(slope / information, 0.3);
    perCount = limit(perCount + step, greatestLoad);
    if (Math.abs(step) * top < 1e-4) break;
  }
  return {
    perCount: Math.max(0, perCount),
    sd: Math.sqrt((2 * correlated ** 2) / information),
  };
}

/** Standard deviations that the missed light must stand out by. */
const significance = 2;
/** Share of the light of a pixel that at most is put back, so that the brightest stays finite. */
const mostMissed = 0.9;

/** The frame with the light put back that the counter missed; null where its noise shows no dead time. */
export function straightened(image: Image): Image | null {
  const { perCount, sd } = detectorLoad(image);
  if (!(perCount > significance * sd)) return null;
  const pixels = Float32Array.from(image.pixels, (v) => v / Math.max(1 - mostMissed, 1 - perCount * v));
  return { ...image, pixels };
}

function noiseByBrightness({ pixels, shape: [height, width] }: Image): Map<number, Bin> {
  const rows = new Float64Array(height * width);
  const weights = new Float64Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = reach; x < width - reach; x++) {
      const i = y * width + x;
      for (let k = -reach; k <= reach; k++) {
        const d = difference[k + reach] as number;
        const v = pixels[i + k] as number;
        rows[i] = (rows[i] as number) + d * v;
        weights[i] = (weights[i] as number) + d * d * v;
      }
    }
  }
  const bins = new Map<number, Bin>();
  for (let y = reach; y < height - reach; y++) {
    for (let x = reach; x < width - reach; x++) {
      let sum = 0;
      let weight = 0;
      for (let k = -reach; k <= reach; k++) {
        const d = difference[k + reach] as number;
        const i = (y + k) * width + x;
        sum += d * (rows[i] as number);
        weight += d * d * (weights[i] as number);
      }
      // What the squared difference is in counting noise, per unit of the difference's own power.
      const mean = weight / power ** 2;
      if (mean < leastCounts) continue;
      const key = Math.round(binsPerDoubling * Math.log2(mean));
      const bin = bins.get(key) ?? { counts: 0, squares: 0, n: 0 };
      bins.set(key, bin);
      bin.counts += mean;
      bin.squares += (sum / power) ** 2;
      bin.n++;
    }
  }
  return bins;
}
