/**
 * Coherent OBIS LX (640 nm, 100 mW) on the wire. Independent of the driver: written from these facts.
 * [D2] two or more public drivers agree; [D1] one; [I] inferred.
 *
 * | fact | |
 * |---|---|
 * | CR or CR LF ends a command; answers end CR LF; SCPI words long or short, any case | [D2] |
 * | handshaking (on at power-up): after everything one more line OK or ERR<code>; off: sets are silent | [D2] |
 * | ERR-100 unknown command, also for a wrong index; errors queue (SYST:ERR:COUN?, :NEX?, :CLE) | [D2] |
 * | a bare head takes index 0 or 1 or none here; fault `no-index` rejects them | [D2], which [I] |
 * | powers in W; SOUR:POW:LEV:IMM:AMPL set-point, SOUR:POW:LEV? measured, LIM:LOW?/HIGH?, NOM? | [D2] |
 * | SOUR:AM:STAT ON/OFF; AM:INT CWP/CWC, AM:EXT DIG/ANAL/MIX; TEMP:APR ON/OFF | [D2] |
 * | ON during warm-up is taken and acts later; SYST:CDRH ON = 5 s delay | [D1] |
 * | SYST:STAT? and SYST:FAUL? 32-bit hex; top byte of a remote C8, CC interlock open, CE key out | [D1] |
 * | ready (bit 2) while dark and able, standby (bit 3) while not able | [I] |
 * | SYST:LOCK? ON = the interlock is closed; ERR-200 execution error, ERR-220 out of range | [I] |
 */
import type { DeviceContext, DeviceModel, Truth, WireDevice } from "../sim/device.js";
import { Light } from "../sim/light.js";
import { keyFaults, laserFaults, modulationFaults } from "../sim/wire-faults.js";
import { hex, statusWord } from "./sim-status.js";
import { means, withoutIndex } from "./sim-words.js";

const minMw = 2;
const maxMw = 110;
const nominalMw = 100;
const warmUpS = 60;
const cdrhS = 5;
/** A value to answer, or an error; null = a set that was done. */
type Result = string | { readonly error: number } | null;
const unknown: Result = { error: -100 };
const refused: Result = { error: -200 };
const outOfRange: Result = { error: -220 };

class Obis implements WireDevice {
  private readonly light: Light;
  private handshake = true;
  private prompt = false;
  private cdrh = false;
  private autostart = false;
  private source = "CWP";
  private tec = true;
  private readonly errors: number[] = [];

  constructor(private readonly context: DeviceContext) {
    this.light = this.makeLight();
  }

  answer(command: string): string {
    const [header = "", ...rest] = command.trim().split(/\s+/);
    const result = this.run(header, rest.join(" ").toUpperCase());
    const prompt = this.prompt ? "> " : "";
    if (result !== null && typeof result === "object") {
      if (this.errors.length < 20) this.errors.push(result.error);
      // Without handshaking an error goes to the queue and nothing to the line.
      return `${this.handshake ? `ERR${result.error}\r\n` : ""}${prompt}`;
    }
    const ok = this.handshake ? "OK\r\n" : "";
    return `${result === null ? "" : `${result}\r\n`}${ok}${prompt}`;
  }

  changed(fault: string, active: boolean, forS?: number): void {
    this.light.changed(fault, active, forS);
    // Nothing on the wire clears these: they go with their cause.
    if (!active) this.light.clearLatched();
  }

  powerCycle(): void {
    this.handshake = true;
    this.prompt = false;
    this.source = "CWP";
    this.tec = true;
    this.errors.length = 0;
    this.light.powerCycle(!this.autostart, warmUpS);
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
      registers: { handshake: this.handshake, source: this.source, cdrh: this.cdrh, status: this.status() },
    };
  }

  private run(given: string, argument: string): Result {
    const { header, index } = withoutIndex(given);
    if (!this.addressed(index)) return unknown;
    const is = (pattern: string): boolean => means(pattern, header);
    const switched = (take: (on: boolean) => Result): Result =>
      argument === "ON" ? take(true) : argument === "OFF" ? take(false) : outOfRange;
    const word = (on: boolean): string => (on ? "ON" : "OFF");
    if (is("SOURce:AM:STATe")) return switched((on) => this.emission(on));
    if (is("SOURce:AM:STATe?")) return word(this.light.reportedOn);
    if (is("SOURce:POWer:LEVel:IMMediate:AMPLitude")) return this.setPower(argument);
    if (is("SYSTem:COMMunicate:HANDshaking")) {
      return switched((on) => {
        this.handshake = on;
        return null;
      });
    }
    if (is("SYSTem:COMMunicate:HANDshaking?")) return word(this.handshake);
    if (is("SYSTem:COMMunicate:PROMpt")) {
      return switched((on) => {
        this.prompt = on;
        return null;
      });
    }
    if (is("SYSTem:CDRH")) {
      return switched((on) => {
        this.cdrh = on;
        return null;
      });
    }
    if (is("SYSTem:CDRH?")) return word(this.cdrh);
    if (is("SYSTem:AUTostart")) {
      return switched((on) => {
        this.autostart = on;
        return null;
      });
    }
    if (is("SYSTem:AUTostart?")) return word(this.autostart);
    if (is("SOURce:TEMPerature:APRobe")) {
      return switched((on) => {
        this.tec = on;
        if (!on) this.light.disable();
        return null;
      });
    }
    if (is("SOURce:TEMPerature:APRobe?")) return word(this.tec);
    if (is("SOURce:AM:INTernal")) return this.setSource(argument, ["CWP", "CWC"]);
    if (is("SOURce:AM:EXTernal")) {
      return this.setSource(argument.replace(/^(DIG)ITAL$|^(ANAL)OG$|^(MIX)ED$/, "$1$2$3"), [
        "DIG",
        "ANAL",
        "MIX",
        "DIGSO",
        "MIXSO",
      ]);
    }
    if (is("SYSTem:ERRor:CLEar")) {
      this.errors.length = 0;
      return null;
    }
    return this.query(is);
  }

  private query(is: (pattern: string) => boolean): Result {
    const { light } = this;
    const watts = (mw: number): string => (mw / 1000).toFixed(5);
    const values: readonly (readonly [string, () => string])[] = [
      ["SOURce:POWer:LEVel:IMMediate:AMPLitude?", () => watts(light.setPointMw)],
      ["SOURce:POWer:LEVel?", () => watts(light.measuredMw)],
      ["SOURce:POWer:LIMit:LOW?", () => watts(minMw)],
      ["SOURce:POWer:LIMit:HIGH?", () => watts(maxMw)],
      ["SOURce:POWer:NOMinal?", () => watts(nominalMw)],
      ["SOURce:POWer:CURRent?", () => ((light.powerMw / maxMw) * 0.2).toFixed(4)],
      ["SOURce:AM:SOURce?", () => this.source],
      ["SOURce:TEMPerature:BASeplate?", () => (light.hot ? "61.0C" : "30.1C")],
      ["SOURce:TEMPerature:DIODe?", () => (light.hot ? "55.0C" : "25.1C")],
      ["SOURce:TEMPerature:INTernal?", () => "31.5C"],
      ["SYSTem:STATus?", () => this.status()],
      ["SYSTem:FAULt?", () => hex(light.hot || light.latched.has("temperature") ? 1 : 0)],
      ["SYSTem:LOCK?", () => (light.interlockOpen ? "OFF" : "ON")],
      ["SYSTem:INFormation:MODel?", () => "OBIS 640-100C"],
      ["SYSTem:INFormation:SNUMber?", () => `OB${this.context.unit()}`],
      ["SYSTem:INFormation:FVERsion?", () => "V1.2.1"],
      ["SYSTem:INFormation:WAVelength?", () => "640"],
      ["SYSTem:HOURs?", () => "123.45"],
      ["SYSTem:ERRor:COUNt?", () => String(this.errors.length)],
      ["SYSTem:ERRor:NEXt?", () => String(this.errors.shift() ?? 0)],
      ["*IDN?", () => "Coherent, Inc - OBIS 640-100C - V1.2.1 - Nov 11 2015"],
      ["*TST?", () => "0"],
    ];
    return values.find(([pattern]) => is(pattern))?.[1]() ?? unknown;
  }

  private addressed(index: number | null): boolean {
    return index === null || (index <= 1 && !this.context.faults.active("no-index"));
  }

  private emission(on: boolean): Result {
    if (!on) this.light.disable();
    else if (!this.tec || this.light.enable() !== null) return refused;
    return null;
  }

  private setPower(argument: string): Result {
    const mw = Number(argument) * 1000;
    if (argument === "" || !(mw >= minMw - 1e-9 && mw <= maxMw + 1e-9)) return outOfRange;
    this.light.setPower(mw);
    return null;
  }

  private setSource(argument: string, allowed: readonly string[]): Result {
    if (!allowed.includes(argument)) return outOfRange;
    this.source = argument;
    this.light.modulated = !argument.startsWith("CW");
    return null;
  }

  private makeLight(): Light {
    return new Light({
      ...this.context,
      // SYST:CDRH ON brings the delay of the law as well as the fault does.
      delayAlways: () => this.cdrh,
      defaultMw: nominalMw / 10,
      warmUpS,
      delayS: cdrhS,
      keyCycleAfterInterlock: true,
    });
  }

  private status(): string {
    return statusWord(this.light, !this.source.startsWith("CW"), this.context.faults.active("behind-remote"));
  }
}

export const obis: DeviceModel = {
  title: "Coherent OBIS LX, 640 nm, 100 mW",
  ends: "\r\n",
  echoEnd: "\r\n",
  faults: {
    ...laserFaults,
    ...keyFaults,
    ...modulationFaults,
    "no-index": { span: "lasting", what: "a bare head that knows no SYST1 or SOUR1: ERR-100" },
    "behind-remote": {
      span: "lasting",
      what: "an OBIS Remote is in between: its byte stands on top of the status",
    },
  },
  create: (context) => new Obis(context),
};
