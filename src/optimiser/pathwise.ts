import type { RandomStream } from "../core/index.js";
import type { GaussianProcess } from "./gp.js";
import { robustCholesky, solveLower, solveLowerTransposed } from "./maths/linalg.js";

const defaultFeatures = 512;

/**
 * One draw of the function itself from the posterior, to be evaluated anywhere (Wilson et al. 2020): a prior draw from
 * random Fourier features (Matérn-5/2: frequencies z/l · √(5/χ²₅)), then the exact update by the data,
 * f(x) = prior(x) + k(x, X) (K + noise)⁻¹ (y − prior(X) − ε). Standardised values.
 */
export function pathwiseDraw(
  gp: GaussianProcess,
  stream: RandomStream,
  features = defaultFeatures,
): (points: readonly Float64Array[]) => Float64Array {
  const { kernel, data } = gp;
  const { d } = kernel;
  const frequency = new Float64Array(features * d);
  const phase = new Float64Array(features);
  const weight = new Float64Array(features);
  const amplitude = Math.sqrt((2 * kernel.signal) / features);
  for (let i = 0; i < features; i++) {
    let chi = 0;
    for (let k = 0; k < 5; k++) chi += stream.normal() ** 2;
    const heavy = Math.sqrt(5 / chi);
    for (let j = 0; j < d; j++)
      frequency[i * d + j] = stream.normal() * heavy * (kernel.inverse[j] as number);
    phase[i] = 2 * Math.PI * stream.uniform();
    weight[i] = amplitude * stream.normal();
  }
  const prior = (x: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < features; i++) {
      let angle = phase[i] as number;
      for (let j = 0; j < d; j++) angle += (frequency[i * d + j] as number) * (x[j] as number);
      sum += (weight[i] as number) * Math.cos(angle);
    }
    return sum;
  };
  const noise = noiseDraw(gp, stream);
  const update = Float64Array.from(
    data.points,
    (x, i) => (data.values[i] as number) - prior(x) - (noise[i] as number),
  );
  solveLower(gp.factor, gp.n, update);
  solveLowerTransposed(gp.factor, gp.n, update);
  return (points) =>
    Float64Array.from(points, (x) => {
      let value = prior(x);
      for (let i = 0; i < gp.n; i++)
        value += kernel.at(x, data.points[i] as Float64Array) * (update[i] as number);
      return value;
    });
}

/** What the observations carry beside the function: noise, and what they share for other reasons. */
function noiseDraw(gp: GaussianProcess, stream: RandomStream): Float64Array {
  const { n, data, kernel } = gp;
  const z = Float64Array.from({ length: n }, () => stream.normal());
  if (data.extra === undefined)
    return z.map((v, i) => v * Math.sqrt(kernel.noise * (data.share[i] as number) + 1e-8));
  const covariance = data.extra.slice();
  for (let i = 0; i < n; i++)
    covariance[i * n + i] =
      (covariance[i * n + i] as number) + kernel.noise * (data.share[i] as number) + 1e-8;
  const factor = robustCholesky(covariance, n)?.factor ?? covariance;
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let k = 0; k <= i; k++) sum += (factor[i * n + k] as number) * (z[k] as number);
    return sum;
  });
}
