import type { RandomStream } from "../../core/index.js";
import { CandidateSource } from "../candidates.js";
import { compositeImprovement, utilityOf } from "../composite.js";
import { distinct, type Row } from "../data.js";
import { fewestOwn } from "../earlier-runs.js";
import { modelWhy, plainWhy } from "../explain.js";
import { caution, feasibilityOf } from "../feasibility.js";
import type { ThetaCache } from "../fit.js";
import type { Goal } from "../goal.js";
import { GaussianProcess } from "../gp.js";
import { type Priors, standardPriors } from "../gp-objective.js";
import { mostlyNoise, noiseOf } from "../health.js";
import { leadingModel } from "../leading.js";
import { nonDominated } from "../maths/hypervolume.js";
import { type Column, Model } from "../model.js";
import { type Acquisition, noisyExpectedImprovement } from "../nehvi.js";
import { orAskAPerson, towardsClicks } from "../preference/decide.js";
import { likelyNadir, type Reference, referencePoint } from "../reference.js";
import { sampleThetas } from "../sample-theta.js";
import { firstFresh, inward, type Scored, search } from "../search.js";
import { defaultSure, keepingLimits, limitNote } from "../soft-limits.js";
import { utilityFrom } from "../utility.js";
import type { AskContext, Strategy } from "./contract.js";
import { heldSettings, nextSobol, noCandidates } from "./spread.js";

/** What the ablations of docs/science/optimiser.md turn; `standard` is what runs. */
export interface Tuning {
  readonly spread: number;
  readonly local: number;
  readonly samples: number;
  /** With a preference every so many steps map the trade-off instead, or the search sticks (optimiser.md §2.3). */
  readonly mapEvery: number;
  readonly priors: Priors;
  /** Draw the hyperparameters too, one set a sample, up to so many observations. */
  readonly sampleUpTo: number;
  /** Stretch of the candidates over the faces, and from how many observations on. */
  readonly stretchFrom: number;
  /** Share of the acquisition given up to keep knobs that seem not to matter off their ends. */
  readonly indifference: number;
  /** Without thresholds: the nadir of draws of the truth counts too, not only that of the mean. */
  readonly likelyNadir: boolean;
  /** Objectives that are all noise lead only every fourth step. */
  readonly quietNoise: boolean;
}
export const standard: Tuning = {
  spread: 512,
  local: 300,
  samples: 8,
  mapEvery: 4,
  priors: standardPriors,
  sampleUpTo: 0,
  stretchFrom: 0,
  indifference: 0.1,
  likelyNadir: true,
  quietNoise: true,
};
const localScales = [0.03, 0.1, 0.25];

/** Noisy expected hypervolume improvement; composite expected improvement where weights decide. */
export const nehvi: Strategy = nehviWith({});

export function nehviWith(changes: Partial<Tuning>): Strategy {
  const tuning = { ...standard, ...changes };
  return { name: "nehvi", propose: (context) => propose(context, tuning) };
}

function propose(context: AskContext, tuning: Tuning): ReturnType<Strategy["propose"]> {
  const { space, rows, pending, domain } = context;
  const measured = rows.filter((r) => !r.failed && r.values.some((v) => v !== null)).length;
  if (rows.length + pending.length < space.initial || measured < 2)
    return initialDesign(context, rows.length + pending.length);
  const model = Model.fit(domain, space.objectives, rows, context.cache, tuning.priors, context.field);
  // A run that misleads spares no image of the initial design, and those that it chose are no part of one.
  const ignored = new Set(model.columns.flatMap((c) => c.ignored));
  const trusted = rows.filter((r) => r.session === undefined || !ignored.has(r.session));
  const taken = trusted.length + pending.length;
  const wasted = ignored.size > 0 ? fewestOwn : 0;
  if (taken < space.initial + wasted) return initialDesign(context, taken - wasted);
  const liked = context.liked?.calibration.ready === true ? context.liked : null;
  const led = tuning.quietNoise ? leadingModel(model, taken, context.prefer || liked !== null) : model;
  if (led === null) return spreadOut(context, model);
  const source = new CandidateSource(domain, context.allowed, context.fixed, context.stream("candidates"));
  const means = led.meanVectors(led.points);
  const front = nonDominated(means).map((i) => led.points[i] as Float64Array);
  const spread = source.spread(tuning.spread, rows.length >= tuning.stretchFrom ? 1.25 : 1);
  if (spread.length === 0) throw noCandidates();
  const mapping =
    (!context.prefer && liked === null) || (taken - space.initial) % tuning.mapEvery === tuning.mapEvery - 1;
  const likely = tuning.likelyNadir ? likelyNadir(led, [...front, ...spread], context.stream) : null;
  const reference = referencePoint(led, means, likely, () => led.meanVectors(spread));
  const goal = mapping
    ? mapTradeOff(context, led, reference, tuning)
    : liked === null
      ? towardsPreference(context, model, reference, source)
      : towardsClicks(context, model, liked, source);
  const wanted = cautious(goal.acquisition, rows, context.cache);
  const acquisition = keepingLimits(wanted, model, space.sure ?? defaultSure);
  const candidates = [...spread, ...source.around([...front, ...goal.centres], tuning.local, localScales)];
  const ranked = search(acquisition, candidates, source, context.meter);
  const visited = [...rows.map((r) => r.u), ...pending];
  const best = choose(ranked, model, visited);
  const chosen =
    tuning.indifference > 0 && best.value > 0
      ? fresh(inward(best, acquisition, source, tuning.indifference), best, visited)
      : best;
  const notes = [...reference.notes, ...noiseNotes(model), ...limitNote(space, model, chosen.u)];
  const why = modelWhy(model, chosen.u, goal.aim);
  return {
    settings: heldSettings(context, chosen.u),
    why: space.learnFromClicks === true && context.clicking ? orAskAPerson(why, context, model) : why,
    ...(notes.length === 0 ? {} : { notes }),
  };
}

function initialDesign(context: AskContext, taken: number): ReturnType<Strategy["propose"]> {
  const settings = heldSettings(context, nextSobol(context));
  const { initial } = context.space;
  const reason =
    taken < initial
      ? `point ${taken + 1} of ${initial} that are spread out before the model takes over`
      : "spread out further: too little was measured yet for a model";
  return { settings, why: plainWhy(context.space, settings, "initial design", reason) };
}

function mapTradeOff(context: AskContext, model: Model, reference: Reference, tuning: Tuning): Goal {
  const base = distinct([...model.points, ...context.pending]);
  const stream = (name: string): RandomStream => context.stream(name);
  const sampled = context.rows.length <= tuning.sampleUpTo;
  const worlds = (column: Column, gp: GaussianProcess): readonly GaussianProcess[] => {
    if (!sampled || column.n < 2 || column.constant) return [gp];
    const draws = stream(`theta/${column.objective.name}`);
    return sampleThetas(gp.data, tuning.priors, gp.theta, tuning.samples, draws).map(
      (theta) => new GaussianProcess(gp.data, theta),
    );
  };
  const { samples } = tuning;
  return {
    acquisition: noisyExpectedImprovement({
      model,
      base,
      reference: reference.point,
      stream,
      samples,
      worlds,
    }),
    aim: "where the trade-off is expected to gain most",
    centres: [],
  };
}

/** Nothing measured depends on the settings, as far as anyone can tell: a point of the spread-out sequence, and says so. */
function spreadOut(context: AskContext, model: Model): ReturnType<Strategy["propose"]> {
  const { space, draw } = context;
  // Three asks of four come here; without every fourth point a Sobol sequence would leave out a quarter of the box.
  const u = nextSobol({ ...context, draw: draw - Math.floor(draw / 4) });
  const notes = [...noiseNotes(model), ...limitNote(space, model, u)];
  const why = modelWhy(model, u, "", "spread out, for the settings tell nothing of what was measured so far");
  return {
    settings: heldSettings(context, u),
    why: space.learnFromClicks === true && context.clicking ? orAskAPerson(why, context, model) : why,
    notes,
  };
}

function towardsPreference(
  context: AskContext,
  model: Model,
  reference: Reference,
  source: CandidateSource,
): Goal {
  const believed = model.believing(context.pending);
  const utility = utilityFrom(context.space, model, reference);
  const { mean } = believed.predict(believed.points);
  const order = believed.points
    .map((u, i) => ({
      u,
      s: utilityOf(
        utility,
        Float64Array.from(mean, (m) => m[i] as number),
      ),
    }))
    .sort((a, b) => a.s - b.s);
  return {
    acquisition: compositeImprovement(believed, utility),
    aim: "closest to what the weights ask for",
    centres: order.slice(0, 3).map((o) => source.snapped(o.u)),
  };
}

function cautious(acquisition: Acquisition, rows: readonly Row[], cache: ThetaCache): Acquisition {
  const feasible = feasibilityOf(rows, cache);
  if (feasible === null) return acquisition;
  const power = caution(rows);
  return (points) => {
    const p = feasible(points);
    return acquisition(points).map((v, i) => v * (p[i] as number) ** power);
  };
}

/** A moved point, unless it was visited often enough already. */
function fresh(moved: Scored, best: Scored, visited: readonly Float64Array[]): Scored {
  return firstFresh([moved], visited) ?? best;
}

/** Best by value; where every value underflows, the point about which least is known. */
function choose(ranked: readonly Scored[], model: Model, taken: readonly Float64Array[]): Scored {
  const hopeless = (ranked[0]?.value ?? 0) <= 0;
  const order = hopeless ? byIgnorance(ranked, model) : ranked;
  const first = firstFresh(order, taken) ?? order[0];
  if (first === undefined) throw noCandidates();
  return first;
}

function byIgnorance(ranked: readonly Scored[], model: Model): Scored[] {
  const { sd } = model.predict(ranked.map((s) => s.u));
  return ranked
    .map((s, i) => ({
      u: s.u,
      value: model.columns.reduce((sum, c, j) => sum + ((sd[j] as Float64Array)[i] as number) / c.scale, 0),
    }))
    .sort((a, b) => b.value - a.value);
}

/** optimiser.md §2.2: at such a signal-to-noise ratio no acquisition beats spreading out. */
function noiseNotes(model: Model): string[] {
  return model.columns.flatMap((c) => {
    const share = noiseOf(c);
    if (share === null || share <= mostlyNoise) return [];
    return [
      `${c.objective.label} is mostly noise so far (${Math.round(100 * share)} % of it is not foretold by the settings)`,
    ];
  });
}
