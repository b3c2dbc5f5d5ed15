import type { RandomStream } from "../core/index.js";
import type { GaussianProcess } from "./gp.js";
import { boxes } from "./maths/hypervolume.js";
import { robustCholesky, solveLower, solveLowerTransposed } from "./maths/linalg.js";
import { normalCdf, normalPdf } from "./maths/normal.js";
import type { Column, Model } from "./model.js";

/** Value of an acquisition at each point, never negative, never NaN. */
export type Acquisition = (points: readonly Float64Array[]) => Float64Array;

/** Boxes of one drawn front as indices into sorted distinct edges, so that each edge costs one Φ a candidate. */
interface IndexedBoxes {
  readonly edges: readonly Float64Array[];
  readonly count: number;
  /** m indices a box. */
  readonly low: Uint16Array;
  readonly high: Uint16Array;
}

export function indexBoxes(front: readonly Float64Array[], reference: Float64Array): IndexedBoxes {
  const m = reference.length;
  const tiled = boxes(front, reference);
  const edges = Array.from({ length: m }, (_, j) => {
    const set = new Set<number>();
    for (let b = 0; b < tiled.count; b++) {
      set.add(tiled.low[b * m + j] as number);
      set.add(tiled.high[b * m + j] as number);
    }
    return Float64Array.from(set).sort();
  });
  const rank = edges.map((e) => new Map(Array.from(e, (v, i) => [v, i] as const)));
  const at = (values: readonly number[]): Uint16Array =>
    Uint16Array.from(values, (v, k) => rank[k % m]?.get(v) ?? 0);
  return { edges, count: tiled.count, low: at(tiled.low), high: at(tiled.high) };
}

/** ψ(a) = σ (z Φ(z) + φ(z)), z = (a − μ)/σ: expected amount by which a normal variable falls short of a. */
function shortfall(edge: number, mean: number, sd: number): number {
  if (edge === Number.NEGATIVE_INFINITY) return 0;
  if (sd <= 0) return Math.max(0, edge - mean);
  const z = (edge - mean) / sd;
  return sd * (z * normalCdf(z) + normalPdf(z));
}

/** Expected hypervolume improvement of one independent normal outcome: Σ_boxes Π_j [ψ_j(high) − ψ_j(low)]. */
export function expectedImprovement(
  indexed: IndexedBoxes,
  mean: ArrayLike<number>,
  sd: ArrayLike<number>,
): number {
  const m = indexed.edges.length;
  const tables: Float64Array[] = [];
  for (let j = 0; j < m; j++) {
    const mu = mean[j] as number;
    const sigma = sd[j] as number;
    tables.push((indexed.edges[j] as Float64Array).map((e) => shortfall(e, mu, sigma)));
  }
  let total = 0;
  for (let b = 0; b < indexed.count; b++) {
    let product = 1;
    for (let j = 0; j < m && product > 0; j++) {
      const table = tables[j] as Float64Array;
      product *=
        (table[indexed.high[b * m + j] as number] as number) -
        (table[indexed.low[b * m + j] as number] as number);
    }
    if (product > 0) total += product;
  }
  return total;
}

/** One objective given S drawn truths at the base points: S means and one variance. */
interface Conditioned {
  readonly column: Column;
  readonly gp: GaussianProcess;
  readonly factor: Float64Array;
  readonly weights: readonly Float64Array[];
  readonly draws: readonly Float64Array[];
}

function condition(
  column: Column,
  gp: GaussianProcess,
  base: readonly Float64Array[],
  samples: number,
  stream: RandomStream,
): Conditioned {
  const n = base.length;
  const { mean, factor } = gp.joint(base);
  const exact = gp.kernel.matrix(base);
  // Noiseless conditioning has nothing to keep it well-conditioned but its own nugget.
  for (let i = 0; i < n; i++) exact[i * n + i] = gp.kernel.signal * (1 + 1e-4);
  const done = robustCholesky(exact, n);
  const lower = done === null ? factor : done.factor;
  const draws: Float64Array[] = [];
  const weights: Float64Array[] = [];
  for (let s = 0; s < samples; s++) {
    const z = Float64Array.from({ length: n }, () => stream.normal());
    const draw = mean.slice();
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let k = 0; k <= i; k++) sum += (factor[i * n + k] as number) * (z[k] as number);
      draw[i] = (draw[i] as number) + sum;
    }
    const w = draw.slice();
    solveLower(lower, n, w);
    solveLowerTransposed(lower, n, w);
    draws.push(draw);
    weights.push(w);
  }
  return { column, gp, factor: lower, weights, draws };
}

/**
 * Noisy expected hypervolume improvement (Daulton, Balandat, Bakshy 2021) in closed form: S joint posterior draws
 * at the base points (evaluated and pending) give S fronts; each GP, conditioned without noise on a draw, gives the
 * mean at a candidate, the variance being shared. Standardised units, minimised.
 * @param reference worst value that counts, per column
 */
export function noisyExpectedImprovement(
  model: Model,
  base: readonly Float64Array[],
  columns: readonly Column[],
  reference: Float64Array,
  stream: (name: string) => RandomStream,
  samples = 8,
): Acquisition {
  const parts = columns.map((column) => {
    const draws = stream(`nehvi/${column.objective.name}`);
    return column.gp === null ? column : condition(column, column.gp, base, samples, draws);
  });
  const atBase = parts.map((p) => ("draws" in p ? p.draws : [model.knownScaled(p, base)]));
  const fronts = Array.from({ length: samples }, (_, s) => {
    const points = base.map((_p, i) =>
      Float64Array.from(atBase, (draws) => (draws[s % draws.length] as Float64Array)[i] as number),
    );
    return indexBoxes(points, reference);
  });
  const n = base.length;
  const m = columns.length;
  return (points) => {
    const exact = parts.map((p) => ("draws" in p ? null : model.knownScaled(p, points)));
    const k = new Float64Array(n);
    const means = Array.from({ length: samples }, () => new Float64Array(m));
    const sd = new Float64Array(m);
    return Float64Array.from(points, (x, c) => {
      for (let j = 0; j < m; j++) {
        const part = parts[j] as (typeof parts)[number];
        if (!("draws" in part)) {
          for (const mean of means) mean[j] = (exact[j] as Float64Array)[c] as number;
          sd[j] = 0;
          continue;
        }
        part.gp.kernel.row(x, base, k);
        for (let s = 0; s < samples; s++) {
          const w = part.weights[s] as Float64Array;
          let sum = 0;
          for (let i = 0; i < n; i++) sum += (k[i] as number) * (w[i] as number);
          (means[s] as Float64Array)[j] = sum;
        }
        solveLower(part.factor, n, k);
        let explained = 0;
        for (let i = 0; i < n; i++) explained += (k[i] as number) * (k[i] as number);
        sd[j] = Math.sqrt(Math.max(part.gp.kernel.signal - explained, 1e-12));
      }
      let total = 0;
      for (let s = 0; s < samples; s++)
        total += expectedImprovement(fronts[s] as IndexedBoxes, means[s] as Float64Array, sd);
      return total / samples;
    });
  };
}
