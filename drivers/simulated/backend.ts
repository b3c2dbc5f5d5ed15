/** The simulated microscope as a rig server's backend: a scan that takes its time, light that is on only while it scans. */
import { type Clock, ProtocolError, type Region, type Settings, systemClock } from "../../src/core/index.js";
import type {
  AcquireStep,
  BackendEvent,
  ExposeContext,
  ExposedFrame,
  LightState,
  RegionMove,
  RigBackend,
  RigFault,
} from "../contract.js";
import { spoilFrame } from "./faults/frame-faults.js";
import { FaultPlan } from "./faults/plan.js";
import { exposeField, type FrameJob, renderScan } from "./frame/render.js";
import { SimulatedLights } from "./lights.js";
import { frameMs, frameOverheadMs, moveMs, type SimulatedOptions } from "./options.js";
import { checkSettings, parameters } from "./parameters.js";
import { regionPx } from "./places.js";
import { SimulatedStage } from "./stage.js";

/** Between two looks at the abort signal and two progress reports. */
const tickMs = 40;
const interlockS = 5;

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Does something to all of them, a few at a time. */
async function unhurried<T>(items: readonly T[], work: (item: T) => void): Promise<void> {
  for (const [i, item] of items.entries()) {
    work(item);
    if (i % 8 === 7) await breathe();
  }
}

/** A rig whose `faultPlan` decides what goes wrong; the wire's part of it is `startFaultyWire`. */
export interface SimulatedBackend extends RigBackend {
  readonly faultPlan: FaultPlan;
}

export function createSimulatedBackend(options: SimulatedOptions): SimulatedBackend {
  return new Backend(options);
}

class Backend implements SimulatedBackend {
  readonly faultPlan: FaultPlan;
  readonly identity;
  readonly capabilities: RigBackend["capabilities"] = {
    kinds: ["confocal", "sted"],
    parameters,
    limits: {},
    channels: ["excitation-635", "depletion-750"],
    regions: "stage",
    focus: false,
    progress: true,
    observe: true,
    concurrent: true,
  };
  private readonly stage: SimulatedStage;
  private readonly lights: SimulatedLights;
  private readonly clock: Clock;
  private readonly timeScale: number;
  private readonly listeners = new Set<(event: BackendEvent) => void>();
  private running: AbortController | null = null;
  private delivered: ExposedFrame | null = null;
  private trippedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: SimulatedOptions) {
    this.clock = options.clock ?? systemClock;
    const start = this.clock.monotonic();
    this.faultPlan = new FaultPlan({
      entries: options.faults ?? [],
      seed: options.seed,
      elapsedS: () => (this.clock.monotonic() - start) / 1000,
      ...(options.onFault === undefined ? {} : { onFault: options.onFault }),
    });
    this.stage = new SimulatedStage(options, this.faultPlan);
    this.lights = new SimulatedLights(() => this.tell({ type: "light" }));
    this.timeScale = options.timeScale ?? 1;
    this.identity = {
      name: "simulated",
      vendor: "stedloop",
      model: `simulated STED, ${options.structure}`,
      serial: `seed-${options.seed}`,
    };
  }

  current(): Region | null {
    return this.stage.current();
  }

  async region(move: RegionMove): Promise<Region> {
    const place = this.stage.move(move);
    await this.wait(moveMs, new AbortController().signal);
    // Molecules are made a few at a time, so that the rig answers meanwhile.
    await unhurried(this.stage.bundles(), (bundle) => bundle.molecules);
    await unhurried(this.stage.idle(), (bundle) => bundle.rest());
    return place;
  }

  async expose(step: AcquireStep, context: ExposeContext): Promise<ExposedFrame> {
    checkSettings(step.settings);
    const { widthPx, heightPx } = context;
    if (!(widthPx >= 1 && widthPx <= regionPx && heightPx >= 1 && heightPx <= regionPx)) {
      throw new ProtocolError("OUT_OF_RANGE", `window ${widthPx}x${heightPx} px is outside 1..${regionPx}`);
    }
    const region = this.current() ?? (await this.region({ move: "next" }));
    const own = new AbortController();
    this.running = own;
    const signal = AbortSignal.any([context.signal, own.signal]);
    try {
      this.faultPlan.begin("frame");
      const tripped = this.faultPlan.strikes("interlock");
      const job = this.stage.job(step, region, widthPx, heightPx);
      const lit = tripped ? { ...job, scan: { ...job.scan, excitationW: 0, depletionW: 0 } } : job;
      const rows = await this.scan(step, context, signal, tripped);
      this.lights.off();
      if (rows < heightPx) this.abandon(lit, rows);
      const taken = this.take(step, region, lit);
      const frame = spoilFrame(this.faultPlan, taken, this.delivered);
      this.delivered = taken;
      if (tripped) this.trip();
      if (this.faultPlan.strikes("operator-frame")) this.operatorFrame(region);
      return frame;
    } finally {
      this.lights.off();
      if (this.running === own) this.running = null;
    }
  }

  scanMs(settings: Settings, widthPx: number, heightPx: number): number {
    return frameMs(settings, widthPx, heightPx) * this.timeScale;
  }

  light(): readonly LightState[] {
    return this.lights.states();
  }

  faults(): readonly RigFault[] {
    return this.clock.monotonic() < this.trippedUntilMs ? [interlock] : [];
  }

  async dark(): Promise<readonly LightState[]> {
    this.running?.abort();
    this.lights.off();
    return this.lights.states();
  }

  subscribe(listener: (event: BackendEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.dark();
    await this.dark();
    this.listeners.clear();
  }

  /** Lets the beam run down the rows in its time. @returns rows scanned before the signal, all of them without one */
  private async scan(
    step: AcquireStep,
    context: ExposeContext,
    signal: AbortSignal,
    tripped: boolean,
  ): Promise<number> {
    const { heightPx } = context;
    const stalls = this.faultPlan.strikes("scan-stall");
    await this.wait(frameOverheadMs, signal);
    if (signal.aborted) return 0;
    const { excitationPowerUw = 0, depletionPowerMw = 0 } = step.settings;
    if (!tripped) this.lights.on(excitationPowerUw / 1000, step.kind === "confocal" ? 0 : depletionPowerMw);
    if (this.faultPlan.strikes("laser-stuck-on")) this.lights.stick();
    const lineMs = (frameMs(step.settings, context.widthPx, heightPx) - frameOverheadMs) / heightPx;
    const scaled = lineMs * this.timeScale;
    const perTick = scaled > 0 ? Math.max(1, Math.round(tickMs / scaled)) : Math.ceil(heightPx / 4);
    for (let row = 0; row < heightPx; ) {
      const lines = Math.min(perTick, heightPx - row);
      const began = this.clock.monotonic();
      await this.wait(lines * lineMs, signal);
      if (stalls && row > heightPx / 3) await aborted(signal);
      if (signal.aborted) {
        const share = scaled > 0 ? (this.clock.monotonic() - began) / (lines * scaled) : 0;
        return row + Math.min(lines - 1, Math.floor(share * lines));
      }
      row += lines;
      context.onLine?.(row, heightPx);
    }
    return heightPx;
  }

  /** What was scanned is bleached although nobody gets to see it. */
  private abandon(job: FrameJob, rows: number): never {
    if (rows > 0) exposeField({ ...job, scan: { ...job.scan, heightPx: rows } });
    throw new ProtocolError("ABORTED", "acquisition aborted", { data: { retryable: true } });
  }

  private take(step: AcquireStep, region: Region, job: FrameJob): ExposedFrame {
    const made = renderScan(job);
    const { heightPx, widthPx } = job.scan;
    const depletionPowerMw = step.kind === "confocal" ? 0 : (step.settings.depletionPowerMw ?? 0);
    const { excitationPowerUw = 0 } = step.settings;
    const read = (set: number): number =>
      this.stage.steady ? set : Number((set * (1 + 0.001 * job.photons.normal())).toPrecision(5));
    return {
      pixels: made.pixels,
      shape: [heightPx, widthPx],
      pixelSizeNm: region.pixelSizeNm,
      actual: {
        ...step.settings,
        depletionPowerMw: read(depletionPowerMw),
        excitationPowerUw: read(excitationPowerUw),
      },
      saturated: made.saturated,
    };
  }

  /** A confocal that nobody asked for over the wire: quickly taken, told as an event. */
  private operatorFrame(region: Region): void {
    const settings = { excitationPowerUw: 5, dwellTimeUs: 5, lineRepeats: 1, depletionPowerMw: 0 };
    const step = { kind: "confocal", settings } as const;
    const frame = this.take(step, region, this.stage.job(step, region, regionPx, regionPx));
    this.tell({ type: "frame", kind: "confocal", settings, frame, origin: "operator" });
  }

  private trip(): void {
    this.trippedUntilMs = this.clock.monotonic() + 1000 * this.faultPlan.durationS("interlock", interlockS);
    this.tell({ type: "fault", fault: interlock });
  }

  private async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.timeScale > 0) await this.clock.sleep(ms * this.timeScale, signal);
    else await breathe();
  }

  private tell(event: BackendEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

const interlock: RigFault = {
  code: "INTERLOCK",
  message: "the laser interlock is open",
  source: "depletion-750",
};

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
