/** Two-dimensional Fourier transform of real arrays whose sides are powers of two (Cooley and Tukey 1965, radix 2). */

/** Half spectrum of a real array: shape [rows, columns/2 + 1], row-major; the other half is its conjugate mirror. */
export interface Spectrum {
  readonly rows: number;
  readonly columns: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Smallest power of two >= n, n >= 1. */
export function powerOfTwo(n: number): number {
  let size = 1;
  while (size < n) size *= 2;
  return size;
}

interface Plan {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
  /** Bit-reversed index of each element. */
  readonly order: Uint32Array;
}
const plans = new Map<number, Plan>();

function planOf(n: number): Plan {
  let found = plans.get(n);
  if (found === undefined) {
    const cos = Float64Array.from({ length: n / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / n));
    const sin = Float64Array.from({ length: n / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / n));
    const order = new Uint32Array(n);
    for (let i = 1; i < n; i++) order[i] = ((order[i >> 1] as number) >> 1) | (i & 1 ? n >> 1 : 0);
    found = { cos, sin, order };
    plans.set(n, found);
  }
  return found;
}

/**
 * `lanes` complex transforms of length n at once, exp(−i…), unscaled, in place: element i of lane v is at i·lanes + v,
 * so that the inner loop runs over neighbours in memory.
 */
function transform(re: Float64Array, im: Float64Array, n: number, lanes: number): void {
  const { cos, sin, order } = planOf(n);
  for (let i = 0; i < n; i++) {
    const j = order[i] as number;
    if (j <= i) continue;
    for (let a = i * lanes, b = j * lanes, end = a + lanes; a < end; a++, b++) {
      const r = re[a] as number;
      const m = im[a] as number;
      re[a] = re[b] as number;
      im[a] = im[b] as number;
      re[b] = r;
      im[b] = m;
    }
  }
  for (let half = 1; half < n; half *= 2) {
    const turn = n / (2 * half);
    for (let k = 0; k < half; k++) {
      const c = cos[k * turn] as number;
      const s = sin[k * turn] as number;
      for (let from = k; from < n; from += 2 * half) {
        for (let a = from * lanes, b = (from + half) * lanes, end = a + lanes; a < end; a++, b++) {
          const br = re[b] as number;
          const bi = im[b] as number;
          const r = br * c - bi * s;
          const m = br * s + bi * c;
          const ar = re[a] as number;
          const ai = im[a] as number;
          re[a] = ar + r;
          im[a] = ai + m;
          re[b] = ar - r;
          im[b] = ai - m;
        }
      }
    }
  }
}

/**
 * Σ values[y, x] exp(−2πi (ky y / rows + kx x / columns)), unscaled, for kx = 0 … columns/2.
 * @param values row-major [rows, columns] @param rows power of two >= 2 @param columns power of two >= 2
 */
export function realFft2(values: ArrayLike<number>, rows: number, columns: number): Spectrum {
  const half = columns / 2 + 1;
  const re = new Float64Array(rows * half);
  const im = new Float64Array(rows * half);
  const a = new Float64Array(columns);
  const b = new Float64Array(columns);
  // Two real rows travel as one complex row and are told apart by their symmetry.
  for (let y = 0; y < rows; y += 2) {
    for (let x = 0; x < columns; x++) {
      a[x] = values[y * columns + x] as number;
      b[x] = values[(y + 1) * columns + x] as number;
    }
    transform(a, b, columns, 1);
    for (let x = 0; x < half; x++) {
      const mirror = x === 0 ? 0 : columns - x;
      const [ar, ai] = [a[x] as number, b[x] as number];
      const [br, bi] = [a[mirror] as number, b[mirror] as number];
      re[y * half + x] = (ar + br) / 2;
      im[y * half + x] = (ai - bi) / 2;
      re[(y + 1) * half + x] = (ai + bi) / 2;
      im[(y + 1) * half + x] = (br - ar) / 2;
    }
  }
  transform(re, im, rows, half);
  return { rows, columns, re, im };
}
