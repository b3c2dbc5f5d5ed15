/**
 * Bessel functions of the first kind of whole order and Gauss-Legendre nodes, for the focal integrals.
 * Series for small arguments, Miller's backward recurrence otherwise (Numerical methods textbook knowledge).
 */

/** J_0 … J_order at x, each to about 1e-15. @param x any real @param order 0..8 */
export function besselJ(x: number, order: number): Float64Array {
  const out = new Float64Array(order + 1);
  const a = Math.abs(x);
  if (a < 1e-12) {
    out[0] = 1;
    if (order > 0) out[1] = x / 2;
    return out;
  }
  // Start far enough above both order and argument that the recurrence has forgotten its start.
  let start = 2 * Math.ceil((Math.max(order, a) + 15 + 3 * Math.sqrt(Math.max(order, a))) / 2);
  if (start <= order) start = order + 2;
  let next = 0;
  let current = 1e-300;
  let sum = 0;
  for (let m = start; m >= 0; m--) {
    if (m <= order) out[m] = current;
    if (m % 2 === 0) sum += m === 0 ? current : 2 * current;
    const previous = ((2 * m) / a) * current - next;
    next = current;
    current = previous;
    if (Math.abs(current) > 1e250) {
      current *= 1e-250;
      next *= 1e-250;
      sum *= 1e-250;
      for (let i = 0; i <= order; i++) out[i] = (out[i] as number) * 1e-250;
    }
  }
  for (let i = 0; i <= order; i++) {
    const odd = x < 0 && i % 2 === 1 ? -1 : 1;
    out[i] = (odd * (out[i] as number)) / sum;
  }
  return out;
}

/** Nodes and weights of Gauss-Legendre quadrature on [low, high] (Newton on the Legendre recurrence). */
export function gaussLegendre(n: number, low: number, high: number): { x: Float64Array; w: Float64Array } {
  const x = new Float64Array(n);
  const w = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let z = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step++) {
      let p0 = 1;
      let p1 = 0;
      for (let j = 0; j < n; j++) {
        const p2 = p1;
        p1 = p0;
        p0 = ((2 * j + 1) * z * p1 - j * p2) / (j + 1);
      }
      slope = (n * (z * p0 - p1)) / (z * z - 1);
      const move = p0 / slope;
      z -= move;
      if (Math.abs(move) < 1e-15) break;
    }
    x[i] = (low + high) / 2 - ((high - low) / 2) * z;
    w[i] = (high - low) / ((1 - z * z) * slope * slope);
  }
  return { x, w };
}
