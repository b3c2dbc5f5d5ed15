/**
 * Survival kernels: what a molecule at offset d = q - p still gives pixel p, after the dose that the scan has
 * already put on it. For uniform settings that dose is one fixed table in the interior of a frame, so a whole
 * frame with bleaching is one convolution (specification §3, "Key fact").
 */
import type { MoleculeResponse } from "../physics/molecule.js";
import { emptySpectrum, forward, type Spectrum } from "./fft.js";

/** A raster: rows top to bottom, left to right, each row `lines` times before the next. */
export interface Scan {
  readonly heightPx: number;
  readonly widthPx: number;
  readonly dwellS: number;
  readonly lines: number;
}

/** Something that an image of sites can be convolved with. */
export interface ImageKernel {
  readonly radius: number;
  /** On a periodic grid; good until the next call of any kernel's. */
  spectrum(rows: number, columns: number): Spectrum;
}

export interface SurvivalKernel extends ImageKernel {
  /** Counts that one molecule, alive when the scan first reaches its own pixel, gives the pixel at -d. Row-major (dy, dx). */
  readonly signal: Float64Array;
  /** Counts of one visit of the beam at offset d, without any bleaching. */
  readonly visit: Float64Array;
  /** Dose (−ln survival) of one visit of the beam at offset d. */
  readonly dose: Float64Array;
  /** Share of molecules that one full frame bleaches in the interior, 0..1. */
  readonly loss: number;
}

/** @param response of one molecule @param scan dwell and lines; its size does not matter here */
export function survivalKernel(response: MoleculeResponse, scan: Scan): SurvivalKernel {
  const n = response.size;
  const radius = (n - 1) / 2;
  const dose = response.bleachPerS.map((k) => k * scan.dwellS);
  const before = doseBeforePixel(dose, n, scan.lines);
  const own = before(0, radius, radius);
  const signal = new Float64Array(n * n);
  for (let y = 0; y < n; y++) {
    for (let x = 0; x < n; x++) {
      const e = response.countsPerS[y * n + x] as number;
      if (e === 0) continue;
      let sum = 0;
      for (let pass = 0; pass < scan.lines; pass++) sum += Math.exp(own - before(pass, y, x));
      signal[y * n + x] = e * scan.dwellS * sum;
    }
  }
  let total = 0;
  for (const k of dose) total += k;
  return {
    ...imageKernel(signal, n),
    signal,
    visit: response.countsPerS.map((e) => e * scan.dwellS),
    dose,
    loss: -Math.expm1(-total * scan.lines),
  };
}

/** Frame sizes whose spectra a kernel keeps: a client may ask for windows of many sizes. */
const mostSpectra = 6;

/** @param values of size n × n, centre in the middle */
export function imageKernel(values: Float64Array, n: number): ImageKernel {
  const spectra = new Map<string, Spectrum | null>();
  return {
    radius: (n - 1) / 2,
    spectrum(rows, columns) {
      const key = `${rows}x${columns}`;
      const found = spectra.get(key);
      if (found !== undefined && found !== null) return found;
      // A kernel that is used once is not worth keeping; the second use is.
      const into = found === undefined ? scratchSpectrum(rows, columns) : emptySpectrum(rows, columns);
      const made = forward(wrapped(values, n, rows, columns), rows, columns, into);
      if (found === undefined && spectra.size >= mostSpectra) spectra.clear();
      spectra.set(key, found === undefined ? null : made);
      return made;
    },
  };
}

let scratch: { spectrum: Spectrum; padded: Float64Array } | null = null;
function scratchOf(rows: number, columns: number): { spectrum: Spectrum; padded: Float64Array } {
  if (scratch === null || scratch.spectrum.rows !== rows || scratch.spectrum.columns !== columns) {
    scratch = { spectrum: emptySpectrum(rows, columns), padded: new Float64Array(rows * columns) };
  }
  return scratch;
}
function scratchSpectrum(rows: number, columns: number): Spectrum {
  return scratchOf(rows, columns).spectrum;
}

/**
 * G_l(d): dose on a molecule at offset d before pass l of its row reaches the pixel, for an endless raster.
 * Offsets with greater dy were visited in earlier rows, in the same row those with greater dx.
 */
function doseBeforePixel(
  dose: Float64Array,
  n: number,
  lines: number,
): (pass: number, y: number, x: number) => number {
  const row = new Float64Array(n);
  const above = new Float64Array(n);
  const left = new Float64Array(n * n);
  for (let y = n - 1; y >= 0; y--) {
    let sum = 0;
    for (let x = n - 1; x >= 0; x--) {
      left[y * n + x] = sum;
      sum += dose[y * n + x] as number;
    }
    row[y] = sum;
    above[y] = y === n - 1 ? 0 : (above[y + 1] as number) + (row[y + 1] as number);
  }
  return (pass, y, x) =>
    lines * (above[y] as number) + pass * (row[y] as number) + (left[y * n + x] as number);
}

/** The kernel on a periodic grid, centre at (0, 0). */
function wrapped(kernel: Float64Array, n: number, rows: number, columns: number): Float64Array {
  const out = scratchOf(rows, columns).padded.fill(0);
  const radius = (n - 1) / 2;
  for (let y = 0; y < n; y++) {
    const yy = (y - radius + rows) % rows;
    for (let x = 0; x < n; x++) {
      const xx = (x - radius + columns) % columns;
      out[yy * columns + xx] = (out[yy * columns + xx] as number) + (kernel[y * n + x] as number);
    }
  }
  return out;
}

/**
 * Survival of every site of a frame, exact to its borders. Sites differ only in how much of the kernel the frame's
 * edges cut off, so rows and columns fall into few classes and the tables hold one entry per pair of classes.
 */
export interface SiteSurvival {
  readonly rowClass: Int32Array;
  readonly columnClass: Int32Array;
  readonly classes: number;
  /** Until the scan first reaches the site's own pixel. */
  readonly before: Float64Array;
  /** Until the end of the frame. */
  readonly total: Float64Array;
}

/** @param margin sites beyond each edge of the frame that are looked at, too */
export function siteSurvival(kernel: SurvivalKernel, scan: Scan, margin: number): SiteSurvival {
  const n = 2 * kernel.radius + 1;
  const sat = new Float64Array((n + 1) * (n + 1));
  for (let y = 0; y < n; y++) {
    for (let x = 0; x < n; x++) {
      sat[(y + 1) * (n + 1) + x + 1] =
        (kernel.dose[y * n + x] as number) +
        (sat[y * (n + 1) + x + 1] as number) +
        (sat[(y + 1) * (n + 1) + x] as number) -
        (sat[y * (n + 1) + x] as number);
    }
  }
  /** Sum over offsets dy in [y0, y1], dx in [x0, x1]. */
  const sum = (y0: number, y1: number, x0: number, x1: number): number => {
    if (y1 < y0 || x1 < x0) return 0;
    const [a, b] = [(y0 + kernel.radius) * (n + 1), (y1 + kernel.radius + 1) * (n + 1)];
    const [c, d] = [x0 + kernel.radius, x1 + kernel.radius + 1];
    return (sat[b + d] as number) - (sat[a + d] as number) - (sat[b + c] as number) + (sat[a + c] as number);
  };
  const rows = classesOf(scan.heightPx, margin, kernel.radius);
  const columns = classesOf(scan.widthPx, margin, kernel.radius);
  const classes = columns.ranges.length;
  const before = new Float64Array(rows.ranges.length * classes);
  const total = new Float64Array(rows.ranges.length * classes);
  rows.ranges.forEach(([y0, y1], r) => {
    columns.ranges.forEach(([x0, x1], c) => {
      const above = sum(Math.max(1, y0), y1, x0, x1);
      const left = y0 <= 0 && y1 >= 0 ? sum(0, 0, Math.max(1, x0), x1) : 0;
      before[r * classes + c] = Math.exp(-(scan.lines * above + left));
      total[r * classes + c] = Math.exp(-scan.lines * sum(y0, y1, x0, x1));
    });
  });
  return { rowClass: rows.classOf, columnClass: columns.classOf, classes, before, total };
}

/** Which offsets d = q - p exist for a site q along one axis of `length` pixels. */
function classesOf(
  length: number,
  margin: number,
  radius: number,
): { classOf: Int32Array; ranges: [number, number][] } {
  const classOf = new Int32Array(length + 2 * margin);
  const ranges: [number, number][] = [];
  const known = new Map<string, number>();
  for (let i = 0; i < classOf.length; i++) {
    const q = i - margin;
    const range: [number, number] = [Math.max(-radius, q - length + 1), Math.min(radius, q)];
    const key = range.join();
    let found = known.get(key);
    if (found === undefined) {
      found = ranges.push(range) - 1;
      known.set(key, found);
    }
    classOf[i] = found;
  }
  return { classOf, ranges };
}
