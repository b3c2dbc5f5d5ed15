import {
  type Clock,
  ConnectError,
  type Logger,
  ProtocolError,
  type StedError,
  type Timer,
  toStedError,
} from "../../src/core/index.js";
import type { GuardedDevice, LightCrumb, LightServices, SupervisedLight } from "../context.js";
import type { LightIdentity, LightKind, LightSource, LightState, RigFault } from "../contract.js";
import { type Calibration, readCalibration } from "./calibration.js";
import { checkDevice, checkFirmware } from "./check-device.js";
import type { BeamName, LightSpec } from "./spec.js";

export interface SourceOptions {
  readonly spec: LightSpec;
  /** Position in the configuration, for the line of a fault. */
  readonly index: number;
  readonly beam: BeamName;
  readonly port: string;
  readonly make: (spec: LightSpec, port: string) => Promise<LightSource>;
  readonly light: LightServices;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onChange: () => void;
}
const lookEveryMs = 50;
const openWithinMs = 15_000;
const retryMs = [5000, 10_000, 30_000];
/** Wrong in the configuration or in the wiring: the start is refused. Everything else may come back by itself. */
const forAPerson: ReadonlySet<string> = new Set([
  "WRONG_DEVICE",
  "NO_PORT",
  "NOT_SERIAL",
  "NOT_ALLOWED",
  "GARBLED",
  "IMPLAUSIBLE",
  "LIMITS",
  "FIRMWARE",
]);

/** One configured source: its driver, its state machine, its calibration; or why it is not there. */
export class Source {
  readonly calibration: Calibration | null;
  private device: LightSource | null = null;
  private supervised: SupervisedLight | null = null;
  private failure: StedError | null = null;
  private identity: LightIdentity | null = null;
  private tries = 0;
  private timer: Timer | null = null;
  private leased = false;
  /** What it did when it was found, before it was told to go dark; null = not read. */
  foundAs: { readonly on: boolean | null; readonly setPointMw: number | null } | null = null;
  private closed = false;

  constructor(readonly options: SourceOptions) {
    const { calibration } = options.spec;
    this.calibration = calibration === undefined ? null : readCalibration(calibration);
  }

  get name(): string {
    return this.options.spec.name;
  }
  get isGate(): boolean {
    return this.options.spec.role === "aotf";
  }
  get beam(): BeamName {
    return this.options.beam;
  }
  get darkWithinMs(): number {
    return this.device?.darkWithinMs ?? 0;
  }

  /** Where in the configuration: "light.0 (line 7)". */
  private get where(): string {
    const keys = ["rig", "light", this.options.index];
    return `${keys.join(".")}${this.options.light.lineOf(keys)}`;
  }

  /**
   * Connects, checks against configuration and calibration, and darkens. A device that does not answer is tried again
   * by and by and shown meanwhile. @throws what a person must mend first, with the line of the configuration
   */
  async open(): Promise<void> {
    try {
      await this.connect();
    } catch (thrown) {
      const error = toStedError(thrown);
      if (error.exitCode === 2 || forAPerson.has(error.code)) throw this.named(error);
      this.fail(error);
    }
  }

  private async connect(): Promise<void> {
    const { spec, port, make, light, clock, onChange } = this.options;
    const device = await make(spec, port);
    const patience = new AbortController();
    const late = clock.after(openWithinMs, () => patience.abort());
    try {
      this.identity = await device.open(patience.signal);
      checkDevice(device, spec, this.calibration, light.maxMw(this.name));
      const before = await device.status().catch(() => null);
      checkFirmware(before);
      const supervised = light.supervise(device, { onChange, leastMw: () => device.limits().minMw });
      this.foundAs = before === null ? null : { on: before.on, setPointMw: before.setPointMw };
      this.device = device;
      this.supervised = supervised;
      this.failure = null;
      this.tries = 0;
      await supervised.found();
      supervised.lease(this.leased, "no lease");
    } catch (thrown) {
      await device.close().catch(() => undefined);
      throw thrown;
    } finally {
      late.cancel();
    }
  }

  private fail(error: StedError): void {
    const { clock, logger, onChange } = this.options;
    this.failure = error;
    logger.warn({ source: this.name, code: error.code }, `light source not there: ${error.line}`);
    onChange();
    if (this.closed) return;
    const waitMs = retryMs[Math.min(this.tries++, retryMs.length - 1)] as number;
    this.timer = clock.after(
      waitMs,
      () => void this.connect().then(onChange, (e) => this.fail(toStedError(e))),
      {
        background: true,
      },
    );
  }

  private named(error: StedError): StedError {
    const Class = error.constructor as new (code: string, message: string, details: object) => StedError;
    return new Class(error.code, `${this.name}: ${error.message}`, {
      where: this.where,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }

  /** @throws ConnectError DEVICE_MISSING */
  need(): SupervisedLight {
    if (this.supervised !== null) return this.supervised;
    throw new ConnectError(
      "DEVICE_MISSING",
      `${this.name} is not there: ${this.failure?.message ?? "not opened"}`,
      {
        hint: this.failure?.hint ?? "see to its power and cable",
      },
    );
  }
  get light(): SupervisedLight | null {
    return this.supervised;
  }

  lease(valid: boolean, reason: string): void {
    this.leased = valid;
    this.supervised?.lease(valid, reason);
  }

  /** What is shown: a source that cannot be asked counts as on. */
  state(): LightState {
    const view = this.supervised?.view();
    const kind: LightKind = this.isGate ? "shutter" : this.beam;
    if (view === undefined) return { name: this.name, kind, on: true, powerMw: 0, confirmed: false };
    return { name: this.name, kind, on: view.on, powerMw: view.powerMw, confirmed: view.confirmed };
  }

  faults(): RigFault[] {
    const of = (code: string, message: string): RigFault => ({ code, message, source: this.name });
    if (this.failure !== null && this.supervised === null) return [of(this.failure.code, this.failure.line)];
    const view = this.supervised?.view();
    if (view === undefined) return [];
    const own = view.faults.map((f) => of(f.code, f.message));
    if (view.stage === "lost") return [...own, of("DEVICE_LOST", view.latch ?? "it does not answer")];
    return view.latch === null ? own : [...own, of("LATCHED", view.latch)];
  }

  /** Off; resolves when it is confirmed dark, or lost: then it is told as soon as it answers, and nobody waits. */
  async offOrLost(reason: string): Promise<void> {
    const { supervised } = this;
    if (supervised === null) return;
    let settled = false;
    const off = supervised.off(reason).finally(() => {
      settled = true;
    });
    off.catch(() => undefined);
    while (!settled && supervised.view().stage !== "lost") {
      await Promise.race([off, this.options.clock.sleep(lookEveryMs)]);
    }
  }

  /** Why nothing may go on with it; null while it is well. */
  trouble(): StedError | null {
    const view = this.supervised?.view();
    if (view === undefined || view.latch === null) return null;
    const lost = view.stage === "lost";
    return new ConnectError(
      lost ? "DEVICE_LOST" : "DEVICE_FAULT",
      `${this.name} (${this.options.port}): ${view.latch}`,
      {
        hint: lost ? "see to its power and plug, then press resume" : "see to it, then press resume",
      },
    );
  }

  /** A cold source is not waited for in a step, whose time is limited. @throws ProtocolError WARMING */
  async refuseCold(): Promise<void> {
    await this.need().look();
    if (this.need().view().warm !== false) return;
    throw new ProtocolError("WARMING", `${this.name} is still warming up`, {
      hint: "press resume when it is ready",
    });
  }

  /** As the guard process finds it again. */
  get guarded(): Omit<GuardedDevice, "gate"> {
    const { name, device, serialNumber, channel, baudRate } = this.options.spec;
    return {
      name,
      device,
      port: this.options.port,
      ...(serialNumber === undefined ? {} : { serialNumber }),
      ...(channel === undefined ? {} : { channel }),
      ...(baudRate === undefined ? {} : { baudRate }),
      ...(this.identity === null ? {} : { identity: this.identity }),
    };
  }
  /** @param lit it is about to shine */
  crumb(lit: boolean): LightCrumb {
    const view = this.supervised?.view();
    const { name, device, port } = this.guarded;
    return { name, device, port, setPointMw: view?.setPointMw ?? null, on: lit || (view?.on ?? true) };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.timer?.cancel();
    await this.device?.close().catch(() => undefined);
    this.supervised?.close();
  }
}
