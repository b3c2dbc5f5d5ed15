/** Where a ring correlation passes a threshold: a fit of many rings instead of the first ring that happens to lie below. */

/** The fit reaches over this share of the crossing's frequency to either side. */
export const reachShare = 0.3;
const rounds = 4;
const iterations = 12;
const leastRings = 5;

export interface Crossing {
  /** Ring, a fraction. */
  readonly ring: number;
  /** Its standard deviation, as a share of the ring, by the numbers of independent coefficients. */
  readonly relativeSd: number;
  /** Frequency of the threshold over that of twice the threshold. */
  readonly fade: number;
}

/**
 * A beam's transfer is about a Gaussian, so that the signal of one half over its noise falls as e^(α − β r²) around the
 * crossing, and the correlation of the halves is logistic(α − β r²). Weighted least squares (Gauss and Newton) over the
 * rings around the crossing, moved until window and crossing agree.
 * @param correlation by ring @param independent complex coefficients of each ring @param start first guess, a ring
 * @returns null where no falling correlation fits
 */
export function crossingOf(
  correlation: readonly number[],
  independent: readonly number[],
  start: number,
  threshold: number,
): Crossing | null {
  let ring = start;
  let found: Crossing | null = null;
  for (let round = 0; round < rounds; round++) {
    const from = Math.max(1, Math.round(ring * (1 - reachShare)));
    const to = Math.min(correlation.length - 1, Math.round(ring * (1 + reachShare)));
    if (to - from + 1 < leastRings) return null;
    found = fitted(correlation, independent, { from, to }, ring, threshold);
    if (found === null || found.ring < from || found.ring > to) return null;
    if (Math.abs(found.ring - ring) < 0.1) break;
    ring = found.ring;
  }
  return found;
}

const logit = (p: number): number => Math.log(p / (1 - p));

function fitted(
  correlation: readonly number[],
  independent: readonly number[],
  { from, to }: { readonly from: number; readonly to: number },
  ring: number,
  threshold: number,
): Crossing | null {
  // In units of the guess, so that both unknowns are of one size; signal 150 times stronger at the middle of the plane.
  let beta = 5;
  let alpha = logit(threshold) + beta;
  let [aa, ab, bb] = [0, 0, 0];
  for (let i = 0; i < iterations; i++) {
    [aa, ab, bb] = [0, 0, 0];
    let [ra, rb] = [0, 0];
    for (let r = from; r <= to; r++) {
      const u = (r / ring) ** 2;
      const model = 1 / (1 + Math.exp(beta * u - alpha));
      const slope = model * (1 - model);
      // Variance of a correlation of n pairs of complex coefficients.
      const weight = (2 * (independent[r] as number)) / (1 - model * model) ** 2;
      const residual = (correlation[r] as number) - model;
      aa += weight * slope * slope;
      ab -= weight * slope * slope * u;
      bb += weight * slope * slope * u * u;
      ra += weight * slope * residual;
      rb -= weight * slope * u * residual;
    }
    const determinant = aa * bb - ab * ab;
    if (!(determinant > 0)) return null;
    const limit = (step: number): number => Math.max(-1.5, Math.min(1.5, step));
    alpha += limit((bb * ra - ab * rb) / determinant);
    beta += limit((aa * rb - ab * ra) / determinant);
  }
  const square = (alpha - logit(threshold)) / beta;
  const doubled = (alpha - logit(2 * threshold)) / beta;
  if (!(beta > 0 && square > 0 && doubled > 0)) return null;
  // d(square) = (dα − square dβ)/β, and the covariance is the inverse of the normal matrix.
  const variance = (bb + 2 * square * ab + square * square * aa) / (aa * bb - ab * ab) / beta ** 2;
  return {
    ring: ring * Math.sqrt(square),
    relativeSd: Math.sqrt(variance) / (2 * square),
    fade: Math.sqrt(square / doubled),
  };
}
