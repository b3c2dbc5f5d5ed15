import { type Column, fitColumn, fitColumnAhead, knownColumn } from "./column.js";
import { distinct, knownAt, type Row } from "./data.js";
import type { Domain } from "./domain.js";
import { contradicted } from "./earlier-runs.js";
import type { ThetaCache } from "./fit.js";
import { GaussianProcess } from "./gp.js";
import { type Priors, standardPriors } from "./gp-objective.js";
import { Lift } from "./lift.js";
import { activeRows } from "./pool.js";
import type { SpaceObjective } from "./space.js";

export type { Column } from "./column.js";

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
    /** Distinct settings at which this run measured anything. */
    readonly points: readonly Float64Array[],
    /** All inputs that the processes stand on: settings of earlier runs too, features of the field beside them. */
    readonly trained: readonly Float64Array[],
    readonly lift: Lift,
    /** Likelihood evaluations spent (cached fits cost none). */
    readonly evaluations: number,
  ) {}

  static fit(
    domain: Domain,
    objectives: readonly SpaceObjective[],
    rows: readonly Row[],
    cache: ThetaCache,
    priors: Priors = standardPriors,
    /** The field that is asked about, where it was seen; else a typical one. */
    context: Float64Array | null = null,
  ): Model {
    const all = rows.filter((r) => !r.failed && r.values.some((v) => v !== null));
    const lift = Lift.of(domain.d, all, context);
    const input = { domain, rows: all, lift, cache, priors };
    let evaluations = 0;
    const fitAll = (distrusted: readonly string[]): Column[] =>
      objectives.map((objective, j): Column => {
        if (objective.known !== undefined) return knownColumn(domain, objective, all);
        const fitted = fitColumn({ ...input, distrusted }, objective, j);
        evaluations += fitted.evaluations;
        return fitted.column;
      });
    const first = fitAll([]);
    const distrusted = contradicted(first.flatMap((c) => (c.gp === null ? [] : [c.gains])));
    const columns = distrusted.length === 0 ? first : fitAll(distrusted);
    // What this run has shown; before its first image, what earlier ones did.
    const good = activeRows(all);
    const own = good.filter((r) => r.session === undefined);
    const points = distinct((own.length === 0 ? good : own).map((r) => r.u));
    const trained = distinct(good.map((r) => lift.row(r)));
    return new Model(domain, columns, points, trained, lift, evaluations);
  }

  /** Fits, while there is time, the hyperparameters that the model of one more observation will rest on. */
  static fitAhead(
    domain: Domain,
    objectives: readonly SpaceObjective[],
    rows: readonly Row[],
    cache: ThetaCache,
  ): void {
    const all = rows.filter((r) => !r.failed && r.values.some((v) => v !== null));
    const input = { domain, rows: all, lift: Lift.of(domain.d, all), cache, priors: standardPriors };
    if (rows.some((r) => r.session !== undefined)) return;
    objectives.forEach((objective, j) => {
      if (objective.known === undefined) fitColumnAhead(input, objective, j);
    });
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
      const inputs = pending.map((u) => this.lift.point(u));
      const mean = c.gp.predictMean(inputs);
      const data = {
        ...training,
        points: [...training.points, ...inputs],
        values: Float64Array.from([...training.values, ...mean]),
        share: Float64Array.from([...training.share, ...pending.map(() => 1)]),
      };
      // Taken now: nothing is shared with earlier runs, and no drift away from now.
      const extra = training.extra === undefined ? {} : { extra: padded(training.extra, pending.length) };
      return { ...c, gp: new GaussianProcess({ ...data, ...extra }, theta) };
    });
    return new Model(this.domain, columns, this.points, this.trained, this.lift, 0);
  }

  /** The same of some of the objectives. */
  only(columns: readonly Column[]): Model {
    return new Model(this.domain, columns, this.points, this.trained, this.lift, 0);
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
      const p = c.gp.predict(points.map((u) => this.lift.point(u)));
      mean.push(p.mean.map((v) => c.offset + c.scale * v));
      sd.push(p.sd.map((v) => c.scale * v));
    }
    return { mean, sd };
  }

  /** Means alone, one vector of all objectives a point; standardised. */
  meanVectors(points: readonly Float64Array[]): Float64Array[] {
    const columns = this.columns.map((c) =>
      c.gp === null ? this.knownScaled(c, points) : c.gp.predictMean(points.map((u) => this.lift.point(u))),
    );
    return points.map((_, i) => Float64Array.from(columns, (v) => v[i] as number));
  }

  /** Exact values of a known column, standardised. */
  knownScaled(c: Column, points: readonly Float64Array[]): Float64Array {
    return knownAt(this.domain, c.objective, points).map((v) => (v - c.offset) / c.scale);
  }
}

/** An n × n matrix with `more` empty rows and columns. */
function padded(matrix: Float64Array, more: number): Float64Array {
  const n = Math.round(Math.sqrt(matrix.length));
  const size = n + more;
  const out = new Float64Array(size * size);
  for (let i = 0; i < n; i++) out.set(matrix.subarray(i * n, (i + 1) * n), i * size);
  return out;
}
