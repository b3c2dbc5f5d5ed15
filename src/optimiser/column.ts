import { knownAt, type Mark, type Row, type Scaled, scaledTraining } from "./data.js";
import type { Domain } from "./domain.js";
import { driftEvidence, driftGain } from "./drift.js";
import { type Gains, gainsFrom, misleading } from "./earlier-runs.js";
import { type Fitted, fitTheta, fittedCount, type ThetaCache } from "./fit.js";
import { GaussianProcess } from "./gp.js";
import { defaultTheta, type Priors, type Training } from "./gp-objective.js";
import type { Lift } from "./lift.js";
import { activeRows, exactUpTo, fitOnFew } from "./pool.js";
import type { SpaceObjective } from "./space.js";

/** What is believed of one objective. Values are (minimise convention − offset) / scale. */
export interface Column {
  readonly objective: SpaceObjective;
  /** Null: an exact function of the settings. */
  readonly gp: GaussianProcess | null;
  readonly offset: number;
  readonly scale: number;
  /** Values so far; a column without any is the prior. */
  readonly n: number;
  readonly constant: boolean;
  /** Earlier runs whose values this run contradicts: left out. */
  readonly ignored: readonly string[];
  /** What each earlier run does to the likelihood of this run's values. */
  readonly gains: Gains;
  /** Whether values are corrected for a trend over the order of the images. */
  readonly drifts: boolean;
}

export interface ColumnInput {
  readonly domain: Domain;
  /** Rows with at least one value, in their order. */
  readonly rows: readonly Row[];
  readonly lift: Lift;
  readonly cache: ThetaCache;
  readonly priors: Priors;
  /** Earlier runs that the other objectives contradict. */
  readonly distrusted?: readonly string[];
}

/** Fits objective j; counts likelihood evaluations. */
export function fitColumn(
  input: ColumnInput,
  objective: SpaceObjective,
  j: number,
): { readonly column: Column; readonly evaluations: number } {
  const measured = input.rows.filter((r) => r.values[j] !== null);
  const whole = trained(input, objective.name, measured, j, { ignored: [], drift: false });
  const gains = gainsFrom(measured, whole, (rows) => scaledRows(rows, j, input.lift, false));
  const doubted = new Set([...misleading(gains), ...(input.distrusted ?? [])]);
  const ignored = [...doubted].sort();
  const kept = measured.filter((r) => r.session === undefined || !ignored.includes(r.session));
  const plain =
    ignored.length === 0 ? whole : trained(input, objective.name, kept, j, { ignored, drift: false });
  const drift = (driftGain(plain.gp, kept, j, plain.scaled)?.gain ?? 0) > driftEvidence;
  const last = drift ? trained(input, objective.name, kept, j, { ignored, drift }) : plain;
  const prior = kept.length === 0 ? priorOf(objective) : last.scaled;
  const column = {
    objective,
    gp: last.gp,
    offset: prior.offset,
    scale: prior.scale,
    n: kept.length,
    constant: last.scaled.constant,
    ignored,
    gains,
    drifts: drift,
  };
  const spent = new Set([whole, plain, last]);
  return { column, evaluations: [...spent].reduce((sum, t) => sum + t.evaluations, 0) };
}

/** Fits now the hyperparameters on which one more value will rest; nothing where they need that value. */
export function fitColumnAhead(input: ColumnInput, objective: SpaceObjective, j: number): void {
  const { column } = fitColumn(input, objective, j);
  const { ignored, drifts } = column;
  const kept = input.rows.filter(
    (r) => r.values[j] !== null && (r.session === undefined || !ignored.includes(r.session)),
  );
  const count = fittedCount(kept.length + 1);
  if (count > kept.length || column.constant || kept.length + 1 > exactUpTo) return;
  thetaOf(input, objective.name, kept, j, { ignored, drift: drifts }, count);
}

interface Plan {
  readonly ignored: readonly string[];
  readonly drift: boolean;
}
interface Trained {
  readonly gp: GaussianProcess;
  readonly scaled: Scaled;
  readonly evaluations: number;
}

function trained(input: ColumnInput, name: string, measured: readonly Row[], j: number, plan: Plan): Trained {
  const { lift } = input;
  const scaled = scaledRows(activeRows(measured), j, lift, plan.drift);
  if (measured.length < 2 || scaled.constant)
    return { gp: new GaussianProcess(scaled.training, defaultTheta(lift.d)), scaled, evaluations: 0 };
  const { theta, evaluations } = thetaOf(input, name, measured, j, plan, fittedCount(measured.length));
  return { gp: new GaussianProcess(scaled.training, theta), scaled, evaluations };
}

/** Hyperparameters from the first `count` of the rows; a pure function of those. */
function thetaOf(
  input: ColumnInput,
  name: string,
  measured: readonly Row[],
  j: number,
  plan: Plan,
  count: number,
): Fitted {
  const { domain, cache, priors, lift } = input;
  const left = plan.ignored.map((s) => ` without ${s}`).join("");
  const prefix = `${name}${left}${plan.drift ? " drifting" : ""}${lift.d > domain.d ? " on fields" : ""}`;
  const training = (rows: readonly Row[]): Training =>
    scaledRows(rows, j, lift.over(rows), plan.drift).training;
  if (measured.length > exactUpTo) return fitOnFew(measured, training, cache, prefix, priors);
  return fitTheta(count, (k) => training(measured.slice(0, k)), cache, prefix, priors);
}

function scaledRows(rows: readonly Row[], j: number, lift: Lift, drift: boolean): Scaled {
  const origins = drift || rows.some((r) => r.session !== undefined) ? { marks: marksOf(rows), drift } : null;
  return scaledTraining(
    lift.d,
    rows.map((r) => lift.row(r)),
    rows.map((r) => r.values[j] as number),
    origins,
  );
}

function marksOf(rows: readonly Row[]): Mark[] {
  const own = rows.filter((r) => r.session === undefined).length;
  let seen = 0;
  return rows.map((r) => {
    if (r.session !== undefined) return { session: r.session, age: 0 };
    seen++;
    return { session: null, age: (seen - own) / Math.max(1, own - 1) };
  });
}

export function knownColumn(domain: Domain, objective: SpaceObjective, rows: readonly Row[]): Column {
  const points = rows.map((r) => r.u);
  const scaled = scaledTraining(domain.d, points, [...knownAt(domain, objective, points)]);
  return {
    objective,
    gp: null,
    offset: scaled.offset,
    scale: scaled.scale,
    n: rows.length,
    constant: scaled.constant,
    ignored: [],
    gains: {},
    drifts: false,
  };
}

/** Before anything is measured: the middle of the declared range, half of it as uncertainty. */
function priorOf(objective: SpaceObjective): { readonly offset: number; readonly scale: number } {
  const { ideal, worstAcceptable: worst, direction } = objective;
  const sign = direction === "maximise" ? -1 : 1;
  if (ideal === undefined || worst === undefined) return { offset: 0, scale: 1 };
  return { offset: (sign * (ideal + worst)) / 2, scale: Math.abs(worst - ideal) / 2 };
}
