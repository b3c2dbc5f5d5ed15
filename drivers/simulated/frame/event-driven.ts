/**
 * Method C, exact: every molecule draws the dose at which it bleaches and shines on each pixel visited up to that
 * moment, in true scan order and with true borders (specification §3). Most rows of a molecule's window see either all
 * that were there or all that survive: these two are convolutions, and only the rows in between are added by hand.
 */
import type { RandomStream } from "../../../src/core/index.js";
import { hybridImage } from "./hybrid.js";
import type { Scan, SurvivalKernel } from "./kernels.js";
import { clip, deathAt, inScanOrder, rowDoses, type ScanOrder, type Window } from "./scan-order.js";

/** Molecules grouped by where they sit; the groups' molecules are numbered through. */
export interface SiteGroups {
  readonly length: number;
  /** Which kernel (depth slice and phase) and which pixel; rows and columns may lie outside the frame. */
  readonly kernel: Int32Array;
  readonly row: Int32Array;
  readonly column: Int32Array;
  readonly count: Int32Array;
  /** Total number of molecules. */
  readonly molecules: number;
}
export interface EventResult {
  /** Expected counts per pixel, row-major. */
  readonly image: Float64Array;
  /** 1 for every molecule that the frame bleached, in the groups' numbering. */
  readonly dead: Uint8Array;
}

/** Images all groups and decides who bleaches. */
export function eventDrivenImage(
  groups: SiteGroups,
  kernels: readonly SurvivalKernel[],
  scan: Scan,
  random: RandomStream,
): EventResult {
  const inOrder = kernels.map((k) => inScanOrder(k, scan.lines));
  const margin = marginOf(groups, scan);
  const width = scan.widthPx + 2 * margin;
  const grids = inOrder.map(() => ({
    all: new Float32Array(width * (scan.heightPx + 2 * margin)),
    surviving: new Float32Array(width * (scan.heightPx + 2 * margin)),
  }));
  const between = new Float64Array(scan.heightPx * scan.widthPx);
  const dead = new Uint8Array(groups.molecules);
  const rowDose = new Float64Array(inOrder.reduce((n, o) => Math.max(n, o.size), 0));
  let deaths = new Int32Array(256);
  let first = 0;
  for (let g = 0; g < groups.length; g++) {
    const kernel = groups.kernel[g] as number;
    const order = inOrder[kernel] as ScanOrder;
    const count = groups.count[g] as number;
    const window = clip(order, groups.row[g] as number, groups.column[g] as number, scan);
    if (window !== null) {
      const total = rowDoses(order, window, scan.lines, rowDose);
      const survival = Math.exp(-total);
      if (count > deaths.length) deaths = new Int32Array(2 * count);
      let dying = 0;
      for (let m = 0; m < count; m++) {
        // The dose at which a molecule bleaches is -ln u: below the total exactly where u is above the survival.
        const u = 1 - random.uniform32();
        if (u <= survival) continue;
        dead[first + m] = 1;
        deaths[dying++] = deathAt(-Math.log(u), order, window, scan.lines, rowDose);
      }
      sortFirst(deaths, dying);
      const site = ((groups.row[g] as number) + margin) * width + (groups.column[g] as number) + margin;
      const grid = grids[kernel] as (typeof grids)[0];
      grid.all[site] = count;
      grid.surviving[site] = count - dying;
      if (dying > 0) sweep(between, scan, order, window, count, deaths, dying);
    }
    first += count;
  }
  const image = hybridImage(
    grids.flatMap(({ all, surviving }, i) => {
      const { early, late } = inOrder[i] as ScanOrder;
      return [
        { margin, counts: all, kernel: early },
        { margin, counts: surviving, kernel: late },
      ];
    }),
    scan,
  );
  for (let i = 0; i < image.length; i++)
    image[i] = Math.max(0, (image[i] as number) + (between[i] as number));
  return { image, dead };
}

/** Sorts the first n numbers; a handful as a rule, which a library's sort takes longer to call than to sort. */
function sortFirst(values: Int32Array, n: number): void {
  if (n > 40) {
    values.subarray(0, n).sort();
    return;
  }
  for (let i = 1; i < n; i++) {
    const v = values[i] as number;
    let k = i - 1;
    while (k >= 0 && (values[k] as number) > v) {
      values[k + 1] = values[k] as number;
      k--;
    }
    values[k + 1] = v;
  }
}

/** How far the groups reach beyond the frame. */
function marginOf(groups: SiteGroups, scan: Scan): number {
  let margin = 0;
  for (let g = 0; g < groups.length; g++) {
    const row = groups.row[g] as number;
    const column = groups.column[g] as number;
    margin = Math.max(margin, -row, row - scan.heightPx + 1, -column, column - scan.widthPx + 1);
  }
  return margin;
}

/**
 * What the convolutions leave out: they count everybody in the rows before the molecule's own and the survivors from
 * there on; in between, the living count changes after each death's own visit.
 */
function sweep(
  image: Float64Array,
  scan: Scan,
  order: ScanOrder,
  w: Window,
  count: number,
  deaths: Int32Array,
  dying: number,
): void {
  const { size, signal, radius } = order;
  const perRow = scan.lines * size;
  const begin = Math.min(radius, Math.floor((deaths[0] as number) / perRow));
  const end = Math.max(radius - 1, Math.floor((deaths[dying - 1] as number) / perRow));
  let alive = count;
  let next = 0;
  for (let i = Math.max(w.i0, begin); i <= Math.min(w.i1, end); i++) {
    const to = (w.top + i) * scan.widthPx + w.left;
    const from = i * size;
    const j0 = Math.max(w.j0, order.first[i] as number);
    const j1 = Math.min(w.j1, order.last[i] as number);
    const counted = i < radius ? count : count - dying;
    for (let pass = 0; pass < scan.lines; pass++) {
      const start = (i * scan.lines + pass) * size;
      let j = j0;
      for (;;) {
        const dies = next < dying && (deaths[next] as number) < start + size;
        const until = dies ? Math.min(j1, (deaths[next] as number) - start) : j1;
        const weight = alive - counted;
        if (weight !== 0) {
          for (; j <= until; j++) {
            image[to + j] = (image[to + j] as number) + weight * (signal[from + j] as number);
          }
        } else j = Math.max(j, until + 1);
        if (!dies) break;
        alive--;
        next++;
      }
    }
  }
}
