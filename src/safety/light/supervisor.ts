import { type Clock, DeadlineError, type Logger, StedError, toStedError } from "../../core/index.js";
import { approveLight, type SourceLimits } from "../approve.js";
import {
  type LightEffect,
  type LightInput,
  type LightMachine,
  nextLight,
  unknownLight,
} from "./light-state.js";
import { type LightView, refusalOf, viewOf } from "./light-view.js";
import type { DeviceStatus, SourceCommand, SupervisedDevice } from "./supervised-device.js";
import { UsualTime } from "./usual-time.js";

const rampStepMs = 100;
const retryMs = 100;
const warmLookMs = 500;
/** One source and its only door: every order passes the state machine, every effect is carried out here. */
export class LightSupervisor {
  private machine: LightMachine = unknownLight;
  private last: DeviceStatus | null = null;
  private setPoint = { powerMw: 0, at: 0 };
  private darkness: Promise<void> | null = null;
  private closed = false;
  private readonly leave: () => void;
  /** Orders given; one that was overtaken by "off" ends where it stands. */
  private order = 0;
  private readonly usual: UsualTime;

  constructor(
    private readonly device: SupervisedDevice,
    private readonly options: {
      readonly limits: SourceLimits;
      readonly clock: Clock;
      readonly logger: Logger;
      readonly onChange: (view: LightView) => void;
      /** Set-point below which the device takes none: where a ramp begins. Default 0. */
      readonly leastMw?: () => number;
    },
  ) {
    this.usual = new UsualTime(options.clock);
    this.leave = device.subscribe((event) => this.take(event));
  }

  get name(): string {
    return this.device.name;
  }

  get usualOnMs(): number | null {
    return this.usual.mostMs;
  }

  view(): LightView {
    return viewOf(this.name, this.machine, this.last);
  }

  /** The device answers: off first, whatever it says; then it is looked at. Resolves when it is confirmed dark. */
  async found(): Promise<void> {
    this.feed({ type: "found" });
    await this.darkness;
  }

  /** The loop's lease: without it no light. */
  lease(valid: boolean, reason: string): void {
    if (valid !== this.machine.lease) this.feed({ type: "lease", valid, reason });
  }

  /**
   * Set-point (none for a shutter), ramped, in the dark or while it shines. Resolves when it is read back and the
   * source is ready. @throws SafetyTrip, or what the device says
   */
  async arm(powerMw?: number): Promise<void> {
    const order = ++this.order;
    this.approved({ source: this.name, ...(powerMw === undefined ? {} : { powerMw }) }, "arm");
    if (powerMw === undefined) this.observe(await this.device.status());
    else await this.climb(powerMw, order);
    this.still(order);
    await this.untilWarm(order);
    this.feed({ type: "warm" });
  }

  private async climb(powerMw: number, order: number): Promise<void> {
    const { clock } = this.options;
    if (this.machine.lit === false) {
      this.setPoint = { powerMw: Math.min(this.options.leastMw?.() ?? 0, powerMw), at: clock.monotonic() };
    }
    for (;;) {
      const next = this.reach(powerMw);
      await this.apply({ source: this.name, powerMw: next }, order);
      if (next === powerMw) return;
      await clock.sleep(rampStepMs);
    }
  }

  private async untilWarm(order: number): Promise<void> {
    while (this.last?.warm === false) {
      this.feed({ type: "cold" });
      await this.options.clock.sleep(warmLookMs);
      this.still(order);
      this.observe(await this.device.status());
      this.still(order);
    }
  }

  /**
   * Light. @param others others shine meanwhile and wait for it: it may not take much longer than it usually does
   * @throws SafetyTrip when it is not ready or not allowed; what the device says
   */
  async lightUp(others = false): Promise<void> {
    const order = ++this.order;
    this.approved({ source: this.name, on: true }, "lightUp");
    const tooLate = (reason: string): void => {
      if (order === this.order && this.machine.lit !== true) this.feed({ type: "fault", reason });
    };
    await this.usual.during(
      () => this.apply({ source: this.name, on: true }, order),
      others ? tooLate : null,
    );
  }

  /** Resolves when it is read back as dark. Overtakes everything. */
  async off(reason: string): Promise<void> {
    this.feed({ type: "off", reason });
    await this.darkness;
  }

  /** A person has looked: faults are forgotten where they are gone. @throws SafetyTrip */
  reset(): void {
    if (this.machine.latch !== null) this.feed({ type: "reset" });
  }

  /** Reads back now. */
  async look(): Promise<LightView> {
    try {
      this.observe(await this.device.status());
    } catch (thrown) {
      this.options.logger.warn({ source: this.name, error: toStedError(thrown).line }, "light not read back");
      if (!this.closed && this.machine.stage !== "lost") this.feed({ type: "readUnknown" });
    }
    return this.view();
  }

  close(): void {
    this.closed = true;
    this.leave();
  }

  /** How far the ramp lets the set-point go now. */
  private reach(powerMw: number): number {
    const ramp = this.options.limits[this.name]?.maxRampMwPerS;
    if (ramp === undefined) return powerMw;
    const elapsed = this.options.clock.monotonic() - this.setPoint.at;
    return Math.min(powerMw, this.setPoint.powerMw + (ramp * Math.max(elapsed, rampStepMs / 2)) / 1000);
  }

  /** Asks the envelope, then the state machine. @throws SafetyTrip of whichever says no */
  private approved(command: SourceCommand, type: "arm" | "lightUp"): void {
    approveLight(command, this.options.limits);
    this.feed({ type, approved: true });
  }

  private async apply(command: SourceCommand, order: number): Promise<void> {
    this.still(order);
    try {
      const elapsedMs = Math.max(this.options.clock.monotonic() - this.setPoint.at, rampStepMs / 2);
      const since = { powerMw: this.setPoint.powerMw, elapsedMs };
      const status = await this.device.apply(approveLight(command, this.options.limits, since));
      this.still(order);
      if (command.powerMw !== undefined) {
        this.setPoint = { powerMw: command.powerMw, at: this.options.clock.monotonic() };
      }
      this.observe(status);
      if (command.on && status.on !== true) {
        throw new StedError("NOT_CONFIRMED", `${this.name} does not say that it is on`);
      }
    } catch (thrown) {
      // Whatever it did with that order: off, and a person looks, unless it was ours to overtake.
      if (order === this.order && !this.machine.darkening) {
        this.feed({ type: "fault", reason: toStedError(thrown).message });
      }
      throw thrown;
    }
  }

  private still(order: number): void {
    if (order === this.order && !this.machine.darkening && this.machine.latch === null) return;
    throw new StedError("OVERTAKEN", `${this.name}: the order was overtaken by 'off'`);
  }

  private take(event: Parameters<Parameters<SupervisedDevice["subscribe"]>[0]>[0]): void {
    if (event.type === "status") this.observe(event.status);
    else if (event.type === "fault") {
      if (!event.code.startsWith("ALARM_")) this.feed({ type: "fault", reason: event.message });
    } else if (event.type === "lost") this.feed({ type: "lost", reason: event.reason });
    else this.feed({ type: "found" });
  }

  private observe(status: DeviceStatus): void {
    this.last = status;
    this.feed({ type: "interlock", closed: status.interlock !== "open" });
    this.feed({ type: "key", on: status.key !== "off" });
    const fault = status.faults.find((f) => !f.code.startsWith("ALARM_"));
    if (fault !== undefined && this.machine.latch === null)
      this.feed({ type: "fault", reason: fault.message });
    this.feed({ type: status.on === null ? "readUnknown" : status.on ? "readOn" : "readDark" });
  }

  private feed(input: LightInput): void {
    const before = this.view();
    const { state, effects } = nextLight(this.machine, input);
    this.machine = state;
    for (const effect of effects) this.carryOut(effect);
    const after = this.view();
    if (JSON.stringify(before) !== JSON.stringify(after)) this.options.onChange(after);
  }

  private carryOut(effect: LightEffect): void {
    if (effect.do === "refuse") throw refusalOf(this.name, effect.code, this.machine.latch);
    if (effect.do === "darken") {
      this.order++;
      this.darkness ??= this.untilDark(effect.reason).finally(() => {
        this.darkness = null;
      });
      // Whoever waits for it hears of a failure; nobody may be waiting.
      this.darkness.catch(() => undefined);
    }
  }

  /** Until the device itself says dark; only `close` ends it. */
  private async untilDark(reason: string): Promise<void> {
    while (this.machine.darkening) {
      try {
        const status = await this.device.off(reason);
        this.observe(status);
      } catch (thrown) {
        if (this.closed) throw thrown;
        this.options.logger.error({ source: this.name, error: toStedError(thrown).line }, "not dark yet");
      }
      if (this.closed) {
        throw new DeadlineError("STILL_ON", `${this.name} was not confirmed dark before it was let go`);
      }
      if (this.machine.darkening) await this.options.clock.sleep(retryMs);
    }
  }
}
