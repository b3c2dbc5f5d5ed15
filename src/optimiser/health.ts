import { type Row, signed } from "./data.js";
import { driftEvidence, driftGain } from "./drift.js";
import type { Column, Model } from "./model.js";

/** A trend over the order of the observations that the settings do not explain; the model corrects for it. */
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

const most = 200;
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
      const trend = driftGain(c.gp, rows, j, c);
      if (trend === null || trend.gain <= driftEvidence) return [];
      return [{ objective: c.objective.name, ...trend, perStep: signed(c.objective, trend.perStep) }];
    }),
    failed: rows.filter((r) => r.failed).length,
  };
}
