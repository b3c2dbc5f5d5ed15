import { robustCholesky, solveLower, solveLowerTransposed } from "./maths/linalg.js";

/**
 * The regressor of Durand et al. (2018): a fixed Gaussian kernel over the unit cube with bandwidth d/3, a prior
 * standard deviation of C = 5 objective units, noise λ = s₊²/C² between bounds that shrink as data comes.
 */
export const priorNorm = 5;
const delta = 0.1;
export const firstLower = 1e-3;

/** exp(−½ (Δ/b)²) of one coordinate. */
export function gaussian(a: number, b: number, bandwidth: number): number {
  const z = (a - b) / bandwidth;
  return Math.exp(-0.5 * z * z);
}

export function kernel(a: Float64Array, b: Float64Array, bandwidth: number): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) {
    const z = ((a[j] as number) - (b[j] as number)) / bandwidth;
    sum += z * z;
  }
  return Math.exp(-0.5 * sum);
}

export interface Posterior {
  readonly points: readonly Float64Array[];
  readonly bandwidth: number;
  readonly offset: number;
  readonly factor: Float64Array;
  readonly alpha: Float64Array;
}

/** A = K + λ I and A⁻¹(y − ȳ). */
export function posterior(
  points: readonly Float64Array[],
  values: readonly number[],
  lambda: number,
): Posterior {
  const n = points.length;
  const d = points[0]?.length ?? 1;
  const bandwidth = d / 3;
  const offset = values.reduce((a, b) => a + b, 0) / Math.max(1, n);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++)
      a[i * n + k] = kernel(points[i] as Float64Array, points[k] as Float64Array, bandwidth);
    a[i * n + i] = 1 + lambda;
  }
  const done = robustCholesky(a, n);
  const factor = done?.factor ?? a;
  const alpha = Float64Array.from(values, (v) => v - offset);
  solveLower(factor, n, alpha);
  solveLowerTransposed(factor, n, alpha);
  return { points, bandwidth, offset, factor, alpha };
}

/** Posterior mean and variance (for a prior variance of 1) at x. */
export function at(p: Posterior, x: Float64Array): { readonly mean: number; readonly variance: number } {
  const n = p.points.length;
  const k = Float64Array.from(p.points, (q) => kernel(x, q, p.bandwidth));
  let mean = p.offset;
  for (let i = 0; i < n; i++) mean += (k[i] as number) * (p.alpha[i] as number);
  solveLower(p.factor, n, k);
  let explained = 0;
  for (let i = 0; i < n; i++) explained += (k[i] as number) * (k[i] as number);
  return { mean, variance: Math.max(0, 1 - explained) };
}

/** Copies of points on a face, mirrored across it with the same value: they damp the variance at the borders. */
export function withMirrors(
  points: readonly Float64Array[],
  values: readonly number[],
): { readonly points: Float64Array[]; readonly values: number[] } {
  const out = { points: [...points], values: [...values] };
  points.forEach((point, i) => {
    point.forEach((x, j) => {
      if (x !== 0 && x !== 1) return;
      const mirrored = point.slice();
      mirrored[j] = x === 0 ? -1 : 2;
      out.points.push(mirrored);
      out.values.push(values[i] as number);
    });
  });
  return out;
}

export interface NoiseBounds {
  readonly lower: number;
  readonly upper: number;
}
/** Past this many observations the bounds have long settled; the sums below are cubic. */
const boundsUpTo = 150;

/** The noise bounds after all `values`, updated one observation after another as in the original. Mirrors stay out. */
export function noiseBounds(
  points: readonly Float64Array[],
  values: readonly number[],
  upper: number,
): NoiseBounds {
  let bounds: NoiseBounds = { lower: firstLower, upper };
  for (let t = 1; t <= Math.min(values.length, boundsUpTo); t++)
    bounds = tighten(points.slice(0, t), values.slice(0, t), bounds);
  return bounds;
}

function tighten(
  points: readonly Float64Array[],
  values: readonly number[],
  { lower, upper }: NoiseBounds,
): NoiseBounds {
  const t = values.length;
  const lambda = upper ** 2 / priorNorm ** 2;
  const here = posterior(points, values, lambda);
  let squares = 0;
  let most = 0;
  points.forEach((x, i) => {
    const { mean, variance } = at(here, x);
    squares += ((values[i] as number) - mean) ** 2;
    most = Math.max(most, variance);
  });
  const residual = Math.sqrt(squares / t);
  // ln ln 1 at t = 1 makes everything below NaN, and NaN keeps the old bound.
  const c = Math.log(Math.E / delta) * (1 + Math.log((Math.PI ** 2 * Math.log(t)) / 6) / Math.log(1 / delta));
  const e = 1 - 1 / (1 + most / lambda);
  const raised = (residual - priorNorm * Math.sqrt((lambda * e) / t)) / (1 + Math.sqrt((2 * c) / t));
  const newLower = raised > lower ? raised : lower;
  const tight = newLower ** 2 / priorNorm ** 2;
  const there = posterior(points, values, tight);
  let information = 2 * Math.log(1 / delta);
  for (const x of points) information += Math.log(1 + at(there, x).variance / tight);
  const a = Math.max(1 - Math.sqrt(c / t) - Math.sqrt((c + 2 * information) / t), 1e-10);
  const b = (priorNorm * Math.sqrt(lambda * information)) / (2 * t);
  const lowered = (Math.sqrt(b) + Math.sqrt(b + residual * a)) ** 2 / a ** 2;
  return { lower: newLower, upper: lowered < upper ? lowered : upper };
}
