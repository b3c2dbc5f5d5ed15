import type { RandomStream } from "../core/index.js";
import { gaussian, type Posterior, priorNorm } from "./kernel-ts-model.js";
import { cholesky, robustCholesky, solveLower, solveLowerTransposed } from "./maths/linalg.js";

/** A full grid: the levels of each coordinate; the last one runs fastest. */
export interface Grid {
  readonly levels: readonly Float64Array[];
  readonly size: number;
}

/** Cholesky factor of the kernel along one coordinate of the grid. */
interface Axis {
  readonly levels: Float64Array;
  readonly factor: Float64Array;
}

export function axesOf(grid: Grid, bandwidth: number): readonly Axis[] {
  return grid.levels.map((levels) => {
    const n = levels.length;
    const k = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++)
        k[i * n + j] = gaussian(levels[i] as number, levels[j] as number, bandwidth) + (i === j ? 1e-9 : 0);
    const done = robustCholesky(k, n);
    return { levels, factor: done?.factor ?? k };
  });
}

/** (F_1 ⊗ … ⊗ F_d) z, each F lower triangular: one pass a coordinate. */
function multiply(axes: readonly Axis[], z: Float64Array): Float64Array {
  let current = z;
  let inner = 1;
  for (let j = axes.length - 1; j >= 0; j--) {
    const { levels, factor } = axes[j] as Axis;
    const n = levels.length;
    const next = new Float64Array(current.length);
    for (let outer = 0; outer < current.length; outer += n * inner) {
      for (let a = 0; a < n; a++) {
        for (let b = 0; b <= a; b++) {
          const f = factor[a * n + b] as number;
          for (let i = 0; i < inner; i++)
            next[outer + a * inner + i] =
              (next[outer + a * inner + i] as number) + f * (current[outer + b * inner + i] as number);
        }
      }
    }
    current = next;
    inner *= n;
  }
  return current;
}

/** F⁻¹ k(x, levels) along each coordinate: x as seen from the grid's whitened coordinates. */
function features(axes: readonly Axis[], x: Float64Array, bandwidth: number): Float64Array[] {
  return axes.map(({ levels, factor }, j) => {
    const w = levels.map((l) => gaussian(x[j] as number, l, bandwidth));
    solveLower(factor, levels.length, w);
    return w;
  });
}

/** (w_1 ⊗ … ⊗ w_d)·z, contracting the fastest coordinate first. */
function contract(parts: readonly Float64Array[], z: Float64Array): number {
  let current = z;
  for (let j = parts.length - 1; j >= 0; j--) {
    const w = parts[j] as Float64Array;
    const n = w.length;
    const next = new Float64Array(current.length / n);
    for (let i = 0; i < next.length; i++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += (current[i * n + k] as number) * (w[k] as number);
      next[i] = sum;
    }
    current = next;
  }
  return current[0] as number;
}

/**
 * One joint draw of the posterior over the whole grid, exactly N(m, C² k_post), by Matheron's rule: a prior draw on
 * the grid (Kronecker factors), the prior at the data given that draw (whatever the grid does not explain of it is
 * drawn too), then the correction by what was observed.
 */
export function drawOnGrid(grid: Grid, p: Posterior, lambda: number, stream: RandomStream): Float64Array {
  const axes = axesOf(grid, p.bandwidth);
  const z = Float64Array.from({ length: grid.size }, () => stream.normal());
  const prior = multiply(axes, z);
  const n = p.points.length;
  const seen = p.points.map((x) => features(axes, x, p.bandwidth));
  const rest = new Float64Array(n * n);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++) {
      let whole = 1;
      let explained = 1;
      for (let j = 0; j < axes.length; j++) {
        const wa = (seen[a] as Float64Array[])[j] as Float64Array;
        const wb = (seen[b] as Float64Array[])[j] as Float64Array;
        let dot = 0;
        for (let k = 0; k < wa.length; k++) dot += (wa[k] as number) * (wb[k] as number);
        explained *= dot;
        whole *= gaussian(
          (p.points[a] as Float64Array)[j] as number,
          (p.points[b] as Float64Array)[j] as number,
          p.bandwidth,
        );
      }
      rest[a * n + b] = whole - explained + (a === b ? 1e-8 : 0);
    }
  }
  const residual = residualFactor(rest, n);
  const extra = Float64Array.from({ length: n }, () => stream.normal());
  // y − ȳ − C g(X) − ε, with ε of variance C² λ; then A⁻¹ of it.
  const noise = priorNorm * Math.sqrt(lambda);
  const gap = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let atData = contract(seen[i] as Float64Array[], z);
    for (let k = 0; k <= i; k++) atData += (residual[i * n + k] as number) * (extra[k] as number);
    gap[i] = priorNorm * atData + noise * stream.normal();
  }
  solveLower(p.factor, n, gap);
  solveLowerTransposed(p.factor, n, gap);
  const weights = gap.map((g, i) => (p.alpha[i] as number) - g);
  const correction = spreadToGrid(grid, p, weights);
  return prior.map((g, i) => p.offset + priorNorm * g + (correction[i] as number));
}

/** The grid explains nearly everything of a wide kernel; what rounding makes negative is nothing. */
function residualFactor(rest: Float64Array, n: number): Float64Array {
  for (const jitter of [0, 1e-7, 1e-6, 1e-5]) {
    const factor = rest.slice();
    for (let i = 0; i < n; i++) factor[i * n + i] = (factor[i * n + i] as number) + jitter;
    if (cholesky(factor, n)) return factor;
  }
  return new Float64Array(n * n);
}

/** Σ_i w_i k(x, x_i) at every grid point, as outer products along the coordinates. */
function spreadToGrid(grid: Grid, p: Posterior, weights: Float64Array): Float64Array {
  const out = new Float64Array(grid.size);
  p.points.forEach((x, i) => {
    let product = Float64Array.of(weights[i] as number);
    grid.levels.forEach((levels, j) => {
      const n = levels.length;
      const next = new Float64Array(product.length * n);
      for (let k = 0; k < n; k++) {
        const g = gaussian(levels[k] as number, x[j] as number, p.bandwidth);
        for (let o = 0; o < product.length; o++) next[o * n + k] = (product[o] as number) * g;
      }
      product = next;
    });
    for (let o = 0; o < product.length; o++) out[o] = (out[o] as number) + (product[o] as number);
  });
  return out;
}
