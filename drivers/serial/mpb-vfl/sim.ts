/**
 * MPB VFL fibre laser (775 nm, 3 W) on the wire. Independent of the driver: written from these facts.
 * [M] the maker's manual of the sister 2RU-VYFA-SF; [D2] two public drivers agree; [D1] one; [I] inferred.
 *
 * | fact | |
 * |---|---|
 * | commands end with CR, any case, no echo | [M], case [D2], echo [I] |
 * | answer: lines each ended by CR, then `D >` (done) or `F >` (refused, an error text before it) without a line end | [M] |
 * | a set gives an empty line before its prompt; a query of PYME's is led by `?` | [D2], [D1] |
 * | error words UNKNOWN_COMMAND, MISSING_ARGUMENT, DATA_CANNOT_BE_SET | [D1] |
 * | enable refused (key, interlock, start-up); mode changes only while dark; SETPOWER without effect in ACC | [M], [D2] |
 * | least power is not zero: limits `99 3050` mW | [D2] |
 * | GETLASERSTATE 0 6 7 8 20 31 41 42; GETINPUT 2 = 1: key OFF | [D2], [D1] |
 * | GETFLT, GETALR: five flags | [M, order on a VFL I] |
 * | 3 s from enable to light, 30 s warm-up; after an interlock trip or power-up the key must be cycled | [M] |
 * | SETSHGCMD 1|2, GETSHGTUNESTATE, GETSHGTUNERDY | [D2] |
 * | layout of SHLASER and SHFAULT; current to power in ACC (linear); SAVEALL keeps set-point and mode | [I] |
 */
import type { DeviceContext, DeviceModel, Truth, WireDevice } from "../sim/device.js";
import { Light } from "../sim/light.js";
import { keyFaults, laserFaults } from "../sim/wire-faults.js";
import { ShgTuning } from "./sim-shg.js";

const minMw = 99;
const maxMw = 3050;
const maxMa = 9000;
const warmUpS = 30;

class Refused extends Error {}
const refuse = (word: string): never => {
  throw new Refused(word);
};

class MpbVfl implements WireDevice {
  private readonly light: Light;
  private readonly bornMs: number;
  private apc = true;
  /** Set-point of the constant power mode; in ACC the light follows the current instead. */
  private apcMw = minMw;
  private currentMa = 0;
  private saved = { apcMw: minMw, apc: true };
  private readonly tuning: ShgTuning;

  constructor(private readonly context: DeviceContext) {
    this.bornMs = context.clock.monotonic();
    this.tuning = new ShgTuning(context.clock);
    this.light = new Light({
      ...context,
      defaultMw: minMw,
      warmUpS,
      delayS: 3,
      keyCycleAfterInterlock: true,
    });
  }

  answer(command: string): string {
    const [name = "", ...args] = command.trim().replace(/^\?/, "").toUpperCase().split(/\s+/);
    try {
      const lines = this.run(name, args);
      return `${lines.length === 0 ? "\r" : lines.map((line) => `${line}\r`).join("")}D >`;
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      return `RS232.C 1 ${thrown.message}\rF >`;
    }
  }

  changed(fault: string, active: boolean, forS?: number): void {
    this.light.changed(fault, active, forS);
    // The key cycle is what clears a trip on this laser.
    if (fault === "key-off" && !active) this.light.clearLatched();
    if (fault === "over-temperature" && !active) this.light.clearLatched();
    if (fault === "acc-mode") this.setMode(!active);
  }

  powerCycle(): void {
    this.light.powerCycle(this.light.keyOn, warmUpS);
    this.apcMw = this.saved.apcMw;
    this.currentMa = 0;
    this.setMode(this.saved.apc);
    this.tuning.reset();
  }

  truth(): Truth {
    const { light } = this;
    return {
      emission: light.lit,
      powerMw: light.powerMw,
      setPointMw: light.setPointMw,
      key: light.keyOn ? "on" : "off",
      interlock: light.interlockOpen ? "open" : "closed",
      warm: light.warm,
      registers: { state: this.state(), mode: this.apc ? "APC" : "ACC", keyCycle: light.keyCycle },
    };
  }

  private run(name: string, args: readonly string[]): string[] {
    const { light } = this;
    const needed = (i: number): string => args[i] ?? refuse("MISSING_ARGUMENT");
    const number = (i: number, min: number, max: number): number => {
      const value = Number(needed(i));
      return value >= min && value <= max ? value : refuse("DATA_CANNOT_BE_SET");
    };
    const channel = (n: number): void => {
      if (Number(needed(0)) !== n) refuse("DATA_CANNOT_BE_SET");
    };
    const done: string[] = [];
    switch (name) {
      case "GETMODEL":
        return ["VFL-P-3000-775"];
      case "GETSN":
        return [`VFL${this.context.unit()}`];
      case "GETTIMEOP": {
        const ms = Math.floor(this.context.clock.monotonic() - this.bornMs);
        return [`${1234 + Math.floor(ms / 3.6e6)} ${Math.floor(ms / 1000) % 3600} ${ms % 1000}`];
      }
      case "SETLDENABLE":
        if (number(0, 0, 1) === 0) light.disable();
        else if (!light.warm || light.enable() !== null) refuse("DATA_CANNOT_BE_SET");
        return done;
      case "GETLDENABLE":
        return [light.reportedOn ? "1" : "0"];
      case "POWERENABLE": {
        const apc = number(0, 0, 1) === 1;
        if (light.on && apc !== this.apc) refuse("DATA_CANNOT_BE_SET");
        this.setMode(apc);
        return done;
      }
      case "GETPOWERENABLE":
        return [this.apc ? "1" : "0"];
      case "SETPOWER": {
        channel(0);
        const mw = number(1, minMw, maxMw);
        // In constant current mode the command is taken and does nothing.
        if (this.apc && light.setPower(mw)) this.apcMw = mw;
        return done;
      }
      case "GETPOWER":
        channel(0);
        return [trim(this.apcMw)];
      case "POWER":
        channel(0);
        return [light.measuredMw.toFixed(1)];
      case "GETPOWERSETPTLIM":
        channel(0);
        return [`${minMw} ${maxMw}`];
      case "SETLDCUR":
        channel(1);
        if (this.apc) refuse("DATA_CANNOT_BE_SET");
        this.currentMa = number(1, 0, maxMa);
        this.setMode(false);
        return done;
      case "GETLDCUR":
        channel(1);
        return [this.currentMa.toFixed(1)];
      case "LDCURRENT":
        channel(1);
        return [((light.powerMw / maxMw) * maxMa).toFixed(1)];
      case "GETLDLIM":
        channel(1);
        return [`0 ${maxMa}`];
      case "GETACCCURMAX":
        return [String(maxMa)];
      default:
        return this.housekeeping(name, args);
    }
  }

  private housekeeping(name: string, args: readonly string[]): string[] {
    const { light } = this;
    const bit = (set: boolean): string => (set ? "1" : "0");
    switch (name) {
      case "LDTEMP":
      case "TECTEMP":
        return [light.hot ? "61.5" : "25.0"];
      case "TECCURRENT":
        return ["420.0"];
      case "SHGTEMP":
      case "GETSHGTEMP":
        return ["58.20"];
      case "SETSHGTEMP":
        return [];
      case "GETLASERSTATE":
        return [String(this.state())];
      case "GETINPUT":
        // Inverted: 1 = the key is off.
        return args[0] === "2" ? [bit(!light.keyOn)] : refuse("DATA_CANNOT_BE_SET");
      case "GETFLT":
        return [["0", "0", "0", "0", bit(light.hot)].join(" ")];
      case "GETALR":
        return [["0", "0", "0", bit(light.on && !light.starting && !light.lit), bit(light.hot)].join(" ")];
      case "SHFAULT":
        return [`SHG TEMP: 0`, `TEC TEMP: 0`, `LD CURRENT: 0`, `WATCHDOG: 0`, `CASE TEMP: ${bit(light.hot)}`];
      case "SHLASER":
        return [
          `STATE: ${this.state()}`,
          `MODE: ${this.apc ? "APC" : "ACC"}`,
          `POWER: ${light.measuredMw.toFixed(1)} mW`,
          `SETPOINT: ${trim(this.apcMw)} mW`,
        ];
      case "GETSHGTUNERDY":
        return [`${bit(light.warm)} 100 ${light.warmUpLeftS}`];
      case "SETSHGCMD":
        if (args[0] === "1") this.tuning.start(this.apc, light.lit);
        else if (args[0] === "2") this.tuning.stop();
        else refuse(args[0] === undefined ? "MISSING_ARGUMENT" : "DATA_CANNOT_BE_SET");
        return [];
      case "GETSHGTUNESTATE":
        return [this.tuning.words];
      case "SAVEALL":
        this.saved = { apcMw: this.apcMw, apc: this.apc };
        return [];
      default:
        return refuse("UNKNOWN_COMMAND");
    }
  }

  private setMode(apc: boolean): void {
    this.apc = apc;
    this.light.setPointMw = apc ? this.apcMw : (this.currentMa / maxMa) * maxMw;
  }

  private state(): number {
    const { light } = this;
    if (light.interlockOpen) return 7;
    if (light.hot) return 8;
    if (!light.keyOn || light.keyCycle) return 6;
    if (!light.warm) return 20;
    if (!light.reportedOn) return 0;
    if (light.starting) return 31;
    return this.apc ? 42 : 41;
  }
}

/** Whole numbers bare, others with one decimal. */
function trim(mw: number): string {
  return Number.isInteger(mw) ? String(mw) : mw.toFixed(1);
}

export const mpbVfl: DeviceModel = {
  title: "MPB Communications VFL-P, 775 nm, 3 W",
  ends: "\r\n",
  echoEnd: "\r",
  faults: {
    ...laserFaults,
    ...keyFaults,
    "acc-mode": { span: "lasting", what: "constant current mode: power set-points are taken and do nothing" },
  },
  create: (context) => new MpbVfl(context),
};
