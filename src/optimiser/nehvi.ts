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

/** One Gaussian process given drawn truths at the base points: a mean for each, one variance. */
interface Conditioned {
  readonly gp: GaussianProcess;
  readonly factor: Float64Array;
  readonly weights: readonly Float64Array[];
  readonly draws: readonly Float64Array[];
}

function condition(
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
  return { gp, factor: lower, weights, draws };
}

/** Means of the S draws and their sds at a candidate, for one objective. */
function outcome(
  groups: readonly Conditioned[],
  base: readonly Float64Array[],
  x: Float64Array,
  k: Float64Array,
  put: (sample: number, mean: number, sd: number) => void,
): void {
  const n = base.length;
  let sample = 0;
  for (const { gp, factor, weights } of groups) {
    gp.kernel.row(x, base, k);
    const means = weights.map((w) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (k[i] as number) * (w[i] as number);
      return sum;
    });
    solveLower(factor, n, k);
    let explained = 0;
    for (let i = 0; i < n; i++) explained += (k[i] as number) * (k[i] as number);
    const sd = Math.sqrt(Math.max(gp.kernel.signal - explained, 1e-12));
    for (const mean of means) put(sample++, mean, sd);
  }
}

export interface NehviInput {
  readonly model: Model;
  /** Evaluated and pending points. */
  readonly base: readonly Float64Array[];
  /** Worst value that counts, per column, standardised. */
  readonly reference: Float64Array;
  readonly stream: (name: string) => RandomStream;
  readonly samples: number;
  /** Gaussian processes of a column: one, or one a sample where the hyperparameters are drawn too. */
  readonly worlds: (column: Column, gp: GaussianProcess) => readonly GaussianProcess[];
}

/**
 * Noisy expected hypervolume improvement (Daulton, Balandat, Bakshy 2021) in closed form: S joint posterior draws
 * at the base points give S fronts; each GP, conditioned without noise on a draw, gives mean and variance at a
 * candidate. Standardised units, minimised.
 */
export function noisyExpectedImprovement(input: NehviInput): Acquisition {
  const { model, base, reference, stream, samples } = input;
  const columns = model.columns;
  const parts = columns.map((column): readonly Conditioned[] | null => {
    if (column.gp === null) return null;
    const worlds = input.worlds(column, column.gp);
    const draws = stream(`nehvi/${column.objective.name}`);
    return worlds.map((gp) => condition(gp, base, samples / worlds.length, draws));
  });
  const atBase = parts.map((groups, j) =>
    groups === null ? [model.knownScaled(columns[j] as Column, base)] : groups.flatMap((g) => g.draws),
  );
  const fronts = Array.from({ length: samples }, (_, s) => {
    const points = base.map((_p, i) =>
      Float64Array.from(atBase, (draws) => (draws[s % draws.length] as Float64Array)[i] as number),
    );
    return indexBoxes(points, reference);
  });
  const m = columns.length;
  return (points) => {
    const exact = columns.map((c) => (c.gp === null ? model.knownScaled(c, points) : null));
    const k = new Float64Array(base.length);
    const means = Array.from({ length: samples }, () => new Float64Array(m));
    const sds = Array.from({ length: samples }, () => new Float64Array(m));
    return Float64Array.from(points, (x, c) => {
      parts.forEach((groups, j) => {
        const put = (s: number, mean: number, sd: number): void => {
          (means[s] as Float64Array)[j] = mean;
          (sds[s] as Float64Array)[j] = sd;
        };
        if (groups !== null) outcome(groups, base, x, k, put);
        else for (let s = 0; s < samples; s++) put(s, (exact[j] as Float64Array)[c] as number, 0);
      });
      let total = 0;
      for (let s = 0; s < samples; s++)
        total += expectedImprovement(
          fronts[s] as IndexedBoxes,
          means[s] as Float64Array,
          sds[s] as Float64Array,
        );
      return total / samples;
    });
  };
}
