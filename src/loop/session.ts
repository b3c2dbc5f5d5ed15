import type { LightState } from "../../drivers/contract.js";
import { type Frame, type Settings, StedError, timestamp, toStedError } from "../core/index.js";
import { DoseAccount, LeaseKeeper, violation } from "../safety/index.js";
import { adopt, takeOver } from "./adopt.js";
import type { Mode, SessionEvent, SessionState, SessionView, StepSummary } from "./contract.js";
import { Exposure } from "./exposure.js";
import { FrameDesk } from "./frame-desk.js";
import { Gatekeeper } from "./gatekeeper.js";
import { initialState } from "./initial-state.js";
import { LightDesk } from "./light-desk.js";
import { MaintenanceDesk, type WantedMaintenance } from "./maintenance.js";
import type { SessionParts } from "./parts.js";
import type { Restored } from "./restore.js";
import { RigWatch } from "./rig-watch.js";
import { Runner } from "./runner.js";
import { SessionStore } from "./store.js";
import { Suspenders } from "./suspenders.js";

/** One run from its first to its last step, and everything an operator may do to it. */
export class Session implements SessionView {
  private readonly store: SessionStore;
  private readonly desk: FrameDesk;
  private readonly gate = new Gatekeeper();
  private readonly lease: LeaseKeeper;
  private readonly runner: Runner;
  private readonly service: MaintenanceDesk;
  /** What comes unasked; how much of it is still to be written, at the end. */
  readonly watch: RigWatch;
  private readonly suspenders: Suspenders;
  private readonly leave: () => void;
  private readonly startedMs: number;

  constructor(
    private readonly parts: SessionParts,
    from: Restored,
  ) {
    this.store = new SessionStore(initialState(parts, from), parts.clock);
    this.desk = new FrameDesk(parts.scorer);
    this.startedMs = parts.clock.monotonic();
    const stop = (reason: string): void => void this.panic(reason, "stedloop").catch(() => undefined);
    this.lease = new LeaseKeeper({
      leaseMs: parts.info.leaseMs,
      clock: parts.clock,
      logger: parts.logger,
      renew: () => parts.rig.heartbeat(),
      onWithheld: (reason) => stop(`lease withheld: ${reason}`),
    });
    const light = new LightDesk(parts, this.store, this.lease, new DoseAccount(from.spent));
    const exposure = new Exposure(parts, this.store, this.desk, this.lease, light);
    this.runner = new Runner(parts, this.store, exposure, this.gate, this.lease, from);
    this.service = new MaintenanceDesk(parts, this.store);
    this.watch = new RigWatch(parts, this.store, this.desk, this.gate, this.lease, stop);
    this.suspenders = new Suspenders(parts, this.store, this.gate);
    this.leave = parts.rig.subscribe((event) => this.watch.onEvent(event));
  }

  /** Runs to the end. Resolves with the last state; the light is off then. */
  async run(): Promise<SessionState> {
    const minutes = this.parts.clock.every(5000, () => this.countMinutes(), { background: true });
    try {
      await this.begin();
      await this.runner.run();
    } catch (thrown) {
      this.store.move("fail", { alert: toStedError(thrown).line });
    } finally {
      minutes.cancel();
      this.lease.stop();
      await this.goDark();
      await this.watch.settled();
      const { journal, run, clock } = this.parts;
      const outcome = this.store.get().state === "finished" ? "finished" : "aborted";
      await journal.endRun(run, outcome, timestamp(clock)).catch(() => undefined);
    }
    return this.store.get();
  }

  /**
   * Looks at the rig before anything moves. Starting a run by hand is an operator's act: it may leave a `safe`, also
   * the one that a dead daemon's lease is about to end in (the rig's driver waits that out).
   */
  private async begin(): Promise<void> {
    const { rig, config } = this.parts;
    let asked = await adopt(this.parts, this.store);
    if (config.mode !== "observe" && asked === null) asked = await takeOver(this.parts);
    const { state, light, faults } = await rig.status();
    this.store.move("ready", { rig: { ...this.store.get().rig, state, light, faults } });
    if (asked !== null) this.store.move("pause", { alert: asked });
  }

  close(): void {
    this.leave();
    this.service.close();
    this.suspenders.close();
    this.lease.stop();
    this.store.close();
  }

  state(): SessionState {
    return this.store.get();
  }
  since(seq: number): readonly SessionEvent[] | null {
    return this.store.since(seq);
  }
  subscribe(listener: (event: SessionEvent) => void): () => void {
    const subscription = this.store.events.subscribe(listener);
    return () => subscription.unsubscribe();
  }
  steps(): readonly StepSummary[] {
    return this.runner.completed();
  }
  async frame(id: string): Promise<Frame | null> {
    return this.desk.recall(id) ?? (await this.parts.journal.reader.frame(this.parts.run, id));
  }

  async approve(proposal: string, by: string): Promise<void> {
    this.gate.approve(proposal);
    await this.note("approve", { proposal }, by);
  }
  async reject(proposal: string, by: string): Promise<void> {
    this.gate.reject(proposal);
    await this.note("reject", { proposal }, by);
  }
  async edit(proposal: string, settings: Settings, by: string): Promise<void> {
    const names = new Set(this.parts.parameters.map((p) => p.name));
    const unknown = Object.keys(settings).find((name) => !names.has(name));
    if (unknown !== undefined)
      throw new StedError("BAD_PARAMS", `'${unknown}' is not one of this run's settings`);
    const whole = { ...this.store.get().proposal?.settings, ...settings };
    const refused = violation(whole, this.parts.envelope);
    if (refused !== null) throw refused;
    this.gate.edit(proposal, whole);
    await this.note("edit", { proposal, settings: whole }, by);
  }
  async choose(proposal: string, option: number, by: string): Promise<void> {
    this.gate.choose(proposal, option);
    await this.note("choose", { proposal, option }, by);
  }
  async setMode(mode: Mode, by: string): Promise<void> {
    const observeOnly = this.parts.info.capabilities.parameters.length === 0;
    if (observeOnly && mode !== "observe") {
      throw new StedError("UNSUPPORTED", "this rig can only be observed");
    }
    await this.note("mode", { mode }, by);
    this.store.patch({ mode });
    this.gate.withdraw();
  }
  async pause(by: string): Promise<void> {
    this.need("pause", this.store.move("pause", { alert: null }));
    this.gate.withdraw();
    await this.note("pause", {}, by);
  }
  async resume(by: string): Promise<void> {
    await this.note("resume", {}, by);
    // A rig that drives its light itself has latched what went wrong: this is the person's look at it.
    if (this.store.get().state === "safe" || this.ownsLight) await this.parts.rig.resume();
    this.need("go on", this.store.move("resume", { alert: null }));
  }
  async skip(by: string): Promise<void> {
    this.runner.skipAsked = true;
    await this.note("skip", {}, by);
    if (this.store.get().rig.state === "acquiring") await this.parts.rig.abort();
  }
  async repeat(by: string): Promise<void> {
    const last = this.runner.completed().at(-1);
    if (last === undefined) throw new StedError("NOTHING_TO_REPEAT", "no step has been taken yet");
    const { settings } = last;
    this.runner.proposer.again = Object.fromEntries(
      this.parts.parameters.map(({ name }) => [name, settings[name] as number]),
    );
    await this.note("repeat", { step: last.step }, by);
  }
  async stop(by: string): Promise<void> {
    this.need("stop", this.store.move("stop", { stage: "ending after this step" }));
    this.gate.withdraw();
    await this.note("stop", {}, by);
  }
  async abort(by: string): Promise<void> {
    const moved = this.store.move("abort", { stage: "ended by hand" });
    this.gate.withdraw();
    await this.parts.rig.abort().catch(() => undefined);
    if (moved) await this.note("abort", {}, by);
  }
  async beginMaintenance(wanted: WantedMaintenance, by: string): Promise<void> {
    await this.note("maintenance", this.service.begin(wanted, by), by);
  }
  async endMaintenance(by: string): Promise<void> {
    this.service.end();
    await this.note("maintenance", { ended: true }, by);
  }
  /** An unattended run ends here, also when the rig does not answer or the journal cannot be written. */
  async panic(reason: string, by: string): Promise<readonly LightState[]> {
    this.store.move("panic", { alert: `light is off: ${reason}`, stage: "going dark" });
    this.gate.withdraw();
    this.lease.stop();
    try {
      const light = await this.parts.rig.safe(reason);
      this.store.patch({ rig: { ...this.store.get().rig, state: "safe", light } });
      await this.note("panic", { reason }, by);
      return light;
    } finally {
      if (this.parts.config.unattended) this.store.move("fail");
    }
  }

  /** Dark at the end: off, let go, and say so when the rig did not confirm it. */
  private async goDark(): Promise<void> {
    const { rig, logger } = this.parts;
    try {
      if (this.parts.config.mode === "observe") return;
      if (this.store.get().rig.state === "lost" && !this.ownsLight) {
        logger.error({}, "the rig is lost: its own lease has put the light out, or will; not confirmed");
        return;
      }
      const { state } = await rig.status();
      if (state === "acquiring") await rig.safe("the run has ended");
      await rig.release();
      const status = await rig.status();
      this.store.patch({ rig: { ...this.store.get().rig, state: status.state, light: status.light } });
      const lit = status.light.filter((l) => l.on);
      if (lit.length > 0) await rig.safe("light still on at the end");
    } catch (thrown) {
      logger.error(
        { error: toStedError(thrown).line },
        "could not confirm dark; the rig's own lease ends the light",
      );
    }
  }

  /** Light that the daemon drives itself is put out whether or not the scanner answers. */
  private get ownsLight(): boolean {
    return this.parts.info.capabilities.ownLight === true;
  }

  private need(what: string, moved: boolean): void {
    if (!moved) throw new StedError("NOT_NOW", `cannot ${what} while the run is ${this.store.get().state}`);
  }

  private async note(kind: string, data: object, by: string): Promise<void> {
    const { parts, store } = this;
    const event = { at: timestamp(parts.clock), step: store.get().step, kind, data: { ...data, by } };
    await parts.journal.addEvent(parts.run, event);
  }

  private countMinutes(): void {
    const minutesUsed = (this.parts.clock.monotonic() - this.startedMs) / 60_000;
    this.store.patch({ budget: { ...this.store.get().budget, minutesUsed } });
  }
}
