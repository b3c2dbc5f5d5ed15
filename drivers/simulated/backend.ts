/** The simulated microscope as a rig server's backend: a scan that takes its time, light that is on only while it scans. */
import {
  type Clock,
  ProtocolError,
  RandomStream,
  type Region,
  type Settings,
  systemClock,
} from "../../src/core/index.js";
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
import { exposeField, type FrameJob, renderScan, scanOf } from "./frame/render.js";
import { frameMs, frameOverheadMs, type SimulatedOptions } from "./options.js";
import { checkSettings, parameters } from "./parameters.js";
import { anchorMicroscope, type Microscope, rigMicroscope } from "./physics/profile.js";
import { Places, regionPx, stagePlace, windowOrigin } from "./places.js";
import { inFocusSlices } from "./sample/field.js";
import { MoleculeField } from "./sample/molecule-field.js";
import { World } from "./sample/world.js";

/** Between two looks at the abort signal and two progress reports. */
const tickMs = 40;

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function createSimulatedBackend(options: SimulatedOptions): RigBackend {
  return new SimulatedBackend(options);
}

class SimulatedBackend implements RigBackend {
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
  private readonly world: World;
  private readonly places: Places;
  private readonly microscope: Microscope;
  private readonly slices: number;
  private readonly clock: Clock;
  private readonly timeScale: number;
  private readonly listeners = new Set<(event: BackendEvent) => void>();
  private place: Region | null = null;
  private nextIndex: number;
  private stageMoves = 0;
  private exposures = 0;
  private excitationMw = 0;
  private depletionMw = 0;
  private running: AbortController | null = null;

  constructor(private readonly options: SimulatedOptions) {
    const anchor = options.mode === "anchor";
    this.world = new World(options.structure, options.seed);
    this.places = new Places(this.world);
    this.microscope = anchor ? anchorMicroscope(options.dye) : rigMicroscope(options.dye);
    this.slices = anchor ? 1 : inFocusSlices;
    this.clock = options.clock ?? systemClock;
    this.timeScale = options.timeScale ?? 1;
    this.nextIndex = options.firstRegion ?? 0;
    this.identity = {
      name: "simulated",
      vendor: "stedloop",
      model: `simulated STED, ${options.structure}`,
      serial: `seed-${options.seed}`,
    };
  }

  current(): Region | null {
    return this.place;
  }

  async region(move: RegionMove): Promise<Region> {
    const place =
      "move" in move
        ? this.places.next(this.nextIndex++)
        : stagePlace(`s${this.stageMoves + 1}`, move.xUm, move.yUm);
    if (!("move" in move)) this.stageMoves++;
    this.place = place;
    this.exposures = 0;
    await this.prepare(place);
    return place;
  }

  async expose(step: AcquireStep, context: ExposeContext): Promise<ExposedFrame> {
    checkSettings(step.settings);
    const { widthPx, heightPx } = context;
    if (!(widthPx >= 1 && widthPx <= regionPx && heightPx >= 1 && heightPx <= regionPx)) {
      throw new ProtocolError("OUT_OF_RANGE", `window ${widthPx}x${heightPx} px is outside 1..${regionPx}`);
    }
    const region = this.place ?? (await this.region({ move: "next" }));
    const own = new AbortController();
    this.running = own;
    const signal = AbortSignal.any([context.signal, own.signal]);
    const job = this.job(step, region, widthPx, heightPx);
    try {
      const rows = await this.scan(step, context, signal);
      this.switchOff();
      if (rows < heightPx) {
        // What was scanned is bleached although nobody gets to see it.
        if (rows > 0) exposeField({ ...job, scan: { ...job.scan, heightPx: rows } });
        throw new ProtocolError("ABORTED", "acquisition aborted", { data: { retryable: true } });
      }
      const frame = renderScan(job);
      const depletionPowerMw = step.kind === "confocal" ? 0 : (step.settings.depletionPowerMw ?? 0);
      return {
        pixels: frame.pixels,
        shape: [heightPx, widthPx],
        pixelSizeNm: region.pixelSizeNm,
        actual: { ...step.settings, depletionPowerMw },
        saturated: frame.saturated,
      };
    } finally {
      this.switchOff();
      if (this.running === own) this.running = null;
    }
  }

  scanMs(settings: Settings, widthPx: number, heightPx: number): number {
    return frameMs(settings, widthPx, heightPx) * this.timeScale;
  }

  light(): readonly LightState[] {
    const source = (name: string, kind: LightState["kind"], powerMw: number): LightState => ({
      name,
      kind,
      on: powerMw > 0,
      powerMw,
      confirmed: true,
    });
    return [
      source("excitation-635", "excitation", this.excitationMw),
      source("depletion-750", "depletion", this.depletionMw),
    ];
  }

  faults(): readonly RigFault[] {
    return [];
  }

  async dark(): Promise<readonly LightState[]> {
    this.running?.abort();
    this.switchOff();
    return this.light();
  }

  subscribe(listener: (event: BackendEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.dark();
    this.listeners.clear();
  }

  /** Lets the beam run down the rows in its time. @returns rows scanned before the signal, all of them without one */
  private async scan(step: AcquireStep, context: ExposeContext, signal: AbortSignal): Promise<number> {
    const { heightPx } = context;
    await this.wait(frameOverheadMs, signal);
    if (signal.aborted) return 0;
    this.switchOn(step);
    const lineMs =
      (frameMs(step.settings, context.widthPx, heightPx) - frameOverheadMs) / Math.max(1, heightPx);
    const scaled = lineMs * this.timeScale;
    const perTick = scaled > 0 ? Math.max(1, Math.round(tickMs / scaled)) : Math.ceil(heightPx / 4);
    for (let row = 0; row < heightPx; ) {
      const lines = Math.min(perTick, heightPx - row);
      const began = this.clock.monotonic();
      await this.wait(lines * lineMs, signal);
      if (signal.aborted) {
        const share = scaled > 0 ? (this.clock.monotonic() - began) / (lines * scaled) : 0;
        return row + Math.min(lines - 1, Math.floor(share * lines));
      }
      row += lines;
      context.onLine?.(row, heightPx);
    }
    return heightPx;
  }

  private async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.timeScale > 0) await this.clock.sleep(ms * this.timeScale, signal);
    else await breathe();
  }

  private job(step: AcquireStep, region: Region, widthPx: number, heightPx: number): FrameJob {
    const scan = scanOf(step.settings, step.kind, heightPx, widthPx);
    const origin = windowOrigin(region, widthPx, heightPx);
    const exposure = this.exposures++;
    const stream = (name: string): RandomStream =>
      RandomStream.of(this.options.seed, name, region.id, exposure);
    return {
      microscope: this.microscope,
      scan,
      field: new MoleculeField(this.world.bundlesIn(this.reach(region)), this.slices),
      pixelNm: region.pixelSizeNm,
      originXNm: origin.x,
      originYNm: origin.y,
      bleaching: stream("bleaching"),
      photons: stream("photons"),
    };
  }

  /** The region and as far around it as light can reach, nm. */
  private reach(region: Region): { x0: number; y0: number; x1: number; y1: number } {
    const half = (region.widthPx / 2 + 30) * region.pixelSizeNm;
    const [x, y] = [region.xUm * 1000, region.yUm * 1000];
    return { x0: x - half, y0: y - half, x1: x + half, y1: y + half };
  }

  /** Makes the molecules of a new place a few at a time, so that the rig answers meanwhile. */
  private async prepare(region: Region): Promise<void> {
    const bundles = this.world.bundlesIn(this.reach(region));
    for (let i = 0; i < bundles.length; i++) {
      bundles[i]?.molecules;
      if (i % 8 === 7) await breathe();
    }
  }

  private switchOn(step: AcquireStep): void {
    this.excitationMw = (step.settings.excitationPowerUw ?? 0) / 1000;
    this.depletionMw = step.kind === "confocal" ? 0 : (step.settings.depletionPowerMw ?? 0);
    this.tell({ type: "light" });
  }

  private switchOff(): void {
    if (this.excitationMw === 0 && this.depletionMw === 0) return;
    this.excitationMw = 0;
    this.depletionMw = 0;
    this.tell({ type: "light" });
  }

  private tell(event: BackendEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
