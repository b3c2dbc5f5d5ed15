import type {
  AcquireRequest,
  AcquireResult,
  LightState,
  Rig,
  RigEvent,
  RigInfo,
  RigState,
  RigStatus,
} from "../../drivers/contract.js";
import {
  type Approved,
  type Clock,
  type Frame,
  type Observation,
  type ParameterSpec,
  type Proposal,
  ProtocolError,
  type Region,
  type ScoreRecord,
  type Settings,
  silentLogger,
  systemClock,
} from "../../src/core/index.js";
import type { OptimiserPort, SessionParts } from "../../src/loop/index.js";
import { objectiveSpec } from "../../src/objectives/index.js";
import { EnvelopeKeeper, makeEnvelope } from "../../src/safety/index.js";
import { MemoryJournal } from "./memory-journal.js";

export const specs: readonly ParameterSpec[] = [
  { name: "depletionPowerMw", label: "Depletion power", unit: "mW", min: 0, max: 350, scale: "linear" },
  { name: "dwellTimeUs", label: "Dwell", unit: "µs", min: 1, max: 100, scale: "log" },
];

/** A rig without a wire: answers at once, remembers what it was told, fails when asked to. */
export class FakeRig implements Rig {
  readonly told: string[] = [];
  readonly exposed: Settings[] = [];
  state: RigState = "idle";
  /** Errors for the next acquisitions, one each. */
  failures: Error[] = [];
  /** While set, an acquisition waits for it (or for abort). */
  hold: Promise<void> | null = null;
  empty = false;
  private listeners = new Set<(event: RigEvent) => void>();
  private regions = 0;
  private frames = 0;
  private interrupt: ((error: Error) => void) | null = null;

  readonly info: RigInfo = {
    rig: { name: "fake", vendor: "test", model: "0", serial: "0" },
    server: { name: "fake", version: "0" },
    start: "s1",
    leaseMs: 3000,
    capabilities: {
      kinds: ["confocal", "sted"],
      parameters: specs,
      limits: {},
      channels: [],
      regions: "next",
      focus: false,
      progress: false,
      observe: true,
      concurrent: true,
    },
  };

  open = async (): Promise<RigInfo> => this.info;
  heartbeat = async (): Promise<void> => {
    this.told.push("heartbeat");
  };
  status = async (): Promise<RigStatus> => ({
    state: this.state,
    light: this.light(),
    faults: [],
    region: null,
  });
  region = async (): Promise<Region> => {
    this.told.push("region");
    return { id: `r${++this.regions}`, xUm: 0, yUm: 0, widthPx: 64, heightPx: 64, pixelSizeNm: 20 };
  };
  acquire = async (request: Approved<AcquireRequest>): Promise<AcquireResult> => {
    this.told.push(`acquire ${request.steps.map((s) => s.kind).join("+")}`);
    this.setState("acquiring");
    try {
      const failure = this.failures.shift();
      if (failure !== undefined) throw failure;
      const interrupted = new Promise<never>((_, reject) => {
        this.interrupt = reject;
      });
      interrupted.catch(() => undefined);
      if (this.hold !== null) await Promise.race([this.hold, interrupted]);
      for (const step of request.steps) this.exposed.push(step.settings);
      const frames = request.steps.map((step) =>
        this.frame(step.kind, step.settings, request.region ?? null),
      );
      return { frames, durationMs: 1 };
    } finally {
      this.interrupt = null;
      if (this.state === "acquiring") this.setState("idle");
    }
  };
  abort = async (): Promise<void> => {
    this.told.push("abort");
    this.interrupt?.(new ProtocolError("ABORTED", "aborted"));
  };
  safe = async (reason: string): Promise<readonly LightState[]> => {
    this.told.push(`safe ${reason}`);
    this.setState("safe");
    this.interrupt?.(new ProtocolError("ABORTED", "safe"));
    return this.light();
  };
  resume = async (): Promise<void> => {
    this.told.push("resume");
    this.setState("idle");
  };
  release = async (): Promise<void> => {
    this.told.push("release");
  };
  close = async (): Promise<void> => {
    this.told.push("close");
  };
  subscribe = (listener: (event: RigEvent) => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  send(event: RigEvent): void {
    for (const listener of this.listeners) listener(event);
  }
  frame(
    kind: Frame["kind"],
    settings: Settings,
    region: string | null,
    origin: Frame["origin"] = "request",
  ): Frame {
    const pixels = new Uint16Array(64 * 64);
    for (let i = 0; i < pixels.length; i++) pixels[i] = !this.empty && i % 64 < 16 ? 100 + this.frames : 1;
    const seq = ++this.frames;
    return {
      id: `s1-${seq}`,
      seq,
      kind,
      pixels,
      shape: [64, 64],
      pixelSizeNm: 20,
      settings,
      actual: settings,
      region,
      acquiredAt: "2026-01-01T00:00:00.000Z",
      rig: "fake",
      saturated: 0,
      origin,
    };
  }
  private light(): LightState[] {
    return [
      { name: "depletion", kind: "depletion", on: this.state === "acquiring", powerMw: 0, confirmed: true },
    ];
  }
  private setState(state: RigState): void {
    this.state = state;
    this.send({ type: "state", state, light: this.light() });
  }
}

/** Proposes 10, 20, 30… mW; knows what it was told. */
export class FakeOptimiser implements OptimiserPort {
  asked = 0;
  readonly told: Observation[] = [];
  readonly forgotten: Settings[] = [];
  ask = async (): Promise<Proposal> => {
    this.asked++;
    const settings = { depletionPowerMw: 10 * this.asked, dwellTimeUs: 10 };
    return {
      settings,
      why: { text: `number ${this.asked}`, expected: {}, uncertainty: {}, kind: "test" },
      work: 1,
    };
  };
  tell = async (observation: Observation): Promise<void> => {
    this.told.push(observation);
  };
  forget = async (settings: Settings): Promise<void> => {
    this.forgotten.push(settings);
  };
  best = async (): Promise<Settings | null> => this.told[0]?.settings ?? null;
  pareto = async () => ({
    evaluated: [],
    predicted: [{ settings: { depletionPowerMw: 77, dwellTimeUs: 5 }, objectives: {} }],
  });
  save = async (): Promise<unknown> => ({ asked: this.asked, told: this.told.length });
  load = async (state: unknown): Promise<void> => {
    this.asked = (state as { asked: number }).asked;
  };
}

export function makeParts(
  over: Partial<SessionParts["config"]> = {},
  clock: Clock = systemClock,
): SessionParts & { rig: FakeRig; optimiser: FakeOptimiser; journal: MemoryJournal } {
  const rig = new FakeRig();
  const limits = { depletionPowerMw: { max: 250 }, dwellTimeUs: { max: 100 } };
  const parameters = [
    { ...(specs[0] as ParameterSpec), max: 250 },
    { ...(specs[1] as ParameterSpec), min: 2, max: 50 },
  ];
  return {
    run: "run-1",
    rig,
    info: rig.info,
    scorer: {
      score: async (): Promise<ScoreRecord> => ({
        score: 0.5,
        lower: 0.4,
        upper: 0.6,
        inDomain: true,
        foreground: 0.25,
        ms: 1,
      }),
    },
    optimiser: new FakeOptimiser(),
    journal: new MemoryJournal(),
    envelope: new EnvelopeKeeper(makeEnvelope(limits, specs), { parameters: specs, limits: {} }, clock),
    sources: { limits: {}, driven: [] },
    config: {
      mode: "auto",
      gate: "off",
      fixed: {},
      confocal: { dwellTimeUs: 10 },
      operatorLeaseS: 600,
      budget: { steps: 3 },
      deadlinesS: { score: 30, fit: 30, commit: 15 },
      hold: { control: 5, onDrift: "pause", tuneSteps: 2 },
      holdSettings: null,
      unattended: false,
      adoption: "ask",
      afterBudget: "finish",
      ...over,
    },
    parameters,
    objectives: [{ name: "quality" }, { name: "bleaching" }].map((o) => objectiveSpec(o, parameters, {})),
    model: { name: "fake", engine: "none", notice: "" },
    clock,
    logger: silentLogger,
  };
}
