import { boxes } from "./maths/hypervolume.js";
import { normalShortfall } from "./maths/normal.js";

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
      out[i] = sd * normalShortfall(gap / sd);
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
