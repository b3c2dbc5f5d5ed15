import type { LightState } from "../../drivers/contract.js";
import {
  type Frame,
  RandomStream,
  SafetyTrip,
  type ScoreRecord,
  type Settings,
  StedError,
  type TradeOff,
} from "../../src/core/index.js";
import type {
  FrameSummary,
  Mode,
  SessionEvent,
  SessionState,
  SessionView,
  StepSummary,
} from "../../src/loop/index.js";
import { fakeFrame } from "./fake-frames.js";
import { fakeStart } from "./fake-state.js";

type Unnumbered = SessionEvent extends infer E ? (E extends unknown ? Omit<E, "seq" | "at"> : never) : never;

/** A session without rig, model or optimiser, moved by the test: the server cannot tell it from a real one. */
export class FakeSession implements SessionView {
  private current: SessionState;
  private readonly buffer: SessionEvent[] = [];
  private readonly listeners = new Set<(event: SessionEvent) => void>();
  private readonly frames = new Map<string, Frame>();
  private readonly done: StepSummary[] = [];
  private readonly chance: RandomStream;
  private frameSeq = 0;
  private proposals = 0;
  /** What was asked for, by whom: "approve p1 local". */
  readonly asked: string[] = [];
  /** Set to make `panic` fail as a rig that does not answer. */
  panicFails: StedError | null = null;

  constructor(
    private readonly options: {
      readonly mode?: Mode;
      readonly seed?: number;
      readonly bufferLength?: number;
      readonly sizePx?: number;
    } = {},
  ) {
    this.chance = RandomStream.of(options.seed ?? 1, "fake");
    this.current = fakeStart(options.mode ?? "assist");
  }

  state(): SessionState {
    return this.current;
  }
  since(seq: number): readonly SessionEvent[] | null {
    const first = this.buffer[0]?.seq ?? this.current.seq + 1;
    return seq + 1 < first ? null : this.buffer.filter((event) => event.seq > seq);
  }
  subscribe(listener: (event: SessionEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  get watchers(): number {
    return this.listeners.size;
  }
  steps(): readonly StepSummary[] {
    return this.done;
  }
  async frame(id: string): Promise<Frame | null> {
    return this.frames.get(id) ?? null;
  }

  async approve(proposal: string, by: string): Promise<void> {
    this.decide(proposal, `approve ${proposal} ${by}`);
  }
  async reject(proposal: string, by: string): Promise<void> {
    this.decide(proposal, `reject ${proposal} ${by}`);
  }
  async edit(proposal: string, settings: Settings, by: string): Promise<void> {
    for (const [name, value] of Object.entries(settings)) {
      const spec = this.current.parameters.find((p) => p.name === name);
      if (spec === undefined || value < spec.min || value > spec.max) {
        throw new SafetyTrip("OUTSIDE_ENVELOPE", `${name} = ${value} is outside its limits`, {
          hint: "choose a value inside",
        });
      }
    }
    this.decide(proposal, `edit ${proposal} ${JSON.stringify(settings)} ${by}`, settings);
  }
  async choose(proposal: string, option: number, by: string): Promise<void> {
    const chosen = this.current.proposal?.options[option];
    if (chosen === undefined) throw new StedError("OPTION_UNKNOWN", `there is no option ${option}`);
    this.decide(proposal, `choose ${proposal} ${option} ${by}`, chosen.settings);
  }
  async setMode(mode: Mode, by: string): Promise<void> {
    this.asked.push(`mode ${mode} ${by}`);
    this.patch({ mode });
  }
  async pause(by: string): Promise<void> {
    this.move(["running", "waiting"], "paused", `pause ${by}`, "paused by you");
  }
  async resume(by: string): Promise<void> {
    this.move(["paused", "safe"], "running", `resume ${by}`, "scanning");
    this.patch({ rig: { ...this.current.rig, state: "idle" }, alert: null });
  }
  async skip(by: string): Promise<void> {
    this.asked.push(`skip ${by}`);
    this.patch({ skipped: this.current.skipped + 1 });
  }
  async repeat(by: string): Promise<void> {
    this.asked.push(`repeat ${by}`);
  }
  async stop(by: string): Promise<void> {
    this.move(["running", "waiting", "paused", "safe"], "stopping", `stop ${by}`, "ending after this step");
  }
  async abort(by: string): Promise<void> {
    this.asked.push(`abort ${by}`);
    this.patch({ state: "aborted", stage: "ended by hand", proposal: null });
  }
  async beginMaintenance(wanted: { minutes: number }, by: string): Promise<void> {
    this.asked.push(`maintenance ${wanted.minutes} ${by}`);
  }
  async endMaintenance(by: string): Promise<void> {
    this.asked.push(`maintenance ended ${by}`);
  }
  async panic(reason: string, by: string): Promise<readonly LightState[]> {
    this.asked.push(`panic ${reason} ${by}`);
    if (this.panicFails !== null) throw this.panicFails;
    const light = this.current.rig.light.map((l) => ({ ...l, on: false, powerMw: 0, confirmed: true }));
    this.patch({
      state: "safe",
      stage: "dark",
      alert: `light is off: ${reason}`,
      proposal: null,
      rig: { ...this.current.rig, state: "safe", light },
    });
    return light;
  }

  /** Changes the state and tells everybody. */
  patch(patch: Partial<SessionState>): void {
    this.tell({ type: "state", patch });
  }
  note(level: "info" | "warn" | "error", message: string): void {
    this.tell({ type: "note", level, message });
  }
  lights(on: boolean, power = 0): void {
    const light = this.current.rig.light.map((l) =>
      l.kind === "depletion" ? { ...l, on, powerMw: on ? power : 0 } : { ...l, on, powerMw: on ? 0.008 : 0 },
    );
    this.patch({ rig: { ...this.current.rig, state: on ? "acquiring" : "idle", light } });
  }
  randomSettings(): Settings {
    return {
      depletionPowerMw: Math.round(this.chance.between(5, 245)),
      excitationPowerUw: Math.round(this.chance.between(10, 140)) / 10,
      dwellTimeUs: Math.round(Math.exp(this.chance.between(Math.log(2), Math.log(50))) * 10) / 10,
    };
  }
  /** Opens a proposal with `options` trade-offs and waits for the operator. */
  propose(options = 3): string {
    const id = `p${++this.proposals}`;
    const settings = this.randomSettings();
    const predicted = (s: Settings): Record<string, number> => valuesOf(s, 0);
    const choices: TradeOff[] = Array.from({ length: options }, () => {
      const s = this.randomSettings();
      return {
        settings: s,
        objectives: predicted(s),
        sd: { quality: 0.06, bleaching: 0.05, pixelTimeUs: 0 },
      };
    });
    const why = {
      text: "Less depletion power: bleaching should fall by about 0.12 at nearly the same quality.",
      expected: predicted(settings),
      uncertainty: { quality: 0.05, bleaching: 0.04, pixelTimeUs: 0 },
      kind: "exploits",
    };
    const step = this.current.step + 1;
    const proposal = { id, step, settings, why, options: choices, until: null };
    this.patch({ state: "waiting", stage: "waiting for you", proposal });
    return id;
  }
  /** Three frames and their result, as a run would tell them. */
  takeStep(settings: Settings = this.randomSettings()): StepSummary {
    const step = this.current.step + 1;
    const region = `r${step}`;
    const why = { text: "Spread-out start.", expected: {}, uncertainty: {}, kind: "initial design" };
    this.patch({ state: "running", stage: "exposing", proposal: null, current: { step, settings, why } });
    this.lights(true, settings.depletionPowerMw);
    const values = valuesOf(settings, 0.04 * this.chance.normal());
    const quality = values.quality as number;
    const ids = (["before", "sted", "after"] as const).map((role) =>
      this.emitFrame(role, step, settings, quality),
    );
    this.lights(false);
    const score = recordOf(quality);
    const summary: StepSummary = {
      step,
      at: new Date(Date.UTC(2026, 0, 5, 9, step)).toISOString(),
      region,
      settings,
      actual: settings,
      why,
      by: "auto",
      objectives: Object.fromEntries(
        Object.entries(values).map(([name, value]) => [
          name,
          { value, unit: name === "pixelTimeUs" ? "µs" : "1" },
        ]),
      ),
      score,
      frames: { before: ids[0] ?? null, sted: ids[1] ?? null, after: ids[2] ?? null },
    };
    this.done.push(summary);
    this.tell({ type: "step", step: summary });
    const { ms: _, foreground: __, ...shown } = score;
    this.patch({
      step,
      last: { ...shown, objectives: values, step, settings, frames: summary.frames },
      budget: { ...this.current.budget, doseUj: this.current.budget.doseUj + 1.5, minutesUsed: step * 0.2 },
    });
    return summary;
  }
  /** A frame made beforehand, told under a new id: for many a second. */
  retell(frame: Frame, quality: number): void {
    const id = `f${++this.frameSeq}`;
    this.keep({ ...frame, id });
    const { kind, shape, pixelSizeNm, acquiredAt, saturated, settings } = frame;
    const score = recordOf(quality);
    const place = { role: null, step: null } as const;
    this.tell({
      type: "frame",
      frame: { id, kind, ...place, shape, pixelSizeNm, settings, acquiredAt, saturated, score },
    });
  }
  emitFrame(role: FrameSummary["role"], step: number | null, settings: Settings, quality: number): string {
    const id = `f${++this.frameSeq}`;
    const kind = role === "sted" ? "sted" : "confocal";
    const shown = kind === "sted" ? settings : { excitationPowerUw: 10, dwellTimeUs: 10, lineRepeats: 1 };
    const frame = fakeFrame(id, this.frameSeq, kind, shown, `r${step ?? 0}`, {
      ...(this.options.sizePx === undefined ? {} : { sizePx: this.options.sizePx }),
      fade: role === "after" ? 0.7 : 1,
    });
    this.keep(frame);
    const { shape, pixelSizeNm, acquiredAt, saturated } = frame;
    const score = recordOf(kind === "sted" ? quality : 0.18);
    const summary = {
      id,
      kind,
      role,
      step,
      shape,
      pixelSizeNm,
      settings: shown,
      acquiredAt,
      saturated,
      score,
    } as const;
    this.tell({ type: "frame", frame: summary });
    return id;
  }

  private keep(frame: Frame): void {
    this.frames.set(frame.id, frame);
    while (this.frames.size > 60) this.frames.delete(this.frames.keys().next().value as string);
  }
  private decide(proposal: string, said: string, settings?: Settings): void {
    const open = this.current.proposal;
    if (open === null || open.id !== proposal) {
      throw new StedError("PROPOSAL_GONE", "that proposal is no longer open", {
        hint: "look at the current one",
      });
    }
    this.asked.push(said);
    const taken = { step: open.step, settings: settings ?? open.settings, why: open.why };
    this.patch({ state: "running", stage: "exposing", proposal: null, current: taken });
  }
  private move(from: readonly string[], to: SessionState["state"], said: string, stage: string): void {
    if (!from.includes(this.current.state)) {
      throw new StedError("NOT_NOW", `not possible while the run is ${this.current.state}`);
    }
    this.asked.push(said);
    this.patch({ state: to, stage });
  }
  private tell(unnumbered: Unnumbered): void {
    const seq = this.current.seq + 1;
    const at = new Date(Date.UTC(2026, 0, 5, 9, 0, 0, seq)).toISOString();
    const event = { ...unnumbered, seq, at } as SessionEvent;
    const patch = event.type === "state" ? event.patch : {};
    this.current = { ...this.current, ...patch, seq, at };
    this.buffer.push(event);
    while (this.buffer.length > (this.options.bufferLength ?? 2000)) this.buffer.shift();
    for (const listener of this.listeners) listener(event);
  }
}

function valuesOf(settings: Settings, noise: number): Record<string, number> {
  const power = (settings.depletionPowerMw ?? 0) / 250;
  const light = ((settings.dwellTimeUs ?? 10) * (settings.excitationPowerUw ?? 5)) / 200;
  const quality = Math.min(
    0.98,
    Math.max(0.02, 0.9 * (1 - Math.exp(-4 * power)) * (1 - Math.exp(-3 * light)) + noise),
  );
  const bleaching = Math.min(0.97, 0.05 + 0.55 * power + 0.25 * light + 0.5 * Math.abs(noise));
  return { quality, bleaching, pixelTimeUs: settings.dwellTimeUs ?? 10 };
}
function recordOf(quality: number): ScoreRecord {
  const lower = Math.max(0, quality - 0.08);
  const upper = Math.min(1, quality + 0.08);
  return { score: quality, lower, upper, inDomain: quality > 0.1, foreground: 0.3, ms: 12 };
}
