/** Least-squares fit of one peak (Levenberg 1944, Marquardt 1963); the only place that knows how profiles are fitted. */

/** background + height · exp(−4 ln 2 (x − centre)² / fwhm²) */
export interface Peak {
  readonly height: number;
  readonly centre: number;
  /** Full width at half maximum, in units of x, > 0. */
  readonly fwhm: number;
  readonly background: number;
}
export interface PeakFit extends Peak {
  /** Standard deviation of `fwhm` by the curvature of the sum of squares, were the weights 1/variance. */
  readonly fwhmSd: number;
  /** Weighted sum of squares over the degrees of freedom: about 1 where the model holds. */
  readonly chi2: number;
}

const steps = 30;
const fourLn2 = 4 * Math.LN2;

export function peakAt(p: Peak, x: number): number {
  return p.background + p.height * Math.exp(-fourLn2 * ((x - p.centre) / p.fwhm) ** 2);
}

/** Sum of squares, gradient and normal matrix (row-major 4 × 4) of the parameters height, centre, fwhm, background. */
function linearise(
  p: Float64Array,
  x: Float64Array,
  y: Float64Array,
  weight: Float64Array,
  gradient: Float64Array,
  normal: Float64Array,
): number {
  gradient.fill(0);
  normal.fill(0);
  const [height, centre, fwhm, background] = p as unknown as [number, number, number, number];
  const slope = [0, 0, 0, 1];
  let squares = 0;
  for (let i = 0; i < x.length; i++) {
    const d = ((x[i] as number) - centre) / fwhm;
    const shape = Math.exp(-fourLn2 * d * d);
    const w = weight[i] as number;
    const residual = (y[i] as number) - background - height * shape;
    squares += w * residual * residual;
    slope[0] = shape;
    slope[1] = (2 * fourLn2 * height * shape * d) / fwhm;
    slope[2] = slope[1] * d;
    for (let a = 0; a < 4; a++) {
      const wa = w * (slope[a] as number);
      gradient[a] = (gradient[a] as number) + wa * residual;
      for (let b = 0; b <= a; b++) {
        normal[4 * a + b] = (normal[4 * a + b] as number) + wa * (slope[b] as number);
      }
    }
  }
  return squares;
}

/** Cholesky factor of a 4 × 4 matrix given by its lower half, in place; false when it is not positive definite. */
function factor(m: Float64Array): boolean {
  for (let a = 0; a < 4; a++) {
    for (let b = 0; b <= a; b++) {
      let v = m[4 * a + b] as number;
      for (let k = 0; k < b; k++) v -= (m[4 * a + k] as number) * (m[4 * b + k] as number);
      if (a === b) {
        if (!(v > 0)) return false;
        m[4 * a + a] = Math.sqrt(v);
      } else m[4 * a + b] = v / (m[4 * b + b] as number);
    }
  }
  return true;
}

/** Solves L Lᵀ s = r in place of r. */
function solve(l: Float64Array, r: Float64Array): void {
  for (let a = 0; a < 4; a++) {
    for (let k = 0; k < a; k++) r[a] = (r[a] as number) - (l[4 * a + k] as number) * (r[k] as number);
    r[a] = (r[a] as number) / (l[4 * a + a] as number);
  }
  for (let a = 3; a >= 0; a--) {
    for (let k = a + 1; k < 4; k++) r[a] = (r[a] as number) - (l[4 * k + a] as number) * (r[k] as number);
    r[a] = (r[a] as number) / (l[4 * a + a] as number);
  }
}

/**
 * @param x positions @param y values @param weight 1/variance of each value @param start first guess
 * @returns null when it does not converge to a peak of finite width
 */
export function fitPeak(x: Float64Array, y: Float64Array, weight: Float64Array, start: Peak): PeakFit | null {
  if (x.length < 6) return null;
  let p = Float64Array.of(start.height, start.centre, start.fwhm, start.background);
  const gradient = new Float64Array(4);
  const normal = new Float64Array(16);
  const damped = new Float64Array(16);
  let squares = linearise(p, x, y, weight, gradient, normal);
  let damping = 1e-2;
  let settled = false;
  for (let step = 0; step < steps && !settled; step++) {
    damped.set(normal);
    for (let a = 0; a < 4; a++) damped[5 * a] = (normal[5 * a] as number) * (1 + damping);
    const change = Float64Array.from(gradient);
    if (!factor(damped)) return null;
    solve(damped, change);
    const next = p.map((v, a) => v + (change[a] as number));
    const nextGradient = new Float64Array(4);
    const nextNormal = new Float64Array(16);
    const nextSquares =
      (next[2] as number) > 0
        ? linearise(next, x, y, weight, nextGradient, nextNormal)
        : Number.POSITIVE_INFINITY;
    if (nextSquares <= squares) {
      settled = squares - nextSquares <= 1e-6 * squares;
      p = next;
      squares = nextSquares;
      gradient.set(nextGradient);
      normal.set(nextNormal);
      damping = Math.max(1e-9, damping / 8);
    } else if (damping > 1e9) return null;
    else damping *= 8;
  }
  if (!settled || !factor(normal)) return null;
  const variance = Float64Array.of(0, 0, 1, 0);
  solve(normal, variance);
  const [height, centre, fwhm, background] = p as unknown as [number, number, number, number];
  if (![height, centre, fwhm, background].every(Number.isFinite)) return null;
  return {
    height,
    centre,
    fwhm,
    background,
    fwhmSd: Math.sqrt(variance[2] as number),
    chi2: squares / (x.length - 4),
  };
}
