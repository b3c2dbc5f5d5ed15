/** Dense symmetric linear algebra on row-major Float64Arrays; only lower triangles are read and written. */

/** Σ a[i+k] b[j+k] over k < n; four sums at a time, since one alone waits for each addition. */
export function dotAt(a: Float64Array, i: number, b: Float64Array, j: number, n: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < n; k += 4) {
    s0 += (a[i + k] as number) * (b[j + k] as number);
    s1 += (a[i + k + 1] as number) * (b[j + k + 1] as number);
    s2 += (a[i + k + 2] as number) * (b[j + k + 2] as number);
    s3 += (a[i + k + 3] as number) * (b[j + k + 3] as number);
  }
  for (; k < n; k++) s0 += (a[i + k] as number) * (b[j + k] as number);
  return s0 + s1 + (s2 + s3);
}

/** Factor of `a` (n × n) in place: a = L Lᵀ. Returns false when it is not positive definite. */
export function cholesky(a: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const ri = i * n;
    for (let j = 0; j <= i; j++) {
      const rj = j * n;
      const sum = (a[ri + j] as number) - dotAt(a, ri, a, rj, j);
      if (i === j) {
        if (!(sum > 0) || sum === Number.POSITIVE_INFINITY) return false;
        a[ri + i] = Math.sqrt(sum);
      } else {
        a[ri + j] = sum / (a[rj + j] as number);
      }
    }
  }
  return true;
}

const ladder = [0, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4];

/** The factor of a copy of `a`, with as little jitter (times the mean diagonal) as it takes; null when 1e-4 is not enough. */
export function robustCholesky(
  a: Float64Array,
  n: number,
): { readonly factor: Float64Array; readonly jitter: number } | null {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += a[i * n + i] as number;
  for (const rung of ladder) {
    const factor = a.slice();
    const jitter = (rung * trace) / Math.max(1, n);
    if (jitter > 0) for (let i = 0; i < n; i++) factor[i * n + i] = (factor[i * n + i] as number) + jitter;
    if (cholesky(factor, n)) return { factor, jitter };
  }
  return null;
}

/** Solves L x = b in place (forward substitution). */
export function solveLower(l: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    b[i] = ((b[i] as number) - dotAt(l, row, b, 0, i)) / (l[row + i] as number);
  }
}

/** Solves Lᵀ x = b in place (backward substitution, row by row of L). */
export function solveLowerTransposed(l: Float64Array, n: number, b: Float64Array): void {
  for (let i = n - 1; i >= 0; i--) {
    const row = i * n;
    const x = (b[i] as number) / (l[row + i] as number);
    b[i] = x;
    for (let k = 0; k < i; k++) b[k] = (b[k] as number) - (l[row + k] as number) * x;
  }
}

/** Inverse of a lower triangular factor; lower triangular. @param inverse overwritten and returned */
export function invertLower(
  l: Float64Array,
  n: number,
  inverse: Float64Array = new Float64Array(n * n),
): Float64Array {
  inverse.fill(0);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let k = 0; k < i; k++) {
      const factor = l[row + k] as number;
      const other = k * n;
      for (let j = 0; j <= k; j++)
        inverse[row + j] = (inverse[row + j] as number) + factor * (inverse[other + j] as number);
    }
    const scale = 1 / (l[row + i] as number);
    for (let j = 0; j < i; j++) inverse[row + j] = -(inverse[row + j] as number) * scale;
    inverse[row + i] = scale;
  }
  return inverse;
}

/** Lower triangle of (L Lᵀ)⁻¹ from L⁻¹. */
export function inverseFromFactor(
  inverseFactor: Float64Array,
  n: number,
  out: Float64Array = new Float64Array(n * n),
): Float64Array {
  out.fill(0);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let a = 0; a <= i; a++) {
      const x = inverseFactor[row + a] as number;
      const target = a * n;
      for (let b = 0; b <= a; b++)
        out[target + b] = (out[target + b] as number) + x * (inverseFactor[row + b] as number);
    }
  }
  return out;
}
