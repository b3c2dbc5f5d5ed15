/**
 * Method C, exact: every molecule draws the dose at which it bleaches and shines on each pixel visited up to that
 * moment, in true scan order and with true borders (specification §3).
 */
import type { RandomStream } from "../../../src/core/index.js";
import type { Scan, SurvivalKernel } from "./kernels.js";

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

/** Doses of one kernel in scan order: along a row the beam comes from greater dx to smaller, rows from greater dy. */
interface ScanOrder {
  readonly radius: number;
  readonly size: number;
  /** Counts of one visit. */
  readonly signal: Float64Array;
  /** Dose of the first j visits of a row, [row][0..size], both in scan order. */
  readonly prefix: Float64Array;
}

function inScanOrder(kernel: SurvivalKernel): ScanOrder {
  const size = 2 * kernel.radius + 1;
  const signal = new Float64Array(size * size);
  const prefix = new Float64Array(size * (size + 1));
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const from = (size - 1 - i) * size + (size - 1 - j);
      signal[i * size + j] = kernel.visit[from] as number;
      prefix[i * (size + 1) + j + 1] = (prefix[i * (size + 1) + j] as number) + (kernel.dose[from] as number);
    }
  }
  return { radius: kernel.radius, size, signal, prefix };
}

/** Images all groups and decides who bleaches. */
export function eventDrivenImage(
  groups: SiteGroups,
  kernels: readonly SurvivalKernel[],
  scan: Scan,
  random: RandomStream,
): EventResult {
  const orders = kernels.map(inScanOrder);
  const image = new Float64Array(scan.heightPx * scan.widthPx);
  const dead = new Uint8Array(groups.molecules);
  const longest = orders.reduce((n, o) => Math.max(n, o.size), 0);
  const rowDose = new Float64Array(longest);
  const events: Death[] = [];
  let first = 0;
  for (let g = 0; g < groups.length; g++) {
    const order = orders[groups.kernel[g] as number] as ScanOrder;
    const count = groups.count[g] as number;
    const window = clip(order, groups.row[g] as number, groups.column[g] as number, scan);
    if (window !== null) {
      const total = rowDoses(order, window, scan.lines, rowDose);
      events.length = 0;
      for (let m = 0; m < count; m++) {
        const dose = -Math.log(1 - random.uniform());
        if (dose >= total) continue;
        dead[first + m] = 1;
        events.push(deathAt(dose, order, window, scan.lines, rowDose));
      }
      events.sort(inTime);
      sweep(image, scan, order, window, count, events);
    }
    first += count;
  }
  return { image, dead };
}

/** Rows i0..i1 and columns j0..j1 (scan order, inclusive) of the window that lie in the frame; top left pixel of the whole window. */
interface Window {
  readonly i0: number;
  readonly i1: number;
  readonly j0: number;
  readonly j1: number;
  readonly top: number;
  readonly left: number;
}
interface Death {
  readonly row: number;
  readonly pass: number;
  readonly column: number;
}
const inTime = (a: Death, b: Death): number => a.row - b.row || a.pass - b.pass || a.column - b.column;

function clip(order: ScanOrder, row: number, column: number, scan: Scan): Window | null {
  const top = row - order.radius;
  const left = column - order.radius;
  const i0 = Math.max(0, -top);
  const i1 = Math.min(order.size - 1, scan.heightPx - 1 - top);
  const j0 = Math.max(0, -left);
  const j1 = Math.min(order.size - 1, scan.widthPx - 1 - left);
  return i0 > i1 || j0 > j1 ? null : { i0, i1, j0, j1, top, left };
}

/** Cumulative dose at the end of each row, all passes; returns the last. */
function rowDoses(order: ScanOrder, w: Window, lines: number, into: Float64Array): number {
  let sum = 0;
  for (let i = w.i0; i <= w.i1; i++) {
    const row = i * (order.size + 1);
    sum += lines * ((order.prefix[row + w.j1 + 1] as number) - (order.prefix[row + w.j0] as number));
    into[i] = sum;
  }
  return sum;
}

/** The visit during which the dose is passed. */
function deathAt(dose: number, order: ScanOrder, w: Window, lines: number, rowDose: Float64Array): Death {
  let low = w.i0;
  let high = w.i1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rowDose[middle] as number) > dose) high = middle;
    else low = middle + 1;
  }
  const before = low === w.i0 ? 0 : (rowDose[low - 1] as number);
  const row = low * (order.size + 1);
  const start = order.prefix[row + w.j0] as number;
  const perPass = (order.prefix[row + w.j1 + 1] as number) - start;
  const within = dose - before;
  const pass = perPass > 0 ? Math.min(lines - 1, Math.floor(within / perPass)) : 0;
  const wanted = start + within - pass * perPass;
  let a = w.j0;
  let b = w.j1;
  while (a < b) {
    const middle = (a + b) >> 1;
    if ((order.prefix[row + middle + 1] as number) > wanted) b = middle;
    else a = middle + 1;
  }
  return { row: low, pass, column: a };
}

/** Adds a group's light to the image: the living count changes after each death's own visit. */
function sweep(
  image: Float64Array,
  scan: Scan,
  order: ScanOrder,
  w: Window,
  count: number,
  deaths: readonly Death[],
): void {
  let alive = count;
  let next = 0;
  for (let i = w.i0; i <= w.i1 && alive > 0; i++) {
    const to = (w.top + i) * scan.widthPx + w.left;
    const from = i * order.size;
    if (next >= deaths.length || (deaths[next] as Death).row > i) {
      const weight = alive * scan.lines;
      for (let j = w.j0; j <= w.j1; j++) {
        image[to + j] = (image[to + j] as number) + weight * (order.signal[from + j] as number);
      }
      continue;
    }
    for (let pass = 0; pass < scan.lines && alive > 0; pass++) {
      let j = w.j0;
      while (j <= w.j1) {
        const death = deaths[next];
        const here = death !== undefined && death.row === i && death.pass === pass;
        const until = here ? death.column : w.j1;
        for (; j <= until; j++) {
          image[to + j] = (image[to + j] as number) + alive * (order.signal[from + j] as number);
        }
        if (here) {
          alive--;
          next++;
        }
      }
      // Deaths at the very last visit of the pass.
      for (let d = deaths[next]; d?.row === i && d.pass === pass; d = deaths[next]) {
        alive--;
        next++;
      }
    }
  }
}
