import {
  cholesky,
  inverseFromFactor,
  invertLower,
  solveLower,
  solveLowerTransposed,
} from "./maths/linalg.js";

/**
 * Training data of one objective: points of the unit cube and standardised values. Replicates of a point
 * are merged into their mean; `share[i]` is the factor on the noise variance there (1/k for k replicates,
 * more than 1 for data that is trusted less).
 */
export interface Training {
  readonly d: number;
  readonly points: readonly Float64Array[];
  readonly values: Float64Array;
  readonly share: Float64Array;
  /** What merging leaves out of the likelihood: scatter inside the groups, Σ (y − ȳ)² weighted by 1/factor … */
  readonly scatter: number;
  /** … and the degrees of freedom in it. */
  readonly scatterDof: number;
  /**
   * Covariance that observations share for another reason than their settings (an earlier run's offset, drift),
   * n × n, added to the kernel's. What is predicted is today's function: it does not share it.
   */
  readonly extra?: Float64Array;
}

const root5 = Math.sqrt(5);
interface Normal {
  readonly mean: number;
  readonly variance: number;
}
/** Normal priors on the logarithms: lengthscale, signal variance, noise variance. */
export interface Priors {
  /** Its mean grows by ½ log d (Hvarfner 2024). */
  readonly lengthscale: Normal;
  readonly signal: Normal;
  readonly noise: Normal;
}
/** Noise is larger here than in most benchmarks. */
export const standardPriors: Priors = {
  lengthscale: { mean: Math.SQRT2, variance: 3 },
  signal: { mean: 0, variance: 1 },
  noise: { mean: -3.5, variance: 2.25 },
};
const boxLow = { lengthscale: Math.log(0.05), signal: Math.log(0.05), noise: Math.log(1e-4) };
const boxHigh = { lengthscale: Math.log(20), signal: Math.log(20), noise: Math.log(1.5) };

export function thetaBounds(d: number): { readonly low: Float64Array; readonly high: Float64Array } {
  const low = new Float64Array(d + 2).fill(boxLow.lengthscale);
  const high = new Float64Array(d + 2).fill(boxHigh.lengthscale);
  low[d] = boxLow.signal;
  high[d] = boxHigh.signal;
  low[d + 1] = boxLow.noise;
  high[d + 1] = boxHigh.noise;
  return { low, high };
}

/** θ = (log l_1 … log l_d, log σ_f², log σ_n²) at the priors' means, lengthscales at the cube's size. */
export function defaultTheta(d: number): Float64Array {
  const theta = new Float64Array(d + 2).fill(0);
  theta[d] = standardPriors.signal.mean;
  theta[d + 1] = standardPriors.noise.mean;
  return theta;
}

/**
 * Negative log posterior of the hyperparameters without ½ n log 2π and with its analytic gradient:
 * ½ yᵀK⁻¹y + Σ log L_ii + Gaussian priors on θ; ∂/∂θ = ½ tr((K⁻¹ − ααᵀ) ∂K/∂θ), and for Matérn-5/2
 * ∂k/∂log l_j = σ_f² (5/3)(1 + √5 r) e^(−√5 r) (Δx_j/l_j)².
 */
export class HyperObjective {
  private readonly n: number;
  private readonly d: number;
  /** Squared differences per pair and dimension, pairs i > k in rows. */
  private readonly squares: Float64Array;

  private readonly scratch: Readonly<
    Record<"factor" | "kernel" | "slope" | "inverseFactor" | "inverse", Float64Array>
  >;

  constructor(
    private readonly data: Training,
    private readonly priors: Priors = standardPriors,
  ) {
    const { points, d } = data;
    this.n = points.length;
    this.d = d;
    const square = (): Float64Array => new Float64Array(this.n * this.n);
    this.scratch = {
      factor: square(),
      kernel: square(),
      slope: new Float64Array((this.n * (this.n - 1)) / 2),
      inverseFactor: square(),
      inverse: square(),
    };
    this.squares = new Float64Array(((this.n * (this.n - 1)) / 2) * d);
    let at = 0;
    for (let i = 1; i < this.n; i++) {
      for (let k = 0; k < i; k++) {
        for (let j = 0; j < d; j++) {
          const delta =
            ((points[i] as Float64Array)[j] as number) - ((points[k] as Float64Array)[j] as number);
          this.squares[at++] = delta * delta;
        }
      }
    }
  }

  /** @param gradient filled when given */
  evaluate(theta: Float64Array, gradient: Float64Array | null): number {
    const { n, d, squares } = this;
    const { values, share, scatter, scatterDof } = this.data;
    const signal = Math.exp(theta[d] as number);
    const noise = Math.exp(theta[d + 1] as number);
    const inverseSquares = new Float64Array(d);
    for (let j = 0; j < d; j++) inverseSquares[j] = Math.exp(-2 * (theta[j] as number));
    // Reused from one evaluation to the next: fresh arrays of this size cost as much as the arithmetic.
    const { factor: k, kernel, slope } = this.scratch;
    let pair = 0;
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < a; b++, pair++) {
        let r2 = 0;
        for (let j = 0; j < d; j++) r2 += (squares[pair * d + j] as number) * (inverseSquares[j] as number);
        const s = root5 * Math.sqrt(r2);
        const e = signal * Math.exp(-s);
        k[a * n + b] = (1 + s + (5 / 3) * r2) * e;
        slope[pair] = (5 / 3) * (1 + s) * e;
      }
      k[a * n + a] = signal + noise * (share[a] as number) + 1e-8;
    }
    kernel.set(k);
    const { extra } = this.data;
    if (extra !== undefined) for (let i = 0; i < n * n; i++) k[i] = (k[i] as number) + (extra[i] as number);
    if (!cholesky(k, n)) return Number.POSITIVE_INFINITY;
    const alpha = values.slice();
    solveLower(k, n, alpha);
    let value = 0;
    for (let i = 0; i < n; i++)
      value += 0.5 * (alpha[i] as number) * (alpha[i] as number) + Math.log(k[i * n + i] as number);
    value += 0.5 * scatterDof * (theta[d + 1] as number) + (0.5 * scatter) / noise;
    if (gradient === null) return value + this.prior(theta, null);
    solveLowerTransposed(k, n, alpha);
    const inverse = inverseFromFactor(invertLower(k, n, this.scratch.inverseFactor), n, this.scratch.inverse);
    gradient.fill(0);
    pair = 0;
    let signalPart = 0;
    let noisePart = 0;
    for (let a = 0; a < n; a++) {
      const alphaA = alpha[a] as number;
      for (let b = 0; b < a; b++, pair++) {
        const w = (inverse[a * n + b] as number) - alphaA * (alpha[b] as number);
        signalPart += w * (kernel[a * n + b] as number);
        const ws = w * (slope[pair] as number);
        for (let j = 0; j < d; j++)
          gradient[j] = (gradient[j] as number) + ws * (squares[pair * d + j] as number);
      }
      const w = (inverse[a * n + a] as number) - alphaA * alphaA;
      signalPart += 0.5 * w * signal;
      noisePart += 0.5 * w * noise * (share[a] as number);
    }
    for (let j = 0; j < d; j++) gradient[j] = (gradient[j] as number) * (inverseSquares[j] as number);
    gradient[d] = signalPart;
    gradient[d + 1] = noisePart + 0.5 * scatterDof - (0.5 * scatter) / noise;
    return value + this.prior(theta, gradient);
  }

  private prior(theta: Float64Array, gradient: Float64Array | null): number {
    const { d, priors } = this;
    let value = 0;
    for (let i = 0; i < d + 2; i++) {
      const { mean, variance } = i < d ? priors.lengthscale : i === d ? priors.signal : priors.noise;
      const delta = (theta[i] as number) - mean - (i < d ? 0.5 * Math.log(d) : 0);
      value += (0.5 * delta * delta) / variance;
      if (gradient !== null) gradient[i] = (gradient[i] as number) + delta / variance;
    }
    return value;
  }
}
