import { normalQuantile } from "./maths/normal.js";
import { sobolPoint } from "./maths/sobol.js";
import type { Model } from "./model.js";
import type { Acquisition } from "./nehvi.js";

/**
 * The preference in numbers. T_j = (f_j − ideal_j)/(worst_j − ideal_j), minimise convention on both sides;
 * s = max_j w_j T_j + 0.05 Σ w_j T_j (augmented Chebyshev), less is better.
 */
export interface Utility {
  readonly ideal: Float64Array;
  readonly worst: Float64Array;
  readonly weights: Float64Array;
}

/** s of one vector of objectives in their own units, minimise convention. */
export function utilityOf(u: Utility, values: ArrayLike<number>): number {
  let worst = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let j = 0; j < u.weights.length; j++) {
    const t =
      ((values[j] as number) - (u.ideal[j] as number)) / ((u.worst[j] as number) - (u.ideal[j] as number));
    const wt = (u.weights[j] as number) * t;
    worst = Math.max(worst, wt);
    sum += wt;
  }
  return worst + 0.05 * sum;
}

/** Cost of a vector of objectives in own units, minimise convention; less is better. */
export type Cost = (values: ArrayLike<number>) => number;

function costOf(wanted: Utility | Cost): Cost {
  return typeof wanted === "function" ? wanted : (values) => utilityOf(wanted, values);
}

const outcomes = 64;

/** Composite expected improvement on s (Astudillo, Frazier 2019) with 64 fixed quasi-normal outcome draws a candidate. */
export function compositeImprovement(model: Model, wanted: Utility | Cost): Acquisition {
  const cost = costOf(wanted);
  const m = model.columns.length;
  const seeds = Array.from({ length: m }, (_, j) => (0x9e3779b9 * (j + 1)) >>> 0);
  const draws = Array.from({ length: outcomes }, (_, i) => sobolPoint(i, seeds).map(normalQuantile));
  const best = bestUtility(model, cost);
  return (points) => {
    const { mean, sd } = model.predict(points);
    const values = new Float64Array(m);
    return Float64Array.from(points, (_, c) => {
      let gain = 0;
      for (const z of draws) {
        for (let j = 0; j < m; j++)
          values[j] =
            ((mean[j] as Float64Array)[c] as number) +
            ((sd[j] as Float64Array)[c] as number) * (z[j] as number);
        gain += Math.max(0, best - cost(values));
      }
      return gain / outcomes;
    });
  };
}

/** Least s of the posterior mean among the evaluated points. */
export function bestUtility(model: Model, cost: Cost): number {
  const { mean } = model.predict(model.points);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < model.points.length; i++)
    best = Math.min(best, cost(Float64Array.from(mean, (column) => column[i] as number)));
  return best;
}
