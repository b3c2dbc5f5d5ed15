/** One laser line of a Cobolt: power, mode and modulation in the words that the 04/05/06 and the Skyra share. */
import type { DeviceContext } from "../sim/device.js";
import { Light } from "../sim/light.js";

export const ok = "OK";
export const illegal = "Syntax error: illegal command";
const outOfRange = "Syntax error: Value out of range.";

export interface HeadOptions {
  readonly maxMw: number;
  readonly defaultMw: number;
  /** Diode current at full power, mA. */
  readonly maxMa: number;
  readonly warmUpS: number;
}
export type Mode = "current" | "power" | "modulation";

export class CoboltHead {
  readonly light: Light;
  mode: Mode = "power";
  /** `Command` modulation of the new firmware: `!e` and `!d` gate the light. */
  commandGate = false;
  private gateOpen = false;
  private setMw: number;
  private setMa = 0;
  private modulationMw: number;
  private digital = 0;
  private analog = 0;
  private impedance = 0;
  private paused = false;

  constructor(
    context: DeviceContext,
    readonly options: HeadOptions,
  ) {
    this.light = new Light({ ...context, ...options, delayS: 3, keyCycleAfterInterlock: false });
    this.setMw = options.defaultMw;
    this.modulationMw = options.defaultMw;
  }

  reset(): void {
    this.mode = "power";
    this.setMw = this.options.defaultMw;
    this.modulationMw = this.options.defaultMw;
    this.setMa = 0;
    this.digital = 0;
    this.analog = 0;
    this.commandGate = false;
    this.paused = false;
    this.apply();
  }

  /** A command word of a line with its argument; null = not one of a line's. */
  run(word: string, argument: string): string | null {
    const { light } = this;
    switch (word) {
      case "p":
        return this.setPower(Number(argument) * 1000, argument);
      case "slp":
        return this.setPower(Number(argument), argument);
      case "p?":
        return (this.setMw / 1000).toFixed(4);
      case "glp?":
        return this.setMw.toFixed(1);
      case "pa?":
        return (light.measuredMw / 1000).toFixed(4);
      case "gmlp?":
        return this.options.maxMw.toFixed(1);
      case "slc":
        return this.within(argument, this.options.maxMa, (mA) => {
          this.setMa = mA;
        });
      case "glc?":
        return this.setMa.toFixed(1);
      case "i?":
        return this.currentMa.toFixed(1);
      case "slmp":
        return this.within(argument, this.options.maxMw, (mW) => {
          this.modulationMw = mW;
        });
      case "glmp?":
        return this.modulationMw.toFixed(1);
      case "cp":
      case "ecp":
        return this.setMode("power");
      case "ci":
      case "ecc":
        return this.setMode("current");
      case "em":
        return this.setMode("modulation");
      case "gam?":
        return String(["current", "power", "modulation"].indexOf(this.mode));
      case "sdmes":
        return this.within(argument, 1, (on) => {
          this.digital = on;
        });
      case "gdmes?":
        return String(this.digital);
      case "sames":
        return this.within(argument, 1, (on) => {
          this.analog = on;
        });
      case "games?":
        return String(this.analog);
      case "salis":
        return this.within(argument, 1, (on) => {
          this.impedance = on;
        });
      case "galis?":
        return String(this.impedance);
      default:
        return null;
    }
  }

  /** @param argument as it came, to tell a missing one from zero */
  setPower(mw: number, argument: string): string {
    if (argument === "" || !(mw >= 0 && mw <= this.options.maxMw)) return outOfRange;
    // While it warms up a set-point is acknowledged and forgotten.
    if (this.light.warm && this.light.setPower(mw)) {
      this.setMw = mw;
      this.apply();
    }
    return ok;
  }

  setMode(mode: Mode): string {
    this.mode = mode;
    this.apply();
    return ok;
  }
  /** Software shutter: the laser stays on behind it. */
  pause(paused: boolean): string {
    this.paused = paused;
    this.apply();
    return ok;
  }
  get isPaused(): boolean {
    return this.paused;
  }
  gate(open: boolean): void {
    this.gateOpen = open;
    this.apply();
  }
  /** `l?`: light is on, its delay over. */
  get isOn(): boolean {
    return this.light.reportedOn && !this.light.starting;
  }
  get setPointMw(): number {
    return this.setMw;
  }

  private get currentMa(): number {
    return (this.light.powerMw / this.options.maxMw) * this.options.maxMa;
  }

  private within(argument: string, max: number, take: (value: number) => void): string {
    const value = Number(argument);
    if (argument === "" || !(value >= 0 && value <= max)) return outOfRange;
    take(value);
    this.apply();
    return ok;
  }

  /** What the light does in this mode. */
  private apply(): void {
    const { light, options } = this;
    const share = this.setMa / options.maxMa;
    light.setPointMw =
      this.mode === "power"
        ? this.setMw
        : this.mode === "current"
          ? share * options.maxMw
          : this.modulationMw;
    const modulation = this.mode === "modulation";
    light.modulated = modulation && !this.commandGate && (this.digital === 1 || this.analog === 1);
    light.blocked = this.paused || (modulation && this.commandGate && !this.gateOpen);
  }
}
