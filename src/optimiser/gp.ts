import { FitError } from "../core/index.js";
import type { Training } from "./gp-objective.js";
import { dotFour, solveLowerFour, squaresFour } from "./maths/four.js";
import { dotAt, invertLower, robustCholesky, solveLower, solveLowerTransposed } from "./maths/linalg.js";

const root5 = Math.sqrt(5);

/** Matérn-5/2 with one lengthscale a dimension. θ = (log l_1 … log l_d, log σ_f², log σ_n²). */
export class Kernel {
  readonly signal: number;
  readonly noise: number;
  readonly inverse: Float64Array;

  constructor(
    readonly d: number,
    theta: Float64Array,
  ) {
    this.signal = Math.exp(theta[d] as number);
    this.noise = Math.exp(theta[d + 1] as number);
    this.inverse = Float64Array.from({ length: d }, (_, j) => Math.exp(-(theta[j] as number)));
  }

  at(a: Float64Array, b: Float64Array): number {
    let r2 = 0;
    for (let j = 0; j < this.d; j++) {
      const delta = ((a[j] as number) - (b[j] as number)) * (this.inverse[j] as number);
      r2 += delta * delta;
    }
    const s = root5 * Math.sqrt(r2);
    return this.signal * (1 + s + (5 / 3) * r2) * Math.exp(-s);
  }

  /** k(x, X) written into `out`. */
  row(x: Float64Array, points: readonly Float64Array[], out: Float64Array): void {
    for (let i = 0; i < points.length; i++) out[i] = this.at(x, points[i] as Float64Array);
  }

  /**
   * k(x, X) of four points from `from` on, interleaved: out[4 i + c]. Past the last point the last one again.
   * @param flat X, d numbers a point
   */
  rowsOfFour(
    points: readonly Float64Array[],
    from: number,
    flat: Float64Array,
    n: number,
    out: Float64Array,
  ): void {
    const { d, signal, inverse } = this;
    for (let c = 0; c < 4; c++) {
      const x = points[Math.min(from + c, points.length - 1)] as Float64Array;
      for (let i = 0, at = 0, to = c; i < n; i++, to += 4) {
        let r2 = 0;
        for (let j = 0; j < d; j++, at++) {
          const delta = ((x[j] as number) - (flat[at] as number)) * (inverse[j] as number);
          r2 += delta * delta;
        }
        const s = root5 * Math.sqrt(r2);
        out[to] = signal * (1 + s + (5 / 3) * r2) * Math.exp(-s);
      }
    }
  }

  /** K(X, X), lower triangle and diagonal. */
  matrix(points: readonly Float64Array[]): Float64Array {
    const n = points.length;
    const k = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++)
        k[i * n + j] = this.at(points[i] as Float64Array, points[j] as Float64Array);
      k[i * n + i] = this.signal;
    }
    return k;
  }
}

/** Points one after the other, d numbers each. */
export function flattened(points: readonly Float64Array[], d: number): Float64Array {
  const flat = new Float64Array(points.length * d);
  points.forEach((p, i) => {
    flat.set(p, i * d);
  });
  return flat;
}

/** Posterior of a zero-mean Gaussian process on standardised values, latent (noise-free) function. */
export class GaussianProcess {
  readonly n: number;
  readonly factor: Float64Array;
  private readonly alpha: Float64Array;
  readonly kernel: Kernel;

  /** @throws FitError ILL_CONDITIONED when even the last rung of jitter does not help */
  constructor(
    readonly data: Training,
    readonly theta: Float64Array,
  ) {
    this.kernel = new Kernel(data.d, theta);
    this.n = data.points.length;
    const n = this.n;
    const k = this.kernel.matrix(data.points);
    for (let i = 0; i < n; i++)
      k[i * n + i] = (k[i * n + i] as number) + this.kernel.noise * (data.share[i] as number) + 1e-8;
    if (data.extra !== undefined)
      for (let i = 0; i < n * n; i++) k[i] = (k[i] as number) + (data.extra[i] as number);
    const done = robustCholesky(k, n);
    if (done === null) {
      throw new FitError("ILL_CONDITIONED", "the covariance of the observations cannot be factorised", {
        hint: "observations are too close to each other for their noise",
      });
    }
    this.factor = done.factor;
    this.alpha = data.values.slice();
    solveLower(this.factor, n, this.alpha);
    solveLowerTransposed(this.factor, n, this.alpha);
  }

  /** Posterior mean and standard deviation at each point. */
  predict(points: readonly Float64Array[]): { readonly mean: Float64Array; readonly sd: Float64Array } {
    const { n, kernel, data } = this;
    // Room for a last block that is not full.
    const mean = new Float64Array(points.length + 3);
    const sd = new Float64Array(points.length);
    const flat = flattened(data.points, data.d);
    const k = new Float64Array(4 * n);
    const explained = new Float64Array(4);
    for (let from = 0; from < points.length; from += 4) {
      kernel.rowsOfFour(points, from, flat, n, k);
      dotFour(this.alpha, k, n, mean, from);
      solveLowerFour(this.factor, n, k);
      squaresFour(k, n, explained);
      for (let c = 0; c < 4 && from + c < points.length; c++)
        sd[from + c] = Math.sqrt(Math.max(kernel.signal - (explained[c] as number), 1e-12));
    }
    return { mean: mean.subarray(0, points.length), sd };
  }

  /** log p(y) at θ, without the constant ½ n log 2π and the scatter inside merged groups. */
  logEvidence(): number {
    let value = 0;
    for (let i = 0; i < this.n; i++)
      value -=
        0.5 * (this.data.values[i] as number) * (this.alpha[i] as number) +
        Math.log(this.factor[i * this.n + i] as number);
    return value;
  }

  /** What a leave-one-out prediction leaves unexplained, as a share of the variance: 0 = foreseen, 1 or more = not at all. */
  unexplained(): number {
    const { n } = this;
    const inverse = invertLower(this.factor, n);
    let missed = 0;
    let total = 0;
    for (let i = 0; i < n; i++) {
      let diagonal = 0;
      for (let k = i; k < n; k++) diagonal += (inverse[k * n + i] as number) ** 2;
      missed += ((this.alpha[i] as number) / diagonal) ** 2;
      total += (this.data.values[i] as number) ** 2;
    }
    return total > 0 ? missed / total : 0;
  }

  /**
   * log p(y) at θ over that of values that are all noise of the likeliest size, nats, replicates included. Below nought
   * the settings tell nothing.
   */
  gainOverNoise(): number {
    const { values, share, scatter, scatterDof } = this.data;
    let squares = scatter;
    let flat = 0;
    for (let i = 0; i < this.n; i++) {
      squares += (values[i] as number) ** 2 / (share[i] as number);
      flat -= 0.5 * Math.log(share[i] as number);
    }
    const count = this.n + scatterDof;
    flat -= 0.5 * count * (Math.log(squares / count) + 1);
    const inside = 0.5 * scatterDof * Math.log(this.kernel.noise) + (0.5 * scatter) / this.kernel.noise;
    return this.logEvidence() - inside - flat;
  }

  predictMean(points: readonly Float64Array[]): Float64Array {
    const { data, alpha, kernel } = this;
    return Float64Array.from(points, (x) => {
      let m = 0;
      for (let i = 0; i < this.n; i++)
        m += kernel.at(x, data.points[i] as Float64Array) * (alpha[i] as number);
      return m;
    });
  }

  /** Mean vector and factor of the joint posterior covariance of the latent function at `points`. */
  joint(points: readonly Float64Array[]): { readonly mean: Float64Array; readonly factor: Float64Array } {
    const m = points.length;
    const cov = this.kernel.matrix(points);
    const reduced = points.map((x) => {
      const k = new Float64Array(this.n);
      this.kernel.row(x, this.data.points, k);
      return k;
    });
    const mean = Float64Array.from(reduced, (k) => {
      let s = 0;
      for (let i = 0; i < this.n; i++) s += (k[i] as number) * (this.alpha[i] as number);
      return s;
    });
    for (const k of reduced) solveLower(this.factor, this.n, k);
    for (let a = 0; a < m; a++) {
      const ka = reduced[a] as Float64Array;
      for (let b = 0; b <= a; b++) {
        const kb = reduced[b] as Float64Array;
        cov[a * m + b] = (cov[a * m + b] as number) - dotAt(ka, 0, kb, 0, this.n);
      }
      cov[a * m + a] = (cov[a * m + a] as number) + 1e-8 * this.kernel.signal;
    }
    const done = robustCholesky(cov, m);
    if (done === null) throw new FitError("ILL_CONDITIONED", "the posterior covariance cannot be factorised");
    return { mean, factor: done.factor };
  }
}
