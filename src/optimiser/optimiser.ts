import { InputError, type Observation, RandomStream, type Settings, type TradeOff } from "../core/index.js";
import type { AskOptions, AskResult, Predicted, TellOptions } from "./asking.js";
import { type Row, rowOf, signed } from "./data.js";
import { Domain, mergeLimits } from "./domain.js";
import { pruneCache, type ThetaCache } from "./fit.js";
import { type Health, healthOf } from "./health.js";
import { Model } from "./model.js";
import { checkObservation, checkSettings } from "./observation.js";
import { type Outlook, outlookOf } from "./outlook.js";
import { ClickLog } from "./preference/click-log.js";
import type { Calibration, LearnedPreference } from "./preference/learned.js";
import type { OptimiserSpace } from "./space.js";
import { checkState, type OptimiserState, spaceHash } from "./state.js";
import { type AskContext, type Strategy, WorkMeter } from "./strategies/contract.js";
import { loadStrategy } from "./strategies/registry.js";
import { bestRow } from "./summary.js";
import { evaluatedFront, predictedFront } from "./trade-offs.js";

interface Pending {
  readonly settings: Settings;
  /** Observations at the time of the ask. */
  readonly since: number;
}
/** A proposal nobody told anything about after so many other observations is taken as lost. */
const pendingPatience = 6;
export const maxObservations = 5000;

/** Ask and tell. A pure function of (space, observations, pending, draw counter); nothing here knows the time. */
export class Optimiser {
  private readonly domain: Domain;
  private observations: Observation[] = [];
  private rows: Row[] = [];
  private pending: Pending[] = [];
  private draws = 0;
  private cache: ThetaCache = new Map();
  private readonly clicks = new ClickLog();

  constructor(
    readonly space: OptimiserSpace,
    private readonly strategy: Strategy,
  ) {
    this.domain = new Domain(space.parameters);
  }

  /** Observations told so far. */
  get n(): number {
    return this.observations.length;
  }

  /**
   * The next settings; they are pending until told or forgotten.
   * @throws FitError NO_CANDIDATES when the limits leave nothing
   */
  ask(options: AskOptions = {}): AskResult {
    const { space, domain, rows, cache, draws } = this;
    const fixed = options.fixed ?? {};
    const meter = new WorkMeter(options.maxWork, options.expired);
    const doses = [space.maxDoseUj, options.maxDoseUj].filter((d): d is number => d !== undefined);
    const context: AskContext = {
      space,
      domain,
      rows,
      pending: options.excludePending === true ? [] : this.openPending().map((p) => domain.unit(p.settings)),
      allowed: domain.allowed(
        mergeLimits(space.limits ?? {}, options.limits ?? {}),
        doses.length === 0 ? undefined : Math.min(...doses),
        fixed,
        space.light,
      ),
      fixed,
      draw: draws,
      stream: (name) => RandomStream.of(space.seed, "optimiser", name, draws),
      cache,
      meter,
      prefer: space.preference !== undefined && options.prefer !== false,
      clicking: space.learnFromClicks === true && options.prefer !== false,
      liked: space.learnFromClicks === true && options.prefer !== false ? this.learned() : null,
      field:
        space.context === undefined || options.context === undefined
          ? null
          : Float64Array.from(space.context, (name) => options.context?.[name] ?? Number.NaN),
    };
    const { notes, ...proposal } = this.strategy.propose(context);
    this.draws++;
    this.pending.push({ settings: proposal.settings, since: this.n });
    return { ...proposal, work: meter.used, notes: notes ?? [] };
  }

  /**
   * One observation, in each objective's own unit; null where there is no value, `failed` where the settings
   * themselves made it fail. Returns how many there are. Settings never asked for are welcome.
   * @throws InputError BAD_PARAMS or OUT_OF_RANGE that names the field
   */
  tell(observation: Observation, options: TellOptions = {}): number {
    const strict = options.strict === true;
    if (this.n >= maxObservations)
      throw new InputError("TOO_MANY", `more than ${maxObservations} observations`, {
        where: "observations",
      });
    const checked = checkObservation(this.space, observation, { strictNames: strict, strictBounds: strict });
    this.observations.push(checked);
    this.rows.push(rowOf(this.domain, this.space.objectives, checked, this.space.context));
    // What an earlier run saw answers no question of this one.
    if (checked.session === undefined) this.forget(checked.settings);
    return this.n;
  }

  /** Takes back a proposal that will not be measured (the oldest pending one at these settings), or all. */
  forget(settings?: Settings): void {
    if (settings === undefined) {
      this.pending = [];
      return;
    }
    const names = this.space.parameters.map((p) => p.name);
    const at = this.pending.findIndex((p) =>
      names.every((name) => {
        const a = p.settings[name] as number;
        const b = settings[name] ?? Number.NaN;
        return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
      }),
    );
    if (at >= 0) this.pending.splice(at, 1);
  }

  /** One click of the operator among offered trade-offs. Returns how many there are. @throws InputError BAD_PARAMS */
  prefer(click: unknown): number {
    return this.clicks.add(click, this.space);
  }

  /** How well the learned preference foretells clicks; null before there is one. */
  preference(): Calibration | null {
    return this.learned()?.calibration ?? null;
  }

  private learned(): LearnedPreference | null {
    return this.clicks.learned(this.space);
  }

  /** From now on all that was told in this run counts like an earlier run of that name (its microscope has changed). */
  retire(session: string): void {
    const own = (o: { readonly session?: string }): boolean => o.session === undefined;
    this.observations = this.observations.map((o) => (own(o) ? { ...o, session } : o));
    this.rows = this.rows.map((r) => (own(r) ? { ...r, session } : r));
    this.pending = [];
  }

  /** Does now what the next ask would begin with: fits what can be fitted while the next image is being taken. */
  prepare(): void {
    if (this.space.strategy !== "nehvi" || this.n < Math.max(2, this.space.initial)) return;
    this.learned();
    Model.fitAhead(this.domain, this.space.objectives, this.rows, this.cache);
  }

  /** Posterior mean and sd of each objective (latent, without the noise of one image). Known ones: exact, sd 0. */
  predict(settings: readonly Settings[]): Predicted {
    const options = { strictNames: false, strictBounds: false };
    const points = settings.map((s, i) =>
      this.domain.unit(checkSettings(this.space, s, options, `settings[${i}]`)),
    );
    const { mean, sd } = this.model().predict(points);
    const names = this.space.objectives;
    return {
      mean: points.map((_, i) =>
        Object.fromEntries(names.map((o, j) => [o.name, signed(o, (mean[j] as Float64Array)[i] as number)])),
      ),
      sd: points.map((_, i) =>
        Object.fromEntries(names.map((o, j) => [o.name, (sd[j] as Float64Array)[i] as number])),
      ),
    };
  }

  /** Non-dominated observations as measured, and the trade-offs that the model predicts (mean and sd). */
  pareto(): { readonly evaluated: readonly TradeOff[]; readonly predicted: readonly TradeOff[] } {
    const { space, domain } = this;
    const allowed = domain.allowed(space.limits ?? {}, space.maxDoseUj, {}, space.light);
    const stream = RandomStream.of(space.seed, "optimiser", "pareto", this.n);
    return {
      evaluated: evaluatedFront(space, this.observations),
      predicted: this.n < 2 ? [] : predictedFront(this.model(), allowed, stream),
    };
  }

  /**
   * What further images can still be expected to bring, and whether to stop; null before there is a model. Changes no
   * proposal.
   */
  outlook(options: Pick<AskOptions, "prefer"> = {}): Outlook | null {
    const { space, domain } = this;
    const own = this.rows.filter((r) => r.session === undefined && !r.failed).length;
    if (own < Math.max(2, space.initial)) return null;
    const allowed = domain.allowed(space.limits ?? {}, space.maxDoseUj, {}, space.light);
    const stream = (name: string): RandomStream => RandomStream.of(space.seed, "optimiser", name, this.n);
    const prefer = space.preference !== undefined && options.prefer !== false;
    return outlookOf(space, this.model(), allowed, stream, prefer);
  }

  /** What a person should look at: noise, drift, failures. */
  health(): Health {
    return healthOf(this.model(), this.rows);
  }

  /** Index of the observation with the least posterior-mean utility; null before there is one. */
  best(): { readonly index: number; readonly settings: Settings } | null {
    const index = bestRow(this.space, this.rows, () => this.model());
    const chosen = index === null ? undefined : this.observations[index];
    return index === null || chosen === undefined ? null : { index, settings: chosen.settings };
  }

  /** Plain JSON. Loaded into an optimiser of the same space it goes on bit for bit. */
  save(): OptimiserState {
    return structuredClone({
      version: 1 as const,
      space: spaceHash(this.space),
      observations: this.observations.map((o) => ({ ...o })) as OptimiserState["observations"],
      ...(this.clicks.all.length === 0 ? {} : { clicks: [...this.clicks.all] as OptimiserState["clicks"] }),
      pending: this.pending as OptimiserState["pending"],
      draws: this.draws,
      thetas: pruneCache(this.cache),
    });
  }

  /** @throws InputError BAD_PARAMS when it is no state or one of another space */
  load(state: unknown): void {
    const checked = checkState(this.space, state);
    const loose = { strictNames: false, strictBounds: false };
    const observations = checked.observations.map((o, i) =>
      checkObservation(this.space, o, loose, `state.observations[${i}]`),
    );
    this.observations = observations;
    this.rows = observations.map((o) => rowOf(this.domain, this.space.objectives, o, this.space.context));
    this.clicks.replace(checked.clicks ?? []);
    this.pending = checked.pending;
    this.draws = checked.draws;
    this.cache = new Map(Object.entries(checked.thetas));
  }

  private model(): Model {
    return Model.fit(this.domain, this.space.objectives, this.rows, this.cache);
  }

  private openPending(): readonly Pending[] {
    return this.pending.filter((p) => this.n - p.since < pendingPatience);
  }
}

/** An optimiser of `space`; its strategy's code loads only now. */
export async function createOptimiser(space: OptimiserSpace): Promise<Optimiser> {
  return new Optimiser(space, await loadStrategy(space.strategy));
}
