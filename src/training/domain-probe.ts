import { distanceFloor, featureDistance, mostDeviation, probeLogit } from "../scoring/index.js";
import type { DomainFeatures } from "./calibrate.js";
import { inverseFactor, solveFactored } from "./inverse-factor.js";
import { quantile } from "./metrics.js";

export interface DomainProbe {
  readonly scale: number[];
  readonly weights: number[];
  readonly distanceWeight: number;
  readonly bias: number;
  readonly threshold: number;
}

const ridge = 1e-4;
const newtonSteps = 40;
const thresholdQuantile = 0.99;
const mostLogit = 30;

/**
 * Logistic regression with a ridge, both classes of equal weight, by Newton's method, on the standardised features and
 * the logarithm of their distance (`probeLogit`).
 * @param own features of training frames @param strangers of what was made from them (`strangerOf`)
 * @param held of frames apart: the threshold is their 99th percentile
 */
export function fitDomainProbe(
  domain: DomainFeatures,
  own: readonly Float32Array[],
  strangers: readonly Float32Array[],
  held: readonly Float32Array[],
): DomainProbe {
  const { mean } = domain;
  const scale = mean.map((m, i) => {
    const square = own.reduce((s, row) => s + ((row[i] as number) - m) ** 2, 0) / own.length;
    return Number((Math.sqrt(square) + 1e-9).toPrecision(4));
  });
  const n = mean.length + 2;
  const inputs = (features: Float32Array): Float64Array => {
    const row = new Float64Array(n);
    for (let i = 0; i < mean.length; i++) {
      const z = ((features[i] as number) - (mean[i] as number)) / (scale[i] as number);
      row[i] = Math.max(-mostDeviation, Math.min(mostDeviation, z));
    }
    row[n - 2] = Math.log(featureDistance(domain, features) + distanceFloor);
    row[n - 1] = 1;
    return row;
  };
  const rows = [...own.map(inputs), ...strangers.map(inputs)];
  const b = logistic(rows, own.length, n);
  const rounded = Array.from(b, (v) => Number(v.toPrecision(5)));
  const probe = {
    scale,
    weights: rounded.slice(0, n - 2),
    distanceWeight: rounded[n - 2] as number,
    bias: rounded[n - 1] as number,
  };
  const logits = held.map((row) => probeLogit(mean, probe, row, featureDistance(domain, row)));
  return { ...probe, threshold: Number(quantile(logits, thresholdQuantile).toPrecision(4)) };
}

/** Coefficients; the first `negatives` rows are of class 0. */
function logistic(rows: readonly Float64Array[], negatives: number, n: number): Float64Array {
  const b = new Float64Array(n);
  for (let step = 0; step < newtonSteps; step++) {
    const gradient = Float64Array.from(b, (v) => ridge * v);
    const hessian = Array.from({ length: n }, (_, i) => {
      const row = new Float64Array(n);
      row[i] = ridge;
      return row;
    });
    for (const [r, row] of rows.entries()) {
      const positive = r >= negatives;
      const weight = 0.5 / (positive ? rows.length - negatives : negatives);
      let logit = 0;
      for (let i = 0; i < n; i++) logit += (row[i] as number) * (b[i] as number);
      const p = 1 / (1 + Math.exp(-Math.max(-mostLogit, Math.min(mostLogit, logit))));
      const [slope, bend] = [weight * (p - (positive ? 1 : 0)), weight * p * (1 - p)];
      for (let i = 0; i < n; i++) {
        const v = row[i] as number;
        gradient[i] = (gradient[i] as number) + slope * v;
        const line = hessian[i] as Float64Array;
        for (let j = 0; j <= i; j++) line[j] = (line[j] as number) + bend * v * (row[j] as number);
      }
    }
    const move = solveFactored(inverseFactor(hessian), gradient);
    let largest = 0;
    for (let i = 0; i < n; i++) {
      b[i] = (b[i] as number) - (move[i] as number);
      largest = Math.max(largest, Math.abs(move[i] as number));
    }
    if (largest < 1e-6) break;
  }
  return b;
}
