/** Light of a laser as physics and as its firmware sees it: key, interlock, warm-up, emission delay, faults. */
import type { Clock } from "../../../src/core/index.js";

export interface LightOptions {
  readonly clock: Clock;
  readonly faults: { active(name: string): boolean };
  /** Set-point at power-up, mW. */
  readonly defaultMw: number;
  /** From a cold start to ready, s. */
  readonly warmUpS: number;
  /** From switching on to light while the fault `emission-delay` is there, s. */
  readonly delayS: number;
  /** Whether that delay is there without the fault too. */
  readonly delayAlways?: () => boolean;
  /** Whether an open interlock asks for a key cycle afterwards. */
  readonly keyCycleAfterInterlock: boolean;
}
export type Refusal = "key" | "key-cycle" | "interlock" | "fault";

const driftShare = 0.7;

export class Light {
  setPointMw: number;
  /** The key has to be turned off and on. */
  keyCycle = false;
  /** Something else in the beam's way (pause, shutter, external gate): light does not leave although it is on. */
  blocked = false;
  /** A modulation input gates the light. It is driven high unless the fault `modulation-low` is there. */
  modulated = false;
  /** Faults that stay after their cause is gone. */
  readonly latched = new Set<"interlock" | "temperature">();
  private commanded = false;
  private litFromMs = 0;
  private warmFromMs = Number.NEGATIVE_INFINITY;
  private ignoredOff = false;
  private stuck = false;

  constructor(private readonly options: LightOptions) {
    this.setPointMw = options.defaultMw;
  }

  get keyOn(): boolean {
    return !this.is("key-off");
  }
  /** Some firmware lets a command pass the key switch by: light without a key. */
  keyBypassed = false;
  private get keyAllows(): boolean {
    return this.keyOn || this.keyBypassed;
  }
  get interlockOpen(): boolean {
    return this.is("interlock-open");
  }
  get hot(): boolean {
    return this.is("over-temperature");
  }
  get warm(): boolean {
    return this.now >= this.warmFromMs;
  }
  /** Seconds of warm-up left, rounded up. */
  get warmUpLeftS(): number {
    return Math.max(0, Math.ceil((this.warmFromMs - this.now) / 1000));
  }

  /** Why light cannot be switched on now; null = it can. */
  get refusal(): Refusal | null {
    if (!this.keyAllows) return "key";
    if (this.interlockOpen) return "interlock";
    if (this.hot || this.latched.size > 0) return "fault";
    return this.keyCycle && !this.keyBypassed ? "key-cycle" : null;
  }

  /** Whether emission is switched on, as the firmware reports it. */
  get reportedOn(): boolean {
    return this.is("status-lies") ? this.commandedByClient : this.on;
  }
  /** Switched on, perhaps not yet emitting. */
  get on(): boolean {
    return this.commanded || (this.stuck && this.lit);
  }
  /** Switched on and waiting for its delay or its warm-up. */
  get starting(): boolean {
    return this.commanded && this.now < Math.max(this.litFromMs, this.warmFromMs);
  }
  /** Physics. */
  get lit(): boolean {
    if (this.modulated && this.is("modulation-low")) return false;
    if (this.blocked || !this.keyAllows || this.interlockOpen || this.setPointMw <= 0) return false;
    return this.stuck || (this.commanded && !this.starting);
  }
  get powerMw(): number {
    return this.lit ? this.setPointMw * (this.is("power-drift") ? driftShare : 1) : 0;
  }
  /** What the device's own photodiode says, mW. */
  get measuredMw(): number {
    if (this.is("status-lies") && !this.commandedByClient) return 0;
    return this.powerMw * (this.is("read-back-off") ? driftShare : 1);
  }
  private commandedByClient = false;

  /** Switches on. @returns why not, or null when done */
  enable(): Refusal | null {
    const refusal = this.refusal;
    if (refusal !== null) return refusal;
    this.commandedByClient = true;
    if (!this.commanded) {
      this.commanded = true;
      this.ignoredOff = false;
      this.litFromMs = this.now + (this.delayed ? this.options.delayS * 1000 : 0);
    }
    return null;
  }

  disable(): void {
    this.commandedByClient = false;
    if (this.is("off-ignored") && this.commanded && !this.ignoredOff) {
      this.ignoredOff = true;
      return;
    }
    if (this.is("stuck-on") && this.lit) this.stuck = true;
    this.commanded = false;
  }

  /** @returns false when the fault `set-ignored` swallowed it */
  setPower(mw: number): boolean {
    if (this.is("set-ignored")) return false;
    this.setPointMw = mw;
    return true;
  }

  /** Clears what its cause no longer holds. */
  clearLatched(): void {
    if (!this.interlockOpen) this.latched.delete("interlock");
    if (!this.hot) this.latched.delete("temperature");
  }

  changed(fault: string, active: boolean, forS?: number): void {
    if (fault === "key-off") {
      if (active && !this.keyBypassed) this.cut();
      if (!active) this.keyCycle = false;
    }
    if (fault === "key-cycle" && active) {
      this.keyCycle = true;
      this.cut();
    }
    if (fault === "interlock-open") {
      if (active) {
        this.latched.add("interlock");
        this.cut();
      } else if (this.options.keyCycleAfterInterlock) this.keyCycle = true;
    }
    if (fault === "over-temperature" && active) {
      this.latched.add("temperature");
      this.cut();
    }
    if (fault === "cold-start" && active) {
      this.cut();
      this.warmFromMs = this.now + (forS ?? this.options.warmUpS) * 1000;
    }
    if (fault === "stuck-on" && !active) this.stuck = false;
  }

  /** Mains off and on. @param keyCycle whether the key must then be turned */
  powerCycle(keyCycle: boolean, warmUpS: number): void {
    this.cut();
    this.latched.clear();
    this.blocked = false;
    this.modulated = false;
    this.setPointMw = this.options.defaultMw;
    this.keyCycle = keyCycle;
    this.warmFromMs = this.now + warmUpS * 1000;
    if (this.interlockOpen) this.latched.add("interlock");
    if (this.hot) this.latched.add("temperature");
  }

  /** Hardware takes the light away. */
  private cut(): void {
    this.commanded = false;
    this.commandedByClient = false;
    this.stuck = false;
  }
  private get now(): number {
    return this.options.clock.monotonic();
  }
  private get delayed(): boolean {
    return this.is("emission-delay") || this.options.delayAlways?.() === true;
  }
  private is(fault: string): boolean {
    return this.options.faults.active(fault);
  }
}
