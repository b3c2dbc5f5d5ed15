/** Dominance, exact hypervolume and box decomposition; everything is minimised. A set is an array of points. */
export type Point = ArrayLike<number>;

/** a is at least as good everywhere and better somewhere. */
export function dominates(a: Point, b: Point): boolean {
  let better = false;
  for (let j = 0; j < a.length; j++) {
    const x = a[j] as number;
    const y = b[j] as number;
    if (x > y) return false;
    if (x < y) better = true;
  }
  return better;
}

/** Indices of the points that no other dominates (equal points are all kept), in their order. */
export function nonDominated(points: readonly Point[]): number[] {
  const sum = (p: Point): number => {
    let s = 0;
    for (let j = 0; j < p.length; j++) s += p[j] as number;
    return s;
  };
  // Sorted by sum, a point can only be dominated by an earlier one that is itself not dominated. Sums that differ by less than a
  // rounding are equal; then the point that is smaller where the two first differ comes first.
  const order = points
    .map((p, i) => ({ i, s: sum(p) }))
    .sort((a, b) => a.s - b.s || firstDifference(points[a.i] as Point, points[b.i] as Point) || a.i - b.i);
  const front: number[] = [];
  for (const { i } of order) {
    const p = points[i] as Point;
    if (!front.some((k) => dominates(points[k] as Point, p))) front.push(i);
  }
  return front.sort((a, b) => a - b);
}

function firstDifference(a: Point, b: Point): number {
  for (let j = 0; j < a.length; j++) {
    const difference = (a[j] as number) - (b[j] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function below(points: readonly Point[], reference: Point): Point[] {
  return points.filter((p) => {
    for (let j = 0; j < reference.length; j++)
      if (!((p[j] as number) < (reference[j] as number))) return false;
    return true;
  });
}

/** Volume that `points` dominate under `reference`. Exact for any number of objectives. */
export function hypervolume(points: readonly Point[], reference: Point): number {
  const inside = below(points, reference);
  return sweep(
    nonDominated(inside).map((i) => inside[i] as Point),
    reference,
    reference.length,
  );
}

/** Slices along the last of `m` objectives. */
function sweep(points: readonly Point[], reference: Point, m: number): number {
  if (points.length === 0) return 0;
  if (m === 1) {
    let least = Number.POSITIVE_INFINITY;
    for (const p of points) least = Math.min(least, p[0] as number);
    return Math.max(0, (reference[0] as number) - least);
  }
  const last = m - 1;
  const sorted = [...points].sort((a, b) => (a[last] as number) - (b[last] as number));
  if (m === 2) {
    let volume = 0;
    let x = reference[0] as number;
    for (const p of sorted) {
      const px = p[0] as number;
      if (px < x) {
        volume += (x - px) * ((reference[1] as number) - (p[1] as number));
        x = px;
      }
    }
    return volume;
  }
  let volume = 0;
  for (let i = 0; i < sorted.length; i++) {
    const here = (sorted[i] as Point)[last] as number;
    const next =
      i + 1 < sorted.length ? ((sorted[i + 1] as Point)[last] as number) : (reference[last] as number);
    if (next > here) volume += sweep(sorted.slice(0, i + 1), reference, last) * (next - here);
  }
  return volume;
}

/** Disjoint boxes that tile what is below `reference` and not dominated; m numbers a box in each list. */
export interface Boxes {
  readonly m: number;
  readonly count: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Staircase for two objectives (k + 1 boxes), recursive slabs along the last objective for more. */
export function boxes(front: readonly Point[], reference: Point): Boxes {
  const m = reference.length;
  const low: number[] = [];
  const high: number[] = [];
  const inside = below(front, reference);
  tile(
    nonDominated(inside).map((i) => inside[i] as Point),
    reference,
    m,
    [],
    [],
    low,
    high,
  );
  return { m, count: low.length / m, low, high };
}

function tile(
  points: readonly Point[],
  reference: Point,
  m: number,
  tailLow: readonly number[],
  tailHigh: readonly number[],
  low: number[],
  high: number[],
): void {
  const emit = (l: readonly number[], h: readonly number[]): void => {
    low.push(...l, ...tailLow);
    high.push(...h, ...tailHigh);
  };
  const none = Number.NEGATIVE_INFINITY;
  if (m === 1) {
    let least = reference[0] as number;
    for (const p of points) least = Math.min(least, p[0] as number);
    emit([none], [least]);
    return;
  }
  if (m === 2) {
    const sorted = [...points].sort(
      (a, b) => (a[0] as number) - (b[0] as number) || (a[1] as number) - (b[1] as number),
    );
    let left = none;
    let top = reference[1] as number;
    for (const p of sorted) {
      if ((p[1] as number) >= top) continue;
      if ((p[0] as number) > left) emit([left, none], [p[0] as number, top]);
      left = p[0] as number;
      top = p[1] as number;
    }
    emit([left, none], [reference[0] as number, top]);
    return;
  }
  const last = m - 1;
  const levels = [...new Set(points.map((p) => p[last] as number))].sort((a, b) => a - b);
  const edges = [none, ...levels, reference[last] as number];
  for (let s = 0; s + 1 < edges.length; s++) {
    const from = edges[s] as number;
    const to = edges[s + 1] as number;
    const active = points.filter((p) => (p[last] as number) <= from);
    tile(active, reference, last, [from, ...tailLow], [to, ...tailHigh], low, high);
  }
}
