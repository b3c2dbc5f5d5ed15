/**
 * Four right-hand sides at once, interleaved (b[4 i + c]): every number of a factor is loaded once for four candidates,
 * and the four sums do not wait for each other.
 */

/** Solves L x = b in place for four b; two rows of L at a time. @param b n × 4, row-major */
export function solveLowerFour(l: Float64Array, n: number, b: Float64Array): void {
  let i = 0;
  for (; i + 1 < n; i += 2) {
    const upper = i * n;
    const lower = upper + n;
    let u0 = 0;
    let u1 = 0;
    let u2 = 0;
    let u3 = 0;
    let v0 = 0;
    let v1 = 0;
    let v2 = 0;
    let v3 = 0;
    for (let k = 0, at = 0; k < i; k++, at += 4) {
      const p = l[upper + k] as number;
      const q = l[lower + k] as number;
      const b0 = b[at] as number;
      const b1 = b[at + 1] as number;
      const b2 = b[at + 2] as number;
      const b3 = b[at + 3] as number;
      u0 += p * b0;
      u1 += p * b1;
      u2 += p * b2;
      u3 += p * b3;
      v0 += q * b0;
      v1 += q * b1;
      v2 += q * b2;
      v3 += q * b3;
    }
    const at = 4 * i;
    const first = 1 / (l[upper + i] as number);
    const x0 = ((b[at] as number) - u0) * first;
    const x1 = ((b[at + 1] as number) - u1) * first;
    const x2 = ((b[at + 2] as number) - u2) * first;
    const x3 = ((b[at + 3] as number) - u3) * first;
    b[at] = x0;
    b[at + 1] = x1;
    b[at + 2] = x2;
    b[at + 3] = x3;
    const below = l[lower + i] as number;
    const second = 1 / (l[lower + i + 1] as number);
    b[at + 4] = ((b[at + 4] as number) - v0 - below * x0) * second;
    b[at + 5] = ((b[at + 5] as number) - v1 - below * x1) * second;
    b[at + 6] = ((b[at + 6] as number) - v2 - below * x2) * second;
    b[at + 7] = ((b[at + 7] as number) - v3 - below * x3) * second;
  }
  if (i === n) return;
  for (let c = 0; c < 4; c++) {
    let sum = 0;
    for (let k = 0; k < i; k++) sum += (l[i * n + k] as number) * (b[4 * k + c] as number);
    b[4 * i + c] = ((b[4 * i + c] as number) - sum) / (l[i * n + i] as number);
  }
}

/** w · b for each of four b, into `out[at]` … `out[at + 3]`. */
export function dotFour(w: Float64Array, b: Float64Array, n: number, out: Float64Array, at = 0): void {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0, k = 0; i < n; i++, k += 4) {
    const x = w[i] as number;
    s0 += x * (b[k] as number);
    s1 += x * (b[k + 1] as number);
    s2 += x * (b[k + 2] as number);
    s3 += x * (b[k + 3] as number);
  }
  out[at] = s0;
  out[at + 1] = s1;
  out[at + 2] = s2;
  out[at + 3] = s3;
}

/** b · b for each of four b, into `out[0]` … `out[3]`. */
export function squaresFour(b: Float64Array, n: number, out: Float64Array): void {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let k = 0; k < 4 * n; k += 4) {
    const b0 = b[k] as number;
    const b1 = b[k + 1] as number;
    const b2 = b[k + 2] as number;
    const b3 = b[k + 3] as number;
    s0 += b0 * b0;
    s1 += b1 * b1;
    s2 += b2 * b2;
    s3 += b3 * b3;
  }
  out[0] = s0;
  out[1] = s1;
  out[2] = s2;
  out[3] = s3;
}
