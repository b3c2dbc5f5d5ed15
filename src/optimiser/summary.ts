import type { Observation } from "../core/index.js";
import { utilityOf } from "./composite.js";
import { type Row, rowOf } from "./data.js";
import { Domain } from "./domain.js";
import { knownValue } from "./known.js";
import { hypervolume } from "./maths/hypervolume.js";
import { Model } from "./model.js";
import { checkObservation } from "./observation.js";
import { referencePoint } from "./reference.js";
import type { OptimiserSpace, SpaceObjective } from "./space.js";
import { utilityFrom } from "./utility.js";

/** All objectives of an observation as measured, known ones computed; null when any is missing or it failed. */
export function measured(
  objectives: readonly (Pick<SpaceObjective, "name"> & { readonly known?: KnownLike })[],
  observation: Observation,
): Record<string, number> | null {
  if (observation.failed === true) return null;
  const out: Record<string, number> = {};
  for (const o of objectives) {
    const value =
      o.known === undefined
        ? observation.objectives[o.name]
        : knownValue({ product: o.known.product, factor: o.known.factor ?? 1 }, observation.settings);
    if (value === null || value === undefined || !Number.isFinite(value)) return null;
    out[o.name] = value;
  }
  return out;
}
interface KnownLike {
  readonly product: readonly string[];
  readonly factor?: number;
}

/**
 * Share of the box between ideal and worstAcceptable that the observations dominate, as measured, 0..1.
 * Observations with a missing value are left out; values beyond the ideal count as the ideal.
 */
export function hypervolumeShare(
  observations: readonly Observation[],
  objectives: readonly {
    readonly name: string;
    readonly ideal?: number;
    readonly worstAcceptable?: number;
    readonly known?: KnownLike;
  }[],
): number {
  const points = observations.flatMap((observation) => {
    const values = measured(objectives, observation);
    if (values === null) return [];
    const scaled = objectives.map((o) => {
      const ideal = o.ideal ?? Number.NaN;
      return Math.max(0, ((values[o.name] as number) - ideal) / ((o.worstAcceptable ?? Number.NaN) - ideal));
    });
    return scaled.every((t) => t < 1) ? [scaled] : [];
  });
  const share = hypervolume(
    points,
    objectives.map(() => 1),
  );
  return Math.min(1, Math.max(0, share));
}

/**
 * Index of the evaluated step with the least posterior-mean s (equal weights without a preference), among those in
 * which no objective is null; null when there is none.
 */
export function bestStep(space: OptimiserSpace, observations: readonly Observation[]): number | null {
  const domain = new Domain(space.parameters);
  const loose = { strictNames: false, strictBounds: false };
  const rows = observations.map((o) => rowOf(domain, space.objectives, checkObservation(space, o, loose)));
  return bestRow(space, rows, () => Model.fit(domain, space.objectives, rows, new Map()));
}

export function bestRow(space: OptimiserSpace, rows: readonly Row[], model: () => Model): number | null {
  const whole = rows.flatMap((r, i) =>
    r.failed || r.session !== undefined || r.values.includes(null) ? [] : [i],
  );
  if (whole.length === 0) return null;
  const fitted = model();
  const reference = referencePoint(fitted, fitted.meanVectors(fitted.points));
  const utility = utilityFrom(space, fitted, reference);
  const { mean } = fitted.predict(whole.map((i) => (rows[i] as Row).u));
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  whole.forEach((row, k) => {
    const s = utilityOf(
      utility,
      Float64Array.from(mean, (m) => m[k] as number),
    );
    if (s < least) {
      least = s;
      best = row;
    }
  });
  return best;
}
