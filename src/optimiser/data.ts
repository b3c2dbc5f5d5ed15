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
  /** Name of the earlier run it comes from; absent in this run's own rows. */
  readonly session?: string;
  /** Features of the field, in the order of the space's `context`; absent where none were seen. */
  readonly context?: Float64Array;
}

export function rowOf(
  domain: Domain,
  objectives: readonly SpaceObjective[],
  observation: Observation,
  contextNames: readonly string[] = [],
): Row {
  const failed = observation.failed === true;
  const values = objectives.map((o) => {
    if (o.known !== undefined) return signed(o, knownValue(o.known, observation.settings));
    const value = observation.objectives[o.name];
    return failed || value === null || value === undefined || !Number.isFinite(value)
      ? null
      : signed(o, value);
  });
  const { session, context } = observation;
  return {
    u: domain.unit(observation.settings),
    values,
    failed,
    ...(session === undefined ? {} : { session }),
    ...(context === undefined
      ? {}
      : { context: Float64Array.from(contextNames, (name) => context[name] ?? Number.NaN) }),
  };
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

/** Where a value comes from, as far as that makes it count differently. */
export interface Mark {
  readonly session: string | null;
  /** Place in the order of this run's observations, 0 = now, −1 = the one before, in units of the run so far. */
  readonly age: number;
}
export interface Origins {
  readonly marks: readonly Mark[];
  /** Whether the values drift with time. */
  readonly drift: boolean;
}
/** Variance of the offset between an earlier run and this one, and the factor on its noise; standardised. */
const earlierOffset = 0.3;
const earlierNoise = 4;

/**
 * Standardises and merges exact replicates; what merging loses of the likelihood is kept as scatter. With `origins`
 * an earlier run shares an offset and has more noise, and drift is a line through now.
 */
export function scaledTraining(
  d: number,
  points: readonly Float64Array[],
  raw: readonly number[],
  origins: Origins | null = null,
): Scaled {
  const n = raw.length;
  const offset = n === 0 ? 0 : raw.reduce((a, b) => a + b, 0) / n;
  const variance = n === 0 ? 0 : raw.reduce((a, b) => a + (b - offset) ** 2, 0) / n;
  // Squares of tiny values are nought: those are measured against the largest deviation.
  const sd = variance > 1e-280 ? Math.sqrt(variance) : tinySd(raw, offset);
  // Relative: an objective may live at 1e-12 or at 1e12.
  const constant = !(sd > 1e-12 * Math.abs(offset)) || sd < 1e-300;
  const scale = constant ? 1 : sd;
  const groups = new Map<string, { point: Float64Array; values: number[]; mark: Mark | null }>();
  points.forEach((point, i) => {
    const mark = origins?.marks[i] ?? null;
    const when =
      mark === null ? "" : `@${mark.session ?? ""}${origins?.drift === true ? `@${mark.age}` : ""}`;
    const key = `${point.join(",")}${when}`;
    const group = groups.get(key) ?? { point, values: [], mark };
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
    share: Float64Array.from(merged, (g) => (g.mark?.session == null ? 1 : earlierNoise) / g.values.length),
    scatter,
    scatterDof: n - merged.length,
    ...(origins === null
      ? {}
      : {
          extra: sharedCovariance(
            merged.map((g) => g.mark as Mark),
            origins.drift,
          ),
        }),
  };
  return { training, offset, scale, constant };
}

function tinySd(raw: readonly number[], offset: number): number {
  const most = raw.reduce((a, b) => Math.max(a, Math.abs(b - offset)), 0);
  if (!(most > 0)) return 0;
  return most * Math.sqrt(raw.reduce((a, b) => a + ((b - offset) / most) ** 2, 0) / raw.length);
}

function sharedCovariance(marks: readonly Mark[], drift: boolean): Float64Array {
  const n = marks.length;
  const extra = new Float64Array(n * n);
  marks.forEach((a, i) => {
    marks.forEach((b, k) => {
      const same = a.session !== null && a.session === b.session ? earlierOffset : 0;
      // An earlier run has no place on this run's line of time.
      const moved = drift && a.session === null && b.session === null ? a.age * b.age : 0;
      extra[i * n + k] = same + moved;
    });
  });
  return extra;
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
