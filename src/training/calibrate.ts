import { featureDistance, measureForeground } from "../scoring/index.js";
import type { FrameSet } from "./batches.js";
import { inverseFactor } from "./inverse-factor.js";
import { quantile } from "./metrics.js";

export interface Conformal {
  readonly level: number;
  readonly method: string;
  readonly edges: readonly number[];
  readonly quantiles: readonly number[];
}

const level = 0.9;
const bins = 10;
/** Fewer residuals than this in a bin would make its quantile a guess. */
const leastPerBin = 25;

/**
 * Split-conformal half-widths (Papadopoulos et al. 2002; by bins of the predicted score, Mondrian): the
 * ⌈(n+1)·0.9⌉-th least absolute residual of each bin. Neighbouring bins with too few frames are joined.
 * @param scores predictions on frames the network was not trained on @param ratings their labels
 */
export function conformalBins(scores: ArrayLike<number>, ratings: ArrayLike<number>): Conformal {
  const edges = [0];
  const quantiles: number[] = [];
  let pending: number[] = [];
  const close = (to: number): void => {
    quantiles.push(halfWidth(pending));
    edges.push(to);
    pending = [];
  };
  for (let b = 0; b < bins; b++) {
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i] as number;
      const bin = Math.min(bins - 1, Math.max(0, Math.floor(score * bins)));
      if (bin === b) pending.push(Math.abs(score - (ratings[i] as number)));
    }
    let ahead = 0;
    for (let i = 0; i < scores.length; i++) if ((scores[i] as number) * bins >= b + 1) ahead++;
    if (b === bins - 1 || (pending.length >= leastPerBin && ahead >= leastPerBin)) close((b + 1) / bins);
  }
  return { level, method: "split-binned", edges, quantiles };
}

function halfWidth(residuals: readonly number[]): number {
  const sorted = Float64Array.from(residuals).sort();
  const rank = Math.ceil((sorted.length + 1) * level);
  // With too few frames to promise the level the whole scale is the only honest interval.
  return rank > sorted.length ? 1 : Number((sorted[rank - 1] as number).toPrecision(4));
}

/** Share of the ratings that lie within the half-width of their score's bin. */
export function coverage(
  conformal: Conformal,
  scores: ArrayLike<number>,
  ratings: ArrayLike<number>,
): number {
  const { edges, quantiles } = conformal;
  let inside = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] as number;
    let bin = 0;
    while (bin < quantiles.length - 1 && score >= (edges[bin + 1] as number)) bin++;
    if (Math.abs(score - (ratings[i] as number)) <= (quantiles[bin] as number)) inside++;
  }
  return inside / scores.length;
}

export interface DomainFeatures {
  readonly mean: readonly number[];
  readonly whitening: readonly (readonly number[])[];
  readonly threshold: number;
}

/** Share of every correlation that is not believed, so that the covariance can be inverted. */
const shrinkage = 0.02;
const thresholdQuantile = 0.99;

/**
 * Mean and whitening of features (rows of the inverse Cholesky factor of their shrunk covariance), so that
 * |W (f − mean)|² is the Mahalanobis distance. The threshold is the 99th percentile over `held` frames.
 */
export function featureDomain(
  features: readonly Float32Array[],
  held: readonly Float32Array[],
): DomainFeatures {
  const n = features.length;
  const f = features[0]?.length ?? 0;
  const mean = new Float64Array(f);
  for (const row of features)
    for (let i = 0; i < f; i++) mean[i] = (mean[i] as number) + (row[i] as number) / n;
  const covariance = Array.from({ length: f }, () => new Float64Array(f));
  for (const row of features) {
    for (let i = 0; i < f; i++) {
      const di = (row[i] as number) - (mean[i] as number);
      const line = covariance[i] as Float64Array;
      for (let j = 0; j <= i; j++) {
        line[j] = (line[j] as number) + (di * ((row[j] as number) - (mean[j] as number))) / n;
      }
    }
  }
  let trace = 0;
  for (let i = 0; i < f; i++) trace += (covariance[i]?.[i] as number) / f;
  for (let i = 0; i < f; i++) {
    const line = covariance[i] as Float64Array;
    for (let j = 0; j < i; j++) line[j] = (1 - shrinkage) * (line[j] as number);
    line[i] = (line[i] as number) + 1e-6 * trace;
  }
  const rounded = inverseFactor(covariance).map((row) => Array.from(row, (v) => Number(v.toPrecision(4))));
  const middle = Array.from(mean, (v) => Number(v.toPrecision(6)));
  const distances = held.map((row) => featureDistance({ mean: middle, whitening: rounded }, row));
  const threshold = Number(quantile(distances, thresholdQuantile).toPrecision(4));
  return { mean: middle, whitening: rounded, threshold };
}

/** Counts that the network knows: foreground means of the training frames, half as much again on either side. */
export function countRange(set: FrameSet): [number, number] {
  const means = set.frames
    .map((pixels) => measureForeground(pixels, set.height, set.width))
    .filter((m) => m.share > 0)
    .map((m) => m.mean);
  if (means.length === 0) return [0, Number.MAX_VALUE];
  const margin = 1.5;
  const round = (v: number): number => Number(v.toPrecision(3));
  return [round(quantile(means, 0.005) / margin), round(quantile(means, 0.995) * margin)];
}
