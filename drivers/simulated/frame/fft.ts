/** Two-dimensional real Fourier transforms (Stockham autosort, mixed radix), written for frames of a few hundred pixels. */
import { pass2, pass3, pass4, passAny } from "./fft-passes.js";

interface Plan {
  readonly factors: readonly number[];
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}
const plans = new Map<number, Plan>();

function plan(n: number): Plan {
  let found = plans.get(n);
  if (found === undefined) {
    const factors: number[] = [];
    let rest = n;
    for (const radix of [4, 2, 3, 5, 7]) {
      while (rest % radix === 0) {
        factors.push(radix);
        rest /= radix;
      }
    }
    if (rest !== 1) factors.push(rest);
    const cos = new Float64Array(n);
    const sin = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      cos[i] = Math.cos((2 * Math.PI * i) / n);
      sin[i] = Math.sin((2 * Math.PI * i) / n);
    }
    found = { factors, cos, sin };
    plans.set(n, found);
  }
  return found;
}

/** Smallest even length >= n with no prime factor above 3: fast to transform. */
export function goodSize(n: number): number {
  for (let size = Math.max(4, n + (n % 2)); ; size += 2) {
    let rest = size;
    while (rest % 2 === 0) rest /= 2;
    while (rest % 3 === 0) rest /= 3;
    if (rest === 1) return size;
  }
}

/**
 * Complex transform of length n of `vec` interleaved signals (element i of signal v at i·vec+v), exp(-i…), unscaled.
 * Works in ping-pong; the answer is left in (re, im).
 */
function transform(
  re: Float64Array,
  im: Float64Array,
  workRe: Float64Array,
  workIm: Float64Array,
  n: number,
  vec: number,
): void {
  const { factors, cos, sin } = plan(n);
  let sr = re;
  let si = im;
  let dr = workRe;
  let di = workIm;
  let stride = vec;
  let length = n;
  for (const radix of factors) {
    const m = length / radix;
    const twiddle = n / length;
    if (radix === 4) pass4(sr, si, dr, di, m, stride, twiddle, cos, sin);
    else if (radix === 2) pass2(sr, si, dr, di, m, stride, twiddle, cos, sin);
    else if (radix === 3) pass3(sr, si, dr, di, m, stride, twiddle, cos, sin);
    else passAny(radix, sr, si, dr, di, m, stride, twiddle, cos, sin);
    length = m;
    stride *= radix;
    [sr, dr] = [dr, sr];
    [si, di] = [di, si];
  }
  if (sr !== re) {
    re.set(sr.subarray(0, n * vec));
    im.set(si.subarray(0, n * vec));
  }
}

/** Half spectrum of a real array: re, im of shape [rows, columns/2+1]. */
export interface Spectrum {
  readonly rows: number;
  readonly columns: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

const scratch = new Map<number, [Float64Array, Float64Array, Float64Array, Float64Array]>();
function scratchOf(length: number): [Float64Array, Float64Array, Float64Array, Float64Array] {
  let found = scratch.get(length);
  if (found === undefined) {
    found = [0, 0, 0, 0].map(() => new Float64Array(length)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    scratch.set(length, found);
  }
  return found;
}

export function emptySpectrum(rows: number, columns: number): Spectrum {
  const n = rows * (columns / 2 + 1);
  return { rows, columns, re: new Float64Array(n), im: new Float64Array(n) };
}

/** Forward transform of a real array [rows, columns]; both even. @param into is overwritten and returned */
export function forward(
  values: Float64Array,
  rows: number,
  columns: number,
  into: Spectrum = emptySpectrum(rows, columns),
): Spectrum {
  const half = columns / 2 + 1;
  const { re, im } = into;
  const [a, b, wa, wb] = scratchOf(columns);
  // Two real rows travel as one complex row and are told apart by their symmetry.
  for (let y = 0; y < rows; y += 2) {
    for (let x = 0; x < columns; x++) {
      a[x] = values[y * columns + x] as number;
      b[x] = values[(y + 1) * columns + x] as number;
    }
    transform(a, b, wa, wb, columns, 1);
    for (let x = 0; x < half; x++) {
      const mirror = x === 0 ? 0 : columns - x;
      const ar = a[x] as number;
      const ai = b[x] as number;
      const br = a[mirror] as number;
      const bi = b[mirror] as number;
      re[y * half + x] = (ar + br) / 2;
      im[y * half + x] = (ai - bi) / 2;
      re[(y + 1) * half + x] = (ai + bi) / 2;
      im[(y + 1) * half + x] = (br - ar) / 2;
    }
  }
  const [, , cr, ci] = scratchOf(rows * half);
  transform(re, im, cr, ci, rows, half);
  return into;
}

/** Inverse of `forward`; the spectrum is used up. @param out is overwritten and returned */
export function inverse(
  spectrum: Spectrum,
  out: Float64Array = new Float64Array(spectrum.rows * spectrum.columns),
): Float64Array {
  const { rows, columns, re, im } = spectrum;
  const half = columns / 2 + 1;
  const [, , cr, ci] = scratchOf(rows * half);
  // The inverse is the forward transform with real and imaginary parts exchanged.
  transform(im, re, ci, cr, rows, half);
  const [a, b, wa, wb] = scratchOf(columns);
  const scale = 1 / (rows * columns);
  for (let y = 0; y < rows; y += 2) {
    for (let x = 0; x < columns; x++) {
      const inHalf = x < half;
      const i = inHalf ? x : columns - x;
      const sign = inHalf ? 1 : -1;
      const pr = re[y * half + i] as number;
      const pi = sign * (im[y * half + i] as number);
      const qr = re[(y + 1) * half + i] as number;
      const qi = sign * (im[(y + 1) * half + i] as number);
      a[x] = pr - qi;
      b[x] = pi + qr;
    }
    transform(b, a, wb, wa, columns, 1);
    for (let x = 0; x < columns; x++) {
      out[y * columns + x] = (a[x] as number) * scale;
      out[(y + 1) * columns + x] = (b[x] as number) * scale;
    }
  }
  return out;
}
