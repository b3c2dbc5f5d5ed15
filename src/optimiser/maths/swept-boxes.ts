import type { Boxes, Point } from "./hypervolume.js";

/** A strip of the first objective, from `left` to the next strip's, open under `top` since the sweep stood at `since`. */
interface Strip {
  left: number;
  top: number;
  since: number;
}

/**
 * Three objectives: at most 2k + 1 disjoint boxes that tile what is below `reference` and not dominated by the k points
 * of `front`, where slabs take about k²/2. A sweep along the third objective keeps the staircase of the other two as
 * strips; a point cuts the strips that reach above it, and what is cut off ends as a box (the bound of Lacour et al. 2017).
 */
export function sweptBoxes(front: readonly Point[], reference: Point): Boxes {
  const [right = 0, top = 0, end = 0] = [reference[0], reference[1], reference[2]];
  const none = Number.NEGATIVE_INFINITY;
  const low: number[] = [];
  const high: number[] = [];
  const strips: Strip[] = [{ left: none, top, since: none }];
  const emit = (strip: Strip, from: number, to: number, until: number): void => {
    if (!(until > strip.since) || !(to > from)) return;
    low.push(from, none, strip.since);
    high.push(to, strip.top, until);
  };
  const rightOf = (i: number): number => strips[i + 1]?.left ?? right;
  const at = (p: Point, j: number): number => p[j] as number;
  const inside = front.filter((p) => at(p, 0) < right && at(p, 1) < top && at(p, 2) < end);
  const order = [...inside].sort((p, q) => at(p, 2) - at(q, 2) || at(p, 0) - at(q, 0) || at(p, 1) - at(q, 1));
  for (const p of order) {
    const [x, y, z] = [at(p, 0), at(p, 1), at(p, 2)];
    let first = strips.length - 1;
    while (first > 0 && (strips[first] as Strip).left > x) first--;
    // Nothing of it reaches above the staircase: an earlier point is as good.
    if ((strips[first] as Strip).top <= y) continue;
    let next = first;
    for (; next < strips.length && (strips[next] as Strip).top > y; next++) {
      const strip = strips[next] as Strip;
      emit(strip, Math.max(strip.left, x), rightOf(next), z);
    }
    const whole = (strips[first] as Strip).left < x ? first + 1 : first;
    strips.splice(whole, next - whole, { left: x, top: y, since: z });
  }
  strips.forEach((strip, i) => {
    emit(strip, strip.left, rightOf(i), end);
  });
  return { m: 3, count: low.length / 3, low, high };
}
