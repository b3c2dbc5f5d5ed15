import type { RandomStream } from "../core/index.js";
import type { GaussianProcess } from "./gp.js";
import { boxes } from "./maths/hypervolume.js";
import { dotAt, robustCholesky, solveLower, solveLowerTransposed } from "./maths/linalg.js";
import { normalCdf, normalPdf } from "./maths/normal.js";
import type { Column, Model } from "./model.js";

/** Value of an acquisition at each point, never negative, never NaN. */
export type Acquisition = (points: readonly Float64Array[]) => Float64Array;

/** Boxes of one drawn front, their edges as indices, so that each distinct edge costs one Φ a candidate. */
export interface IndexedBoxes {
  /** Per objective: distinct edges, ascending. */
  readonly edges: readonly Float64Array[];
  /** Runs of boxes that share their extent along the last objective: `starts[g]` … `starts[g + 1]`. */
  readonly starts: Uint32Array;
  /** Per objective and box. */
  readonly low: readonly Uint16Array[];
  readonly high: readonly Uint16Array[];
  /** Scratch: ψ at each edge. */
  readonly tables: readonly Float64Array[];
}

export function indexBoxes(front: readonly Float64Array[], reference: Float64Array): IndexedBoxes {
  const m = reference.length;
  const tiled = boxes(front, reference);
  const column = (values: readonly number[], j: number): number[] =>
    Array.from({ length: tiled.count }, (_, b) => values[b * m + j] as number);
  const edges = reference.reduce<Float64Array[]>((all, _r, j) => {
    all.push(Float64Array.from(new Set([...column(tiled.low, j), ...column(tiled.high, j)])).sort());
    return all;
  }, []);
  const rank = edges.map((e) => new Map(Array.from(e, (v, i) => [v, i] as const)));
  const indices = (values: readonly number[]): Uint16Array[] =>
    rank.map((r, j) => Uint16Array.from(column(values, j), (v) => r.get(v) ?? 0));
  const low = indices(tiled.low);
  const high = indices(tiled.high);
  const lastLow = low[m - 1] as Uint16Array;
  const lastHigh = high[m - 1] as Uint16Array;
  const starts: number[] = [];
  for (let b = 0; b < tiled.count; b++) {
    const same = b > 0 && lastLow[b] === lastLow[b - 1] && lastHigh[b] === lastHigh[b - 1];
    if (!same) starts.push(b);
  }
  return {
    edges,
    starts: Uint32Array.from([...starts, tiled.count]),
    low,
    high,
    tables: edges.map((e) => new Float64Array(e.length)),
  };
}

/** Beyond so many sds the outcome is certain to all digits. */
const certain = 9;

/** ψ(a) = σ (z Φ(z) + φ(z)), z = (a − μ)/σ: expected amount by which a normal variable falls short of each edge. */
function fillShortfalls(edges: Float64Array, mean: number, sd: number, out: Float64Array): void {
  for (let i = 0; i < edges.length; i++) {
    const gap = (edges[i] as number) - mean;
    if (gap <= -certain * sd) out[i] = 0;
    else if (gap >= certain * sd) out[i] = gap;
    else {
      const z = gap / sd;
      out[i] = sd * (z * normalCdf(z) + normalPdf(z));
    }
  }
}

/** Expected hypervolume improvement of one independent normal outcome: Σ_boxes Π_j [ψ_j(high) − ψ_j(low)]. */
export function expectedImprovement(
  indexed: IndexedBoxes,
  mean: ArrayLike<number>,
  sd: ArrayLike<number>,
): number {
  const { edges, starts, low, high, tables } = indexed;
  const m = edges.length;
  for (let j = 0; j < m; j++)
    fillShortfalls(edges[j] as Float64Array, mean[j] as number, sd[j] as number, tables[j] as Float64Array);
  const last = tables[m - 1] as Float64Array;
  const lastLow = low[m - 1] as Uint16Array;
  const lastHigh = high[m - 1] as Uint16Array;
  let total = 0;
  for (let g = 0; g + 1 < starts.length; g++) {
    const from = starts[g] as number;
    const to = starts[g + 1] as number;
    const thick = (last[lastHigh[from] as number] as number) - (last[lastLow[from] as number] as number);
    if (thick <= 0) continue;
    total += thick * (m === 3 ? areaOf(indexed, from, to) : productsOf(indexed, from, to));
  }
  return total;
}

/** The part of two objectives of a run of boxes; a staircase's boxes are open below in the second. */
function areaOf({ low, high, tables }: IndexedBoxes, from: number, to: number): number {
  const first = tables[0] as Float64Array;
  const second = tables[1] as Float64Array;
  const lowFirst = low[0] as Uint16Array;
  const highFirst = high[0] as Uint16Array;
  const highSecond = high[1] as Uint16Array;
  let area = 0;
  for (let b = from; b < to; b++) {
    const width = (first[highFirst[b] as number] as number) - (first[lowFirst[b] as number] as number);
    area += width * (second[highSecond[b] as number] as number);
  }
  return area;
}

function productsOf({ low, high, tables }: IndexedBoxes, from: number, to: number): number {
  let sum = 0;
  for (let b = from; b < to; b++) {
    let product = 1;
    for (let j = 0; j + 1 < tables.length; j++) {
      const table = tables[j] as Float64Array;
      const l = (low[j] as Uint16Array)[b] as number;
      const h = (high[j] as Uint16Array)[b] as number;
      product *= (table[h] as number) - (table[l] as number);
    }
    sum += product;
  }
  return sum;
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

/** Mean and sd at a candidate in each of the S draws, per objective. */
interface Outcomes {
  readonly means: readonly Float64Array[];
  readonly sds: readonly Float64Array[];
}

/** Fills objective j of `out` at x. @param k scratch, one number a base point */
function foresee(
  groups: readonly Conditioned[],
  base: readonly Float64Array[],
  x: Float64Array,
  k: Float64Array,
  j: number,
  out: Outcomes,
): void {
  const n = base.length;
  let from = 0;
  for (const { gp, factor, weights } of groups) {
    gp.kernel.row(x, base, k);
    for (let s = 0; s < weights.length; s++)
      (out.means[from + s] as Float64Array)[j] = dotAt(k, 0, weights[s] as Float64Array, 0, n);
    solveLower(factor, n, k);
    const sd = Math.sqrt(Math.max(gp.kernel.signal - dotAt(k, 0, k, 0, n), 1e-12));
    for (let s = 0; s < weights.length; s++) (out.sds[from + s] as Float64Array)[j] = sd;
    from += weights.length;
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
    const vectors = (): Float64Array[] => Array.from({ length: samples }, () => new Float64Array(m));
    const out: Outcomes = { means: vectors(), sds: vectors() };
    return Float64Array.from(points, (x, c) => {
      for (let j = 0; j < m; j++) {
        const groups = parts[j] ?? null;
        if (groups !== null) foresee(groups, base, x, k, j, out);
        else for (const mean of out.means) mean[j] = (exact[j] as Float64Array)[c] as number;
      }
      let total = 0;
      for (let s = 0; s < samples; s++)
        total += expectedImprovement(
          fronts[s] as IndexedBoxes,
          out.means[s] as Float64Array,
          out.sds[s] as Float64Array,
        );
      return total / samples;
    });
  };
}
