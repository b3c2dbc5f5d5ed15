import { DeadlineError, type Region, StedError, toStedError } from "../core/index.js";
import { type LeaseKeeper, violation } from "../safety/index.js";
import { isBudgetUsed } from "./budget.js";
import type { SessionState, StepSummary } from "./contract.js";
import { decide } from "./decide.js";
import type { Exposure } from "./exposure.js";
import type { Gatekeeper } from "./gatekeeper.js";
import { HoldPlan } from "./hold.js";
import { lastOf } from "./initial-state.js";
import { lookAhead } from "./look-ahead.js";
import type { SessionParts } from "./parts.js";
import { mayPass } from "./passing-fault.js";
import { Proposer } from "./proposer.js";
import { type Carried, type Restored, settleProposal } from "./restore.js";
import { hasEnded } from "./run-state.js";
import type { SessionStore } from "./store.js";

const isObserving = (s: SessionState): boolean => s.state === "running" && s.mode === "observe";

/** Fields in a row that get no depletion light before a person is asked; failures in a row likewise. */
const maxSkips = 20;
const maxFailures = 3;

/** The main loop: propose, decide, expose, tell; one step after another until the budget or a person ends it. */
export class Runner {
  private carried: Carried | null;
  private attempts: number;
  private regionsUsed: number;
  private failures = 0;
  private skips = 0;
  private readonly steps: StepSummary[];
  private readonly hold = new HoldPlan();
  readonly proposer: Proposer;
  /** Set by `skip` during an exposure. */
  skipAsked = false;

  constructor(
    readonly parts: SessionParts,
    readonly store: SessionStore,
    private readonly exposure: Exposure,
    readonly gate: Gatekeeper,
    readonly lease: LeaseKeeper,
    from: Restored,
  ) {
    this.carried = from.carried;
    this.attempts = from.attempts;
    this.regionsUsed = from.regionsUsed;
    this.steps = [...from.steps];
    this.proposer = new Proposer(parts, store, lease, this.hold);
  }

  completed(): readonly StepSummary[] {
    return this.steps;
  }

  /** Runs until the state has ended. Trouble pauses an attended run and fails an unattended one. */
  async run(): Promise<void> {
    for (;;) {
      const state = this.store.get();
      if (hasEnded(state.state)) return;
      // Also when the last step is done: whoever paused or darkened it has the last word, and `done` would not be heard.
      if (state.state === "paused" || state.state === "safe") {
        await this.rest();
        continue;
      }
      if (state.state === "stopping" || this.budgetUsed()) {
        if (state.state !== "stopping" && this.goesOnHolding()) continue;
        this.store.move("done");
        return;
      }
      try {
        if (state.mode === "observe") this.store.patch({ stage: "watching" });
        if (state.mode === "observe") await this.store.until((s) => !isObserving(s) || this.budgetUsed());
        else await this.step();
      } catch (thrown) {
        this.trouble(toStedError(thrown));
      }
    }
  }

  private async step(): Promise<void> {
    const ready = this.carried ?? (await this.proposer.propose(this.steps));
    this.carried = ready;
    const answer = await decide(ready, this.steps.length + 1, this);
    if (answer === "rejected") this.carried = null;
    if (answer === "rejected" || answer === "withdrawn") return;
    const decided = answer;
    if (this.store.get().state !== "running") {
      this.carried = decided;
      return;
    }
    await this.attempt(decided);
  }

  private async attempt(decided: Carried): Promise<void> {
    const { parts, store } = this;
    const refused = violation({ ...parts.config.fixed, ...decided.settings }, parts.envelope);
    if (refused !== null) {
      this.carried = null;
      await parts.optimiser.forget(decided.proposal.settings);
      throw refused;
    }
    this.carried = decided;
    const kinds = store.get().mode === "hold" && !this.hold.controlDue(parts, this.steps) ? "sted" : "triple";
    const light = parts.config.budget.doseJPerCm2;
    if (light !== undefined && !this.exposure.fits(decided.settings, kinds, light)) {
      const message = `the budget of ${light} J/cm² has no room for the next step`;
      store.move("stop", { stage: "the light budget is used", alert: message });
      return;
    }
    const step = this.steps.length + 1;
    const why = decided.proposal.why;
    store.patch({
      stage: "moving to a new region",
      current: { step, settings: decided.settings, why },
      alert: null,
    });
    this.lease.enter("moving", 30_000);
    this.lease.start();
    const region = await this.nextRegion();
    const attempt = ++this.attempts;
    const plan = {
      step,
      attempt,
      settings: decided.settings,
      why,
      by: decided.by,
      optimiserState: decided.optimiserState,
      work: decided.proposal.work,
      proposed: decided.proposal.settings,
      regionsUsed: this.regionsUsed,
    };
    this.skipAsked = false;
    lookAhead(parts, store);
    try {
      const outcome = await this.exposure.take(plan, region, kinds);
      if (outcome.kind === "skipped") return this.skipped(outcome.reason);
      if (kinds === "triple") await settleProposal(parts.optimiser, decided, outcome.observation);
      this.completedStep(outcome.summary, outcome.doseUj);
    } catch (thrown) {
      // Nobody knows whether a rig that did not answer still exposes: it is told to stop before anything else.
      if (thrown instanceof DeadlineError) await parts.rig.abort().catch(() => undefined);
      await parts.journal
        .endAttempt(parts.run, step, attempt, "failed", toStedError(thrown).line)
        .catch(() => undefined);
      if (this.skipAsked) return this.skipped("you asked for another field");
      throw thrown;
    }
  }

  private async nextRegion(): Promise<Region | null> {
    if (this.parts.info.capabilities.regions === "none") return null;
    const region = await this.exposure.unlessGone(this.parts.rig.region({ move: "next" }));
    this.regionsUsed++;
    this.store.patch({ rig: { ...this.store.get().rig, region } });
    return region;
  }

  private completedStep(summary: StepSummary, doseUj: number): void {
    const { store } = this;
    this.steps.push(summary);
    this.carried = null;
    this.attempts = 0;
    this.proposer.settled();
    this.failures = 0;
    this.skips = 0;
    store.emit({ type: "step", step: summary });
    const budget = store.get().budget;
    store.patch({
      step: this.steps.length,
      last: lastOf(summary),
      budget: { ...budget, doseUj: budget.doseUj + doseUj },
    });
    const drift = store.get().mode === "hold" ? this.hold.drift(this.parts, this.steps) : null;
    if (drift !== null && this.parts.config.hold.onDrift === "tune") {
      this.hold.tuneAgain(this.parts, this.steps.length);
      store.patch({ mode: "auto", alert: `${drift}; tuning again` });
    } else if (drift !== null) store.move("pause", { alert: drift });
  }

  private skipped(reason: string): void {
    const skipped = this.store.get().skipped + 1;
    this.skips++;
    this.store.emit({ type: "note", level: "info", message: `field skipped: ${reason}` });
    this.store.patch({ skipped });
    if (this.skips >= maxSkips) {
      this.skips = 0;
      throw new StedError("NO_FIELD", `${maxSkips} fields in a row were skipped (${reason})`, {
        hint: "move to a place with structure, or set `gate: off`",
      });
    }
  }

  /** Something went wrong between two steps. A rig's passing fault is tried again on a new region; the rest waits. */
  private trouble(error: StedError): void {
    const { parts, store } = this;
    const ends = hasEnded(store.get().state) || store.get().state === "safe";
    parts.logger.warn({ code: error.code, step: this.steps.length + 1 }, error.line);
    if (ends || (error.code === "ABORTED" && store.get().state !== "running")) return;
    this.failures++;
    if (!mayPass(error) || this.failures >= maxFailures) {
      this.failures = 0;
      store.move(parts.config.unattended ? "fail" : "trouble", { alert: error.line });
    }
    // Behind the move: a terminal says the end's reason once, not twice.
    store.emit({ type: "note", level: "error", message: error.line });
  }

  /** Dark and ownerless until a person says go on. */
  private async rest(): Promise<void> {
    this.lease.stop();
    await this.parts.rig.release().catch(() => undefined);
    const { state, suspend } = this.store.get();
    // Without a page nobody could resume it: only what a passing condition holds goes on by itself.
    if (this.parts.config.unattended && state === "paused" && suspend?.held !== true) {
      this.store.move("fail");
      return;
    }
    this.store.patch({ stage: this.store.get().state === "safe" ? "dark" : "paused" });
    await this.store.until((s) => s.state !== "paused" && s.state !== "safe");
  }

  private budgetUsed(): boolean {
    return isBudgetUsed(this.parts.config, this.store.get(), this.steps.length, this.hold);
  }

  private goesOnHolding(): boolean {
    if (this.store.get().mode === "observe") return false;
    if (this.hold.tuneUntil !== null && this.steps.length >= this.hold.tuneUntil) {
      this.hold.holdAgain();
      this.hold.active = this.parts.config.afterBudget === "hold";
      this.carried = null;
      this.store.patch({ mode: "hold", stage: "holding" });
      this.store.emit({ type: "note", level: "info", message: "tuned again; holding the best settings" });
      return true;
    }
    if (this.parts.config.afterBudget !== "hold") return false;
    this.hold.active = true;
    this.carried = null;
    this.store.patch({ mode: "hold", stage: "holding" });
    const message = `the budget of ${this.parts.config.budget.steps ?? this.steps.length} steps is used; holding the best settings`;
    this.store.emit({ type: "note", level: "info", message });
    return true;
  }
}
