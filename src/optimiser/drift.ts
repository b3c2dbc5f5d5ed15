import type { Row, Scaled } from "./data.js";
import type { GaussianProcess } from "./gp.js";
import { Kernel } from "./gp.js";
import { robustCholesky, solveLower } from "./maths/linalg.js";

/** A line over the order of the images that the settings do not explain. */
export interface Trend {
  /** Change from one image to the next at the same settings, minimise convention, in the objective's unit. */
  readonly perStep: number;
  /** Gain in log evidence over no drift, nats. */
  readonly gain: number;
}

/** Evidence below this is chance: about one run in fifty without drift reaches it. */
export const driftEvidence = 3;
const fewest = 8;
const most = 200;

/**
 * Linear drift as one more term of the covariance, K + v vᵀ with v = time from −½ to ½ in units of the objective's sd:
 * gain in log evidence ½ (vᵀα)²/(1 + vᵀK⁻¹v) − ½ log(1 + vᵀK⁻¹v), slope vᵀα/(1 + vᵀK⁻¹v). This run's rows alone.
 */
export function driftGain(
  gp: GaussianProcess | null,
  rows: readonly Row[],
  j: number,
  scaled: Pick<Scaled, "offset" | "scale" | "constant">,
): Trend | null {
  const told = rows.flatMap((r, i) => {
    const value = r.values[j];
    const own = r.session === undefined && !r.failed;
    return own && value !== null && value !== undefined ? [{ u: r.u, value, step: i }] : [];
  });
  const recent = told.slice(-most);
  const n = recent.length;
  if (gp === null || scaled.constant || n < fewest) return null;
  const first = (recent[0] as { step: number }).step;
  const span = Math.max(1, (recent.at(-1) as { step: number }).step - first);
  const kernel = new Kernel(gp.kernel.d, gp.theta);
  const knobs = recent.map((r) => {
    const x = new Float64Array(kernel.d);
    x.set(r.u);
    return x;
  });
  const k = kernel.matrix(knobs);
  for (let i = 0; i < n; i++) k[i * n + i] = (k[i * n + i] as number) + kernel.noise + 1e-8;
  const done = robustCholesky(k, n);
  if (done === null) return null;
  const v = Float64Array.from(recent, (r) => (r.step - first) / span - 0.5);
  const y = Float64Array.from(recent, (r) => (r.value - scaled.offset) / scaled.scale);
  solveLower(done.factor, n, v);
  solveLower(done.factor, n, y);
  let vv = 0;
  let vy = 0;
  for (let i = 0; i < n; i++) {
    vv += (v[i] as number) ** 2;
    vy += (v[i] as number) * (y[i] as number);
  }
  const gain = (0.5 * vy * vy) / (1 + vv) - 0.5 * Math.log(1 + vv);
  return { perStep: (vy / (1 + vv) / span) * scaled.scale, gain };
}
