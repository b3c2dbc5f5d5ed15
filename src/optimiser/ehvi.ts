import { type Boxes, boxes } from "./maths/hypervolume.js";
import { normalShortfall } from "./maths/normal.js";
import { sweptBoxes } from "./maths/swept-boxes.js";

/** Boxes of one drawn front, their edges as indices, so that each distinct edge costs one Φ a candidate. */
export interface IndexedBoxes {
  readonly m: number;
  /** Distinct edges, ascending, one objective after the other: those of j from `first[j]` to `first[j + 1]`. */
  readonly edges: Float64Array;
  readonly first: Uint32Array;
  /** Scratch: ψ at each edge. */
  readonly table: Float64Array;
  /** Places in `table`, 2m a box: low and high edge of the first objective, then of the next. */
  readonly sides: Uint32Array;
  /** Runs of boxes that share their extent along the last objective: `starts[g]` … `starts[g + 1]`. */
  readonly starts: Uint32Array;
}

export function indexBoxes(front: readonly Float64Array[], reference: Float64Array): IndexedBoxes {
  const m = reference.length;
  const tiled: Boxes = m === 3 ? sweptBoxes(front, reference) : boxes(front, reference);
  const { count, low, high } = tiled;
  const edges: number[] = [];
  const first: number[] = [0];
  const sides = new Uint32Array(2 * m * count);
  for (let j = 0; j < m; j++) {
    const own = new Set<number>();
    for (let b = 0; b < count; b++) own.add(low[b * m + j] as number).add(high[b * m + j] as number);
    const rank = new Map<number, number>();
    for (const edge of Float64Array.from(own).sort()) {
      rank.set(edge, edges.length);
      edges.push(edge);
    }
    for (let b = 0; b < count; b++) {
      sides[2 * (b * m + j)] = rank.get(low[b * m + j] as number) as number;
      sides[2 * (b * m + j) + 1] = rank.get(high[b * m + j] as number) as number;
    }
    first.push(edges.length);
  }
  const starts: number[] = [];
  const last = 2 * (m - 1);
  for (let b = 0; b < count; b++) {
    const here = 2 * m * b + last;
    const before = here - 2 * m;
    if (b === 0 || sides[here] !== sides[before] || sides[here + 1] !== sides[before + 1]) starts.push(b);
  }
  return {
    m,
    edges: Float64Array.from(edges),
    first: Uint32Array.from(first),
    table: new Float64Array(edges.length),
    sides,
    starts: Uint32Array.from([...starts, count]),
  };
}

/** Beyond so many sds the outcome is certain to all digits. */
const certain = 9;

/** ψ(a) = σ (z Φ(z) + φ(z)), z = (a − μ)/σ: expected amount by which a normal variable falls short of each edge. */
function fillShortfalls(
  { edges, table }: IndexedBoxes,
  from: number,
  to: number,
  mean: number,
  sd: number,
): void {
  for (let i = from; i < to; i++) {
    const gap = (edges[i] as number) - mean;
    if (gap <= -certain * sd) table[i] = 0;
    else if (gap >= certain * sd) table[i] = gap;
    else table[i] = sd * normalShortfall(gap / sd);
  }
}

/** Expected hypervolume improvement of one independent normal outcome: Σ_boxes Π_j [ψ_j(high) − ψ_j(low)]. */
export function expectedImprovement(
  indexed: IndexedBoxes,
  mean: ArrayLike<number>,
  sd: ArrayLike<number>,
): number {
  const { m, first } = indexed;
  for (let j = 0; j < m; j++)
    fillShortfalls(indexed, first[j] as number, first[j + 1] as number, mean[j] as number, sd[j] as number);
  return m === 3 ? ofThree(indexed) : ofAny(indexed);
}

/** Swept boxes are open below in the second objective, where ψ(−∞) = 0. */
function ofThree({ table, sides }: IndexedBoxes): number {
  let total = 0;
  for (let at = 0; at < sides.length; at += 6) {
    const width = (table[sides[at + 1] as number] as number) - (table[sides[at] as number] as number);
    const depth = (table[sides[at + 5] as number] as number) - (table[sides[at + 4] as number] as number);
    total += width * (table[sides[at + 3] as number] as number) * depth;
  }
  return total;
}

function ofAny({ m, table, sides, starts }: IndexedBoxes): number {
  const extent = (b: number, j: number): number => {
    const at = 2 * (b * m + j);
    return (table[sides[at + 1] as number] as number) - (table[sides[at] as number] as number);
  };
  let total = 0;
  for (let g = 0; g + 1 < starts.length; g++) {
    const from = starts[g] as number;
    const thick = extent(from, m - 1);
    if (thick <= 0) continue;
    let sum = 0;
    for (let b = from; b < (starts[g + 1] as number); b++) {
      let product = 1;
      for (let j = 0; j + 1 < m; j++) product *= extent(b, j);
      sum += product;
    }
    total += thick * sum;
  }
  return total;
}
