import { type Row, signed } from "./data.js";
import { Kernel } from "./gp.js";
import { robustCholesky, solveLower } from "./maths/linalg.js";
import type { Column, Model } from "./model.js";

/** A trend over the order of the observations that the settings do not explain. */
export interface Drift {
  readonly objective: string;
  /** Change from one observation to the next at the same settings, in the objective's own unit. */
  readonly perStep: number;
  /** Gain in log evidence over no drift, nats. */
  readonly gain: number;
}
export interface Health {
  /** Share of the variance that the settings do not foretell, per measured objective (leave one out), 0..1. */
  readonly noise: Readonly<Record<string, number>>;
  readonly drift: readonly Drift[];
  readonly failed: number;
}

/** Evidence below this is chance: about one run in fifty without drift reaches it. */
export const driftEvidence = 3;
const fewest = 8;
const most = 200;

/**
 * Linear drift as one more term of the covariance, K + v vᵀ with v = time from 0 to 1 in units of the objective's sd:
 * gain in log evidence ½ (vᵀα)²/(1 + vᵀK⁻¹v) − ½ log(1 + vᵀK⁻¹v), slope vᵀα/(1 + vᵀK⁻¹v).
 */
export function driftOf(column: Column, rows: readonly Row[], j: number): Drift | null {
  const told = rows.flatMap((r, i) => {
    const value = r.values[j];
    return r.failed || value === null || value === undefined ? [] : [{ u: r.u, value, step: i }];
  });
  const recent = told.slice(-most);
  const n = recent.length;
  if (column.gp === null || column.constant || n < fewest) return null;
  const first = (recent[0] as { step: number }).step;
  const span = Math.max(1, (recent.at(-1) as { step: number }).step - first);
  const { kernel } = column.gp;
  const k = new Kernel(kernel.d, column.gp.theta).matrix(recent.map((r) => r.u));
  for (let i = 0; i < n; i++) k[i * n + i] = (k[i * n + i] as number) + kernel.noise + 1e-8;
  const done = robustCholesky(k, n);
  if (done === null) return null;
  const v = Float64Array.from(recent, (r) => (r.step - first) / span - 0.5);
  const y = Float64Array.from(recent, (r) => (r.value - column.offset) / column.scale);
  solveLower(done.factor, n, v);
  solveLower(done.factor, n, y);
  let vv = 0;
  let vy = 0;
  for (let i = 0; i < n; i++) {
    vv += (v[i] as number) ** 2;
    vy += (v[i] as number) * (y[i] as number);
  }
  const gain = (0.5 * vy * vy) / (1 + vv) - 0.5 * Math.log(1 + vv);
  const slope = (vy / (1 + vv) / span) * column.scale;
  return { objective: column.objective.name, perStep: signed(column.objective, slope), gain };
}

const noiseFrom = 8;
export const mostlyNoise = 0.8;

/** Share of an objective's variance that the settings do not foretell; null where it cannot be told yet. */
export function noiseOf(c: Column): number | null {
  if (c.gp === null || c.constant || c.n < noiseFrom || c.n > most) return null;
  return Math.min(1, c.gp.unexplained());
}

/** What a person should look at: objectives that are mostly noise, drift, failures. */
export function healthOf(model: Model, rows: readonly Row[]): Health {
  const noise = model.columns.flatMap((c) => {
    const share = noiseOf(c);
    return share === null ? [] : [[c.objective.name, share] as const];
  });
  return {
    noise: Object.fromEntries(noise),
    drift: model.columns.flatMap((c, j) => {
      const drift = driftOf(c, rows, j);
      return drift !== null && drift.gain > driftEvidence ? [drift] : [];
    }),
    failed: rows.filter((r) => r.failed).length,
  };
}
