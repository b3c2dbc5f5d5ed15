/** A kernel seen in the order of the scan: which visit a dose falls into (specification §3, method C). */
import { type ImageKernel, imageKernel, type Scan, type SurvivalKernel } from "./kernels.js";

/** One kernel in scan order: along a row the beam comes from greater dx to smaller, rows from greater dy. */
export interface ScanOrder {
  readonly radius: number;
  readonly size: number;
  /** Counts of one visit. */
  readonly signal: Float64Array;
  /** All passes over the rows before the molecule's own, and over the others. */
  readonly early: ImageKernel;
  readonly late: ImageKernel;
  /** First and last visit of each row that gives any counts; last < first where none does. */
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** Dose of the first j visits of a row, [row][0..size]. */
  readonly prefix: Float64Array;
}

const orders = new WeakMap<SurvivalKernel, ScanOrder>();

export function inScanOrder(kernel: SurvivalKernel, lines: number): ScanOrder {
  const known = orders.get(kernel);
  if (known !== undefined) return known;
  const size = 2 * kernel.radius + 1;
  const signal = new Float64Array(size * size);
  const prefix = new Float64Array(size * (size + 1));
  const first = new Int32Array(size).fill(size);
  const last = new Int32Array(size).fill(-1);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const from = (size - 1 - i) * size + (size - 1 - j);
      const counts = kernel.visit[from] as number;
      signal[i * size + j] = counts;
      if (counts > 0) {
        first[i] = Math.min(first[i] as number, j);
        last[i] = j;
      }
      prefix[i * (size + 1) + j + 1] = (prefix[i * (size + 1) + j] as number) + (kernel.dose[from] as number);
    }
  }
  // Offsets dy > 0, the first half of the array backwards, are visited before the molecule's own row.
  const half = (kernel.radius + 1) * size;
  const early = kernel.visit.map((v, i) => (i >= half ? lines * v : 0));
  const late = kernel.visit.map((v, i) => (i < half ? lines * v : 0));
  const made = {
    radius: kernel.radius,
    size,
    signal,
    early: imageKernel(early, size),
    late: imageKernel(late, size),
    first,
    last,
    prefix,
  };
  orders.set(kernel, made);
  return made;
}

/** Rows i0..i1 and columns j0..j1 (scan order, inclusive) of the window that lie in the frame; top left pixel of the whole window. */
export interface Window {
  readonly i0: number;
  readonly i1: number;
  readonly j0: number;
  readonly j1: number;
  readonly top: number;
  readonly left: number;
}

export function clip(order: ScanOrder, row: number, column: number, scan: Scan): Window | null {
  const top = row - order.radius;
  const left = column - order.radius;
  const i0 = Math.max(0, -top);
  const i1 = Math.min(order.size - 1, scan.heightPx - 1 - top);
  const j0 = Math.max(0, -left);
  const j1 = Math.min(order.size - 1, scan.widthPx - 1 - left);
  return i0 > i1 || j0 > j1 ? null : { i0, i1, j0, j1, top, left };
}

/** Cumulative dose at the end of each row, all passes; returns the last. */
export function rowDoses(order: ScanOrder, w: Window, lines: number, into: Float64Array): number {
  let sum = 0;
  for (let i = w.i0; i <= w.i1; i++) {
    const row = i * (order.size + 1);
    sum += lines * ((order.prefix[row + w.j1 + 1] as number) - (order.prefix[row + w.j0] as number));
    into[i] = sum;
  }
  return sum;
}

/** The visit during which the dose is passed, as one number that grows with time: (row · lines + pass) · size + column. */
export function deathAt(
  dose: number,
  order: ScanOrder,
  w: Window,
  lines: number,
  rowDose: Float64Array,
): number {
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
  return (low * lines + pass) * order.size + a;
}
