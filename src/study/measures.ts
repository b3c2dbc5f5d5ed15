/** Confusion and domination of the published user study (Robitaille et al. 2018), per tester and bin of target score. */

export const choices = ["target", "prediction", "equivalent", "discard"] as const;
/** What a tester says of a frame: the better score, both as good, or that neither fits. */
export type Choice = (typeof choices)[number];

/** How often a tester chose what, over the frames of one bin. */
export interface Counts {
  readonly target: number;
  readonly prediction: number;
  readonly equivalent: number;
  readonly discard: number;
}

export function countChoices(given: Iterable<Choice>): Counts {
  const counts = { target: 0, prediction: 0, equivalent: 0, discard: 0 };
  for (const choice of given) counts[choice]++;
  return counts;
}

/** Ñ: the frames that were not discarded. */
export function kept({ target, prediction, equivalent }: Counts): number {
  return target + prediction + equivalent;
}

/**
 * C = 1 − |(2P + E) − Ñ| / Ñ, 0..1: 1 when prediction and target cannot be told apart, 0 when one of them always
 * wins. Null where every frame was discarded.
 */
export function confusion(counts: Counts): number | null {
  const n = kept(counts);
  if (n === 0) return null;
  return 1 - Math.abs(2 * counts.prediction + counts.equivalent - n) / n;
}

/** D = P / (T + P), 0..1: how often the prediction wins where one of the two does. Null where none ever does. */
export function domination({ target, prediction }: Counts): number | null {
  const decided = target + prediction;
  return decided === 0 ? null : prediction / decided;
}

export const measures = { confusion, domination } as const;
export type Measure = keyof typeof measures;
export const measureNames: readonly Measure[] = ["confusion", "domination"];

/** The bins of target score, in points of 0..100; the last one holds 100. */
export const bins: readonly (readonly [number, number])[] = [
  [0, 20],
  [20, 40],
  [40, 60],
  [60, 80],
  [80, 100],
];

/** Index in `bins` of a target score in 0..1. A mean that falls short of an edge by rounding counts as on it. */
export function binOf(target: number): number {
  return Math.min(bins.length - 1, Math.max(0, Math.floor(target * bins.length + 1e-9)));
}

/** Mean and sample standard deviation (n − 1; null for a single value); nulls are left out. */
export function meanAndSd(values: readonly (number | null)[]): {
  readonly mean: number | null;
  readonly sd: number | null;
  readonly n: number;
} {
  const known = values.filter((v) => v !== null);
  const n = known.length;
  if (n === 0) return { mean: null, sd: null, n };
  const mean = known.reduce((a, b) => a + b, 0) / n;
  if (n === 1) return { mean, sd: null, n };
  return { mean, sd: Math.sqrt(known.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1)), n };
}
