import type { LightState, RigEvent, RigFault } from "../../drivers/contract.js";
import { type Frame, type ScoreRecord, timestamp } from "../core/index.js";
import type { LeaseKeeper } from "../safety/index.js";
import { type FrameDesk, summarise } from "./frame-desk.js";
import type { Gatekeeper } from "./gatekeeper.js";
import { ObservedFrames } from "./observed-frames.js";
import type { SessionParts } from "./parts.js";
import { hasEnded } from "./run-state.js";
import type { SessionStore } from "./store.js";

/** Listens to what the rig says unasked: its state, faults, loss and return, and frames nobody asked for. */
export class RigWatch {
  private readonly observed = new ObservedFrames({
    full: (frame) => this.onFrame(frame),
    unscored: (frame) => this.keep(frame, notScored()),
    onError: (error) => {
      const message = `a frame was not kept: ${error.message}`;
      this.store.emit({ type: "note", level: "error", message });
    },
  });
  private newest = 0;
  private settling = false;

  constructor(
    private readonly parts: SessionParts,
    private readonly store: SessionStore,
    private readonly desk: FrameDesk,
    private readonly gate: Gatekeeper,
    private readonly lease: LeaseKeeper,
    /** E-stop by the daemon itself. */
    private readonly stop: (reason: string) => void,
  ) {}

  /** Once the light is off: frames that the record still lacks; null while the run goes on. */
  get unwritten(): number | null {
    return this.settling ? this.observed.left : null;
  }

  /** The light is off. Resolves when every frame that came is in the record. */
  async settled(): Promise<void> {
    this.settling = true;
    await this.parts.rig.settle?.();
    await this.observed.flush();
  }

  onEvent(event: RigEvent): void {
    const { store } = this;
    const rig = store.get().rig;
    switch (event.type) {
      case "state":
        store.patch({ rig: { ...rig, state: event.state, light: event.light } });
        this.onState(event.state, event.owner);
        this.onLight(event.light);
        return;
      case "progress":
        store.emit(event);
        return;
      case "frame":
        if (event.frame.origin === "request") void this.desk.score(event.frame);
        else if (!this.desk.seen(event.frame.id)) this.observed.put(event.frame);
        return;
      case "fault":
        store.patch({ rig: { ...rig, faults: [...rig.faults.slice(-19), event.fault] } });
        store.emit({ type: "note", level: "warn", message: `${event.fault.source}: ${event.fault.message}` });
        this.keepFault(event.fault);
        // Times of frames and leases are in doubt; nobody is there to look when unattended, and replies stay matched.
        if (event.fault.code === "CLOCK_JUMP" && !this.parts.config.unattended) {
          if (store.move("pause", { alert: event.fault.message })) this.gate.withdraw();
        }
        return;
      case "gap":
        store.emit({ type: "note", level: "warn", message: `${event.missed} messages of the rig were lost` });
        return;
      case "lost":
        // What is not known to be off is shown as it was last seen, unconfirmed.
        store.patch({
          rig: { ...rig, state: "lost", light: rig.light.map((l) => ({ ...l, confirmed: false })) },
        });
        this.onLost(`the rig is lost: ${event.reason}`);
        return;
      case "found":
        this.refresh();
        return;
      case "restarted":
        this.onLost("the rig was started anew; its regions are void");
        this.refresh();
        return;
    }
  }

  /** Faults are facts of the run; one that cannot be written has been shown. */
  private keepFault(fault: RigFault): void {
    const { journal, run, clock, logger } = this.parts;
    journal
      .addEvent(run, { at: timestamp(clock), step: this.store.get().step, kind: "fault", data: fault })
      .catch((error: Error) => logger.warn({ error: error.message }, "a fault was not journalled"));
  }

  /** The rig went to `safe` by itself (its lease, a person at the rig): the run waits in the dark as well. */
  private onState(state: string, owner: string | undefined): void {
    if (state !== "safe" || hasEnded(this.store.get().state)) return;
    if (this.parts.config.mode === "observe" || ["starting", "safe"].includes(this.store.get().state)) return;
    this.lease.stop();
    const by = owner === undefined ? "its lease lapsed or somebody stopped it" : "it was stopped";
    if (this.store.move("panic", { alert: `the rig went dark: ${by}` })) this.gate.withdraw();
    if (this.parts.config.unattended) this.store.move("fail", { alert: `the rig went dark: ${by}` });
  }

  /** What a source gives is looked at too, not only what it was told: 5 % above its greatest power is no noise. */
  private onLight(light: readonly LightState[]): void {
    const { limits } = this.parts.sources;
    const beyond = light.find(
      (l) => l.on && l.powerMw > 1.05 * (limits[l.name]?.maxMw ?? Number.POSITIVE_INFINITY),
    );
    if (beyond === undefined || this.store.get().state === "safe" || hasEnded(this.store.get().state)) return;
    const text = `${beyond.name} gives ${beyond.powerMw} mW, more than its ${limits[beyond.name]?.maxMw} mW`;
    this.stop(text);
  }

  private onLost(alert: string): void {
    if (hasEnded(this.store.get().state)) return;
    this.lease.stop();
    this.gate.withdraw();
    this.store.move(this.parts.config.unattended ? "fail" : "trouble", { alert });
    this.parts.logger.warn({ alert }, "rig lost");
  }

  private refresh(): void {
    this.parts.rig
      .status()
      .then((status) => {
        const rig = this.store.get().rig;
        const { state, light, faults } = status;
        this.store.patch({ rig: { ...rig, state, light, faults } });
      })
      .catch((error: Error) => this.parts.logger.warn({ error: error.message }, "status not answered"));
  }

  /** A frame nobody asked for is scored and kept too. */
  private async onFrame(frame: Frame): Promise<void> {
    await this.keep(frame, await this.desk.score(frame));
  }

  private async keep(frame: Frame, score: ScoreRecord): Promise<void> {
    await this.parts.journal.addFrame(this.parts.run, { role: "extra", frame, score });
    this.store.emit({ type: "frame", frame: summarise(frame, null, null, score) });
    const { mode, step } = this.store.get();
    if (mode !== "observe") return;
    const { score: value, lower, upper, inDomain, reason } = score;
    const shown = {
      score: value,
      lower,
      upper,
      inDomain,
      ...(reason === undefined ? {} : { reason }),
      objectives: { quality: value },
      step: step + 1,
      settings: frame.settings,
      frames: { before: null, sted: frame.id, after: null },
    };
    // Frames of a backlog come after newer ones: they are counted, but what is shown stays the newest.
    const newest = frame.seq > this.newest;
    if (newest) this.newest = frame.seq;
    this.store.patch({ step: step + 1, ...(newest ? { last: shown } : {}) });
  }
}

function notScored(): ScoreRecord {
  const reason = "not scored: frames came faster than they can be scored";
  return { score: null, lower: null, upper: null, inDomain: false, foreground: 0, reason, ms: 0 };
}
