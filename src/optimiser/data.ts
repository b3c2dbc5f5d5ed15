import type { Observation, Settings } from "../core/index.js";
import type { Domain } from "./domain.js";
import type { Training } from "./gp-objective.js";
import { knownValue } from "./known.js";
import type { SpaceObjective } from "./space.js";

/** One observation inside the optimiser: unit cube, minimise convention. */
export interface Row {
  readonly u: Float64Array;
  /** Per objective; null where there is no value. Known objectives are computed, never read. */
  readonly values: readonly (number | null)[];
  readonly failed: boolean;
}

export function rowOf(domain: Domain, objectives: readonly SpaceObjective[], observation: Observation): Row {
  const failed = observation.failed === true;
  const values = objectives.map((o) => {
    if (o.known !== undefined) return signed(o, knownValue(o.known, observation.settings));
    const value = observation.objectives[o.name];
    return failed || value === null || value === undefined || !Number.isFinite(value)
      ? null
      : signed(o, value);
  });
  return { u: domain.unit(observation.settings), values, failed };
}

/** A value in minimise convention, and back: the same operation. */
export function signed(objective: Pick<SpaceObjective, "direction">, value: number): number {
  return objective.direction === "maximise" ? -value : value;
}

export interface Scaled {
  readonly training: Training;
  readonly offset: number;
  /** 1 where all values are equal. */
  readonly scale: number;
  readonly constant: boolean;
}

/** Standardises and merges exact replicates; what merging loses of the likelihood is kept as scatter. */
export function scaledTraining(d: number, points: readonly Float64Array[], raw: readonly number[]): Scaled {
  const n = raw.length;
  const offset = n === 0 ? 0 : raw.reduce((a, b) => a + b, 0) / n;
  const variance = n === 0 ? 0 : raw.reduce((a, b) => a + (b - offset) ** 2, 0) / n;
  const sd = Math.sqrt(variance);
  const constant = !(sd > 1e-12 * Math.max(1, Math.abs(offset)));
  const scale = constant ? 1 : sd;
  const groups = new Map<string, { point: Float64Array; values: number[] }>();
  points.forEach((point, i) => {
    const key = point.join(",");
    const group = groups.get(key) ?? { point, values: [] };
    group.values.push(((raw[i] as number) - offset) / scale);
    groups.set(key, group);
  });
  const merged = [...groups.values()];
  let scatter = 0;
  const means = merged.map(({ values }) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    for (const v of values) scatter += (v - mean) ** 2;
    return mean;
  });
  const training: Training = {
    d,
    points: merged.map((g) => g.point),
    values: Float64Array.from(means),
    share: Float64Array.from(merged, (g) => 1 / g.values.length),
    scatter,
    scatterDof: n - merged.length,
  };
  return { training, offset, scale, constant };
}

/** Points in the order in which they came, each once. */
export function distinct(points: readonly Float64Array[]): Float64Array[] {
  const seen = new Map<string, Float64Array>();
  for (const p of points) {
    const key = p.join(",");
    if (!seen.has(key)) seen.set(key, p);
  }
  return [...seen.values()];
}

/** Values of a known objective at points of the cube, minimise convention. */
export function knownAt(
  domain: Domain,
  objective: SpaceObjective,
  points: readonly Float64Array[],
): Float64Array {
  const known = objective.known ?? { product: [], factor: Number.NaN };
  return Float64Array.from(points, (u) =>
    signed(objective, knownValue(known, domain.settings(u) as Settings)),
  );
}
