import { distinct, knownAt, type Row, scaledTraining } from "./data.js";
import type { Domain } from "./domain.js";
import { fitTheta, type ThetaCache } from "./fit.js";
import { GaussianProcess } from "./gp.js";
import { defaultTheta, type Priors, standardPriors } from "./gp-objective.js";
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
}
export interface Prediction {
  /** Per objective, per point. */
  readonly mean: readonly Float64Array[];
  readonly sd: readonly Float64Array[];
}

/** Gaussian processes for what is measured, exact values for what is known. A pure function of the rows. */
export class Model {
  private constructor(
    readonly domain: Domain,
    readonly columns: readonly Column[],
    /** Distinct points at which anything was measured. */
    readonly points: readonly Float64Array[],
    /** Likelihood evaluations spent (cached fits cost none). */
    readonly evaluations: number,
  ) {}

  static fit(
    domain: Domain,
    objectives: readonly SpaceObjective[],
    rows: readonly Row[],
    cache: ThetaCache,
    priors: Priors = standardPriors,
  ): Model {
    const good = rows.filter((r) => !r.failed && r.values.some((v) => v !== null));
    let evaluations = 0;
    const columns = objectives.map((objective, j): Column => {
      if (objective.known !== undefined) return knownColumn(domain, objective, good);
      const measured = good.filter((r) => r.values[j] !== null);
      const take = (n: number): ReturnType<typeof scaledTraining> =>
        scaledTraining(
          domain.d,
          measured.slice(0, n).map((r) => r.u),
          measured.slice(0, n).map((r) => r.values[j] as number),
        );
      const n = measured.length;
      const scaled = take(n);
      let theta = defaultTheta(domain.d);
      if (n >= 2 && !scaled.constant) {
        const fitted = fitTheta(n, (k) => take(k).training, cache, objective.name, priors);
        theta = fitted.theta;
        evaluations += fitted.evaluations;
      }
      const gp = new GaussianProcess(scaled.training, theta);
      const prior = n === 0 ? priorOf(objective) : scaled;
      return {
        objective,
        gp,
        offset: prior.offset,
        scale: prior.scale,
        n,
        constant: scaled.constant,
      };
    });
    return new Model(domain, columns, distinct(good.map((r) => r.u)), evaluations);
  }

  /**
   * The model as if its own mean had been measured at `pending` (Kriging believer): the variance shrinks there,
   * the mean stays. θ and scaling stay too.
   */
  believing(pending: readonly Float64Array[]): Model {
    if (pending.length === 0) return this;
    const columns = this.columns.map((c): Column => {
      if (c.gp === null) return c;
      const { training, theta } = { training: c.gp.data, theta: c.gp.theta };
      const mean = c.gp.predictMean(pending);
      const data = {
        ...training,
        points: [...training.points, ...pending],
        values: Float64Array.from([...training.values, ...mean]),
        share: Float64Array.from([...training.share, ...pending.map(() => 1)]),
      };
      return { ...c, gp: new GaussianProcess(data, theta) };
    });
    return new Model(this.domain, columns, this.points, 0);
  }

  /** In each objective's own unit, minimise convention; sd of the latent function. */
  predict(points: readonly Float64Array[]): Prediction {
    const mean: Float64Array[] = [];
    const sd: Float64Array[] = [];
    for (const c of this.columns) {
      if (c.gp === null) {
        mean.push(knownAt(this.domain, c.objective, points));
        sd.push(new Float64Array(points.length));
        continue;
      }
      const p = c.gp.predict(points);
      mean.push(p.mean.map((v) => c.offset + c.scale * v));
      sd.push(p.sd.map((v) => c.scale * v));
    }
    return { mean, sd };
  }

  /** Means alone, one vector of all objectives a point; standardised. */
  meanVectors(points: readonly Float64Array[]): Float64Array[] {
    const columns = this.columns.map((c) =>
      c.gp === null ? this.knownScaled(c, points) : c.gp.predictMean(points),
    );
    return points.map((_, i) => Float64Array.from(columns, (v) => v[i] as number));
  }

  /** Exact values of a known column, standardised. */
  knownScaled(c: Column, points: readonly Float64Array[]): Float64Array {
    return knownAt(this.domain, c.objective, points).map((v) => (v - c.offset) / c.scale);
  }
}

function knownColumn(domain: Domain, objective: SpaceObjective, rows: readonly Row[]): Column {
  const values = knownAt(
    domain,
    objective,
    rows.map((r) => r.u),
  );
  const scaled = scaledTraining(
    domain.d,
    rows.map((r) => r.u),
    [...values],
  );
  return {
    objective,
    gp: null,
    offset: scaled.offset,
    scale: scaled.scale,
    n: rows.length,
    constant: scaled.constant,
  };
}

/** Before anything is measured: the middle of the declared range, half of it as uncertainty. */
function priorOf(objective: SpaceObjective): { readonly offset: number; readonly scale: number } {
  const { ideal, worstAcceptable: worst, direction } = objective;
  const sign = direction === "maximise" ? -1 : 1;
  if (ideal === undefined || worst === undefined) return { offset: 0, scale: 1 };
  return { offset: (sign * (ideal + worst)) / 2, scale: Math.abs(worst - ideal) / 2 };
}
