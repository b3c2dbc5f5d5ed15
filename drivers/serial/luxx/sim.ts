/**
 * Omicron LuxX (642 nm, 140 mW) on the wire. Independent of the driver: written from these facts.
 * [D2] two or more public drivers agree; [D1] one; [I] inferred.
 *
 * | fact | |
 * |---|---|
 * | `?` + three letters + argument + CR; answer `!` + the same letters + value + CR; fields parted by byte A7 | [D2] |
 * | a set answers `>` done or `x` rejected; unknown `!UK` | [D2] |
 * | lines beginning with `$` come unasked while bit 13 of the operating mode is set; stray NULs first after open | [D1] |
 * | SLP<000-FFF> = 0-100 % of GMP mW; SPP, TPP in % | [D2], [D1] |
 * | GOM/SOM bits 3 bias, 4 release, 5 digital, 7 analog, 8 APC, 13 ad-hoc, 14 autostart, 15 auto power-up; ROM presets | [D1] |
 * | light wants LOn, POn and both releases; modulation inputs are high here | [D1], [I] |
 * | GAS bits 0 error 1 on 6 external enable 7 key 8 key to be toggled; GFB 0 soft interlock 9 interlock open 12 diode temperature | [D1] |
 * | after an interlock error only RsC resets; it answers `>` and later `$RsC>` | [D1] |
 * | LOn takes about 3 s (fault `emission-delay`) | [D1] |
 */
import type { DeviceContext, DeviceModel, Truth, WireDevice } from "../sim/device.js";
import { Light } from "../sim/light.js";
import { keyFaults, laserFaults, modulationFaults } from "../sim/wire-faults.js";

const maxMw = 140;
const fullScale = 0xfff;
const warmUpS = 60;
const resetMs = 500;
const bit = (n: number): number => 1 << n;
const released = bit(3) | bit(4);
const constantPower = released | bit(8);
/** Presets of ROM: stand-by, constant current, constant power, analog [D1]. */
const presets = [0, released, constantPower, released | bit(7)];
const adHoc = bit(13);

class Luxx implements WireDevice {
  private readonly light: Light;
  private mode = constantPower;
  private preset = 2;
  private level = Math.round(fullScale / 14);
  private powered = true;

  constructor(private readonly context: DeviceContext) {
    this.light = new Light({
      ...context,
      defaultMw: (this.level / fullScale) * maxMw,
      warmUpS,
      delayS: 3,
      keyCycleAfterInterlock: false,
    });
  }

  answer(command: string): string {
    const found = /^\0*\?([A-Za-z]{3})(.*)$/s.exec(command);
    const news = (this.mode & adHoc) === 0 ? "" : `$MDP${this.light.measuredMw.toFixed(3)}\r`;
    if (found === null) return `${news}!UK\r`;
    const [, name = "", argument = ""] = found;
    const value = this.run(name, argument);
    return `${news}${value === null ? "!UK" : `!${name}${value}`}\r`;
  }

  opened(): void {
    if (this.context.faults.active("nul-at-open")) this.context.say("\0\0\0");
  }

  changed(fault: string, active: boolean, forS?: number): void {
    this.light.changed(fault, active, forS);
    if (fault === "ad-hoc-lines") this.mode = active ? this.mode | adHoc : this.mode & ~adHoc;
  }

  powerCycle(): void {
    this.mode = constantPower;
    this.preset = 2;
    this.powered = true;
    // SLP was written to memory: it is what comes back.
    this.light.powerCycle(this.light.keyOn, warmUpS);
    this.setLevel(this.level);
    this.apply();
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
      registers: { mode: hex(this.mode, 4), status: hex(this.status, 4), failure: hex(this.failure, 4) },
    };
  }

  private run(name: string, argument: string): string | null {
    const { light } = this;
    switch (name) {
      case "GFw":
        return "LuxX\xa74\xa71.20";
      case "GSN":
        return `LX${this.context.unit()}`;
      case "GSI":
        return `642\xa7${maxMw}`;
      case "GMP":
        return String(maxMw);
      case "GWH":
        return "1234";
      case "SLP":
        return /^[0-9A-Fa-f]{3}$/.test(argument) ? this.setLevel(Number.parseInt(argument, 16)) : "x";
      case "GLP":
        return hex(this.level, 3);
      case "SPP":
      case "TPP":
        return this.setShare(argument);
      case "GPP":
        return ((this.level / fullScale) * 100).toFixed(2);
      case "LOn":
        return this.powered && light.enable() === null ? ">" : "x";
      case "LOf":
        light.disable();
        return ">";
      case "POn":
      case "POf":
        this.powered = name === "POn";
        if (!this.powered) light.disable();
        return ">";
      case "MTD":
        return light.hot ? "62.0" : "25.0";
      case "MTA":
        return "28.5";
      case "MDP":
        return light.measuredMw.toFixed(3);
      case "GAS":
        return hex(this.status, 4);
      case "GFB":
        return hex(this.failure, 4);
      case "GLF":
        return hex(this.failure & ~bit(0), 4);
      case "RsC":
        return this.reset();
      default:
        return this.operating(name, argument);
    }
  }

  private operating(name: string, argument: string): string | null {
    if (name === "GOM") return hex(this.mode, 4);
    if (name === "SOM") {
      if (!/^\s*[0-9A-Fa-f]{1,4}$/.test(argument)) return "x";
      this.mode = Number.parseInt(argument, 16);
      this.apply();
      return ">";
    }
    if (name === "ROM") {
      if (argument === "") return String(this.preset);
      const mode = presets[Number(argument)];
      if (mode === undefined) return "x";
      this.preset = Number(argument);
      this.mode = mode;
      this.apply();
      return ">";
    }
    return null;
  }

  private setLevel(level: number): string {
    if (this.light.setPower((level / fullScale) * maxMw)) this.level = level;
    return ">";
  }
  private setShare(argument: string): string {
    const percent = Number(argument);
    if (argument === "" || !(percent >= 0 && percent <= 100)) return "x";
    return this.setLevel(Math.round((percent / 100) * fullScale));
  }

  /** Resets everything, errors too, then says so unasked. */
  private reset(): string {
    this.light.disable();
    this.light.clearLatched();
    this.context.clock.after(resetMs, () => this.context.say("$RsC>\r"), { background: true });
    return ">";
  }

  private apply(): void {
    this.light.modulated = (this.mode & (bit(5) | bit(7))) !== 0;
    this.light.blocked = (this.mode & released) !== released;
  }

  private get status(): number {
    const { light } = this;
    return (
      (this.failure !== 0 ? bit(0) : 0) |
      (light.reportedOn && !light.starting ? bit(1) : 0) |
      bit(6) |
      (light.keyOn ? bit(7) : 0) |
      (light.keyCycle ? bit(8) : 0)
    );
  }

  private get failure(): number {
    const { light } = this;
    return (
      (light.latched.has("interlock") ? bit(0) : 0) |
      (light.interlockOpen ? bit(9) : 0) |
      (light.hot || light.latched.has("temperature") ? bit(12) : 0)
    );
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}

export const luxx: DeviceModel = {
  title: "Omicron LuxX, 642 nm, 140 mW",
  ends: "\r\n",
  echoEnd: "\r",
  faults: {
    ...laserFaults,
    ...keyFaults,
    ...modulationFaults,
    "ad-hoc-lines": {
      span: "lasting",
      what: "a $ line that nobody asked for stands before every answer, until bit 13 of the mode is cleared",
    },
    "nul-at-open": { span: "lasting", what: "NUL bytes greet whoever opens the port" },
  },
  create: (context) => new Luxx(context),
};
