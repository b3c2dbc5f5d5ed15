import type {
  AcquireStep,
  BackendEvent,
  ExposeContext,
  ExposedFrame,
  LightState,
  RegionMove,
  RigBackend,
  RigCapabilities,
  RigFault,
} from "../../drivers/contract.js";
import { type Clock, type Region, StedError, systemClock } from "../../src/core/index.js";

export const fakeCapabilities: RigCapabilities = {
  kinds: ["confocal", "sted"],
  parameters: [
    { name: "depletionPowerMw", label: "Depletion", unit: "mW", min: 0, max: 250, scale: "linear" },
    { name: "excitationPowerUw", label: "Excitation", unit: "uW", min: 1, max: 20, scale: "linear" },
    { name: "dwellTimeUs", label: "Dwell", unit: "us", min: 1, max: 100, scale: "log", default: 10 },
    { name: "lineRepeats", label: "Lines", unit: "1", min: 1, max: 10, integer: true, scale: "linear" },
  ],
  limits: { excitationPowerUw: { max: 15 } },
  channels: ["red"],
  regions: "next",
  focus: false,
  progress: true,
  observe: true,
  concurrent: true,
};

export interface FakeOptions {
  readonly clock?: Clock;
  readonly size?: readonly [number, number];
  readonly lineMs?: number;
  readonly capabilities?: Partial<RigCapabilities>;
  /** Ignores the abort signal, as a wedged scanner would. */
  readonly deaf?: boolean;
  readonly float?: boolean;
}

/** A small rig with virtual sources: pixels say where they are, so that any mix-up of axes shows. */
export class FakeBackend implements RigBackend {
  readonly identity = { name: "fake", vendor: "test", model: "F1", serial: "1" };
  readonly capabilities: RigCapabilities;
  focus?: (rangeUm: number) => Promise<{ zUm: number; score: number }>;
  readonly exposed: AcquireStep[] = [];
  darkCalls = 0;
  /** The next `dark` reads back as still on, so often. */
  stuckOn = 0;
  /** Thrown by the next exposure. */
  fail: StedError | null = null;
  faultList: RigFault[] = [];
  private on = false;
  private power = 0;
  private place: Region | null = null;
  private moves = 0;
  private readonly clock: Clock;
  private readonly size: readonly [number, number];
  private readonly listeners = new Set<(event: BackendEvent) => void>();

  constructor(private readonly options: FakeOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.size = options.size ?? [24, 32];
    this.capabilities = { ...fakeCapabilities, ...options.capabilities };
    if (this.capabilities.focus) this.focus = async (rangeUm) => ({ zUm: rangeUm / 2, score: 1 });
    if (this.capabilities.regions === "none") void this.region({ move: "next" });
  }

  get isOn(): boolean {
    return this.on;
  }
  current(): Region | null {
    return this.place;
  }
  async region(move: RegionMove): Promise<Region> {
    const [heightPx, widthPx] = this.size;
    const n = ++this.moves;
    const [xUm, yUm] = "xUm" in move ? [move.xUm, move.yUm] : [n * 10, 0];
    this.place = { id: `r${n}`, xUm, yUm, widthPx, heightPx, pixelSizeNm: 20 };
    return this.place;
  }

  async expose(step: AcquireStep, context: ExposeContext): Promise<ExposedFrame> {
    if (this.fail !== null) {
      const error = this.fail;
      this.fail = null;
      throw error;
    }
    this.exposed.push(step);
    this.setLight(true, step.settings.depletionPowerMw ?? 0);
    const { heightPx, widthPx, signal } = context;
    for (let line = 1; line <= heightPx; line++) {
      if (this.options.lineMs !== undefined) {
        await this.clock.sleep(this.options.lineMs, this.options.deaf ? undefined : signal);
      }
      if (signal.aborted && !this.options.deaf) {
        this.setLight(false, 0);
        throw new StedError("ABORTED", "ended");
      }
      context.onLine?.(line, heightPx);
    }
    if (!this.options.deaf) this.setLight(false, 0);
    const [height, width] = this.size;
    const pixels = this.options.float
      ? new Float32Array(heightPx * widthPx)
      : new Uint16Array(heightPx * widthPx);
    const [top, left] = [Math.floor((height - heightPx) / 2), Math.floor((width - widthPx) / 2)];
    for (let y = 0; y < heightPx; y++) {
      for (let x = 0; x < widthPx; x++) pixels[y * widthPx + x] = (y + top) * 100 + x + left;
    }
    return { pixels, shape: [heightPx, widthPx], pixelSizeNm: 20, actual: step.settings, saturated: 0 };
  }

  scanMs(_settings: Readonly<Record<string, number>>, _widthPx: number, heightPx: number): number {
    return heightPx * (this.options.lineMs ?? 0);
  }
  light(): readonly LightState[] {
    return [
      { name: "excitation", kind: "excitation", on: this.on, powerMw: this.on ? 0.01 : 0, confirmed: true },
      {
        name: "depletion",
        kind: "depletion",
        on: this.on && this.power > 0,
        powerMw: this.power,
        confirmed: true,
      },
    ];
  }
  faults(): readonly RigFault[] {
    return this.faultList;
  }
  async dark(): Promise<readonly LightState[]> {
    this.darkCalls++;
    if (this.stuckOn > 0) this.stuckOn--;
    else this.setLight(false, 0);
    return this.light();
  }
  subscribe(listener: (event: BackendEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  emit(event: BackendEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  private setLight(on: boolean, power: number): void {
    if (on === this.on && power === this.power) return;
    this.on = on;
    this.power = power;
    this.emit({ type: "light" });
  }
}
