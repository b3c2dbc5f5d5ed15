/** L⁻¹ for a = L Lᵀ; only the lower triangle of `a` is read. */
export function inverseFactor(a: readonly Float64Array[]): Float64Array[] {
  const n = a.length;
  const at = (m: readonly Float64Array[], i: number, j: number): number => m[i]?.[j] as number;
  const l = Array.from({ length: n }, () => new Float64Array(n));
  const inverse = Array.from({ length: n }, () => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    const row = l[i] as Float64Array;
    for (let j = 0; j <= i; j++) {
      let sum = at(a, i, j);
      for (let k = 0; k < j; k++) sum -= (row[k] as number) * at(l, j, k);
      row[j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / at(l, j, j);
    }
  }
  for (let j = 0; j < n; j++) {
    (inverse[j] as Float64Array)[j] = 1 / at(l, j, j);
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= at(l, i, k) * at(inverse, k, j);
      (inverse[i] as Float64Array)[j] = sum / at(l, i, i);
    }
  }
  return inverse;
}

/** x of a x = y by the factor: x = L⁻ᵀ (L⁻¹ y). @param inverse of `inverseFactor` */
export function solveFactored(inverse: readonly Float64Array[], y: ArrayLike<number>): Float64Array {
  const n = inverse.length;
  const x = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const row = inverse[i] as Float64Array;
    let half = 0;
    for (let k = 0; k <= i; k++) half += (row[k] as number) * (y[k] as number);
    for (let k = 0; k <= i; k++) x[k] = (x[k] as number) + (row[k] as number) * half;
  }
  return x;
}
