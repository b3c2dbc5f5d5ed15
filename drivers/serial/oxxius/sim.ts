/**
 * Oxxius LBX (640 nm, 100 mW) on the wire. Independent of the driver: written from these facts.
 * [D1] one public driver (the maker's, in Micro-Manager); [I] inferred.
 *
 * | fact | |
 * |---|---|
 * | LF or CR LF ends a command, CR LF an answer; every command is answered by a line; unknown `????` | [D1] |
 * | inf? `LBX-640-100`: kind, nm, nominal mW; hid? serial; ?sv firmware | [D1] |
 * | an LCX takes `ip <%>` and answers `ip` (fault `dpss-head`); per cent of its nominal power | [D1], of which power [I] |
 * | dl 1|0; p <mW>, ?sp, ?p; c <%>, ?c mA, ?sc; acc 0|1, ?acc; am, ttl 0|1 and their queries; t 0 sleep 1 ready, ?t; ?bt, ?hh | [D1] |
 * | ?sta 1 warm-up 2 stand-by 3 emission 4 alarm 5 internal error 6 sleep; ?f 0 4 inner temperature 7 interlock; ?int 1 closed | [D1] |
 * | power up to 110 % of nominal; mode changes only while dark; a set is answered `OK`, out of range `????` | [D1], the answers [I] |
 * | an alarm stays until `rst` [I] | [I] |
 */
import type { DeviceContext, DeviceModel, Truth, WireDevice } from "../sim/device.js";
import { Light } from "../sim/light.js";
import { laserFaults, modulationFaults } from "../sim/wire-faults.js";

const nominalMw = 100;
const maxMw = 110;
const maxMa = 180;
const warmUpS = 60;
const done = "OK";
const refused = "????";

class Oxxius implements WireDevice {
  private readonly light: Light;
  private constantCurrent = false;
  private powerMw = 10;
  private currentPercent = 0;
  private readonly inputs = new Map([
    ["am", 0],
    ["ttl", 0],
  ]);
  private asleep = false;

  constructor(private readonly context: DeviceContext) {
    this.light = new Light({ ...context, defaultMw: 10, warmUpS, delayS: 3, keyCycleAfterInterlock: false });
  }

  answer(command: string): string {
    return `${this.run(command.trim().toLowerCase())}\r\n`;
  }

  changed(fault: string, active: boolean, forS?: number): void {
    this.light.changed(fault, active, forS);
  }

  powerCycle(): void {
    this.constantCurrent = false;
    this.powerMw = 10;
    this.currentPercent = 0;
    this.asleep = false;
    for (const name of this.inputs.keys()) this.inputs.set(name, 0);
    this.light.powerCycle(false, warmUpS);
    this.apply();
  }

  truth(): Truth {
    const { light } = this;
    return {
      emission: light.lit,
      powerMw: light.powerMw,
      setPointMw: this.powerMw,
      key: null,
      interlock: light.interlockOpen ? "open" : "closed",
      warm: light.warm,
      registers: { sta: this.status, f: this.alarm, mode: this.constantCurrent ? "ACC" : "APC" },
    };
  }

  private run(text: string): string {
    const set = /^(dl|p|ip|c|acc|apc|am|ttl|t)[ =](\S+)$/.exec(text);
    // A DPSS head takes per cent and knows no mW, and the other way round.
    const name = set?.[1] ?? text;
    if (this.dpss ? name === "p" || name === "?sp" : name === "ip") return refused;
    return set === null ? this.query(text) : this.set(set[1] as string, Number(set[2]));
  }

  private set(name: string, value: number): string {
    const { light } = this;
    const isSwitch = value === 0 || value === 1;
    switch (name) {
      case "p":
        if (!(value >= 0 && value <= maxMw)) return refused;
        if (light.setPower(light.setPointMw)) this.powerMw = value;
        break;
      case "ip":
        if (!(value >= 0 && value <= 100)) return refused;
        if (light.setPower(light.setPointMw)) this.powerMw = (value / 100) * nominalMw;
        break;
      case "c":
        if (!(value >= 0 && value <= 125)) return refused;
        this.currentPercent = value;
        break;
      case "dl":
        if (!isSwitch) return refused;
        if (value === 0) light.disable();
        else if (this.asleep || light.enable() !== null) return refused;
        break;
      case "acc":
      case "apc":
        if (!isSwitch || light.on) return refused;
        this.constantCurrent = (name === "acc") === (value === 1);
        break;
      case "t":
        if (!isSwitch) return refused;
        this.asleep = value === 0;
        if (this.asleep) light.disable();
        break;
      default:
        if (!isSwitch) return refused;
        this.inputs.set(name, value);
    }
    this.apply();
    return done;
  }

  private query(text: string): string {
    const { light } = this;
    switch (text) {
      case "inf?":
        return this.dpss ? `LCX-561-${nominalMw}` : `LBX-640-${nominalMw}`;
      case "ip":
        return ((this.powerMw / nominalMw) * 100).toFixed(1);
      case "hid?":
        return `LBX-${this.context.unit()}`;
      case "?sv":
        return "1.35";
      case "?p":
        return light.measuredMw.toFixed(1);
      case "?sp":
        return this.powerMw.toFixed(1);
      case "?c":
        return ((light.powerMw / maxMw) * maxMa).toFixed(1);
      case "?sc":
        return this.currentPercent.toFixed(1);
      case "?acc":
        return this.constantCurrent ? "1" : "0";
      case "?apc":
        return this.constantCurrent ? "0" : "1";
      case "?am":
      case "?ttl":
        return String(this.inputs.get(text.slice(1)));
      case "?t":
        return this.asleep ? "0" : "1";
      case "?bt":
        return light.hot ? "62.0" : "25.0";
      case "?hh":
        return "1234.5";
      case "?sta":
        return String(this.status);
      case "?f":
        return String(this.alarm);
      case "?int":
        return light.interlockOpen ? "0" : "1";
      case "rst":
        light.clearLatched();
        return done;
      default:
        return refused;
    }
  }

  private get dpss(): boolean {
    return this.context.faults.active("dpss-head");
  }
  private get alarm(): number {
    const { light } = this;
    if (light.interlockOpen || light.latched.has("interlock")) return 7;
    return light.hot || light.latched.has("temperature") ? 4 : 0;
  }

  private get status(): number {
    const { light } = this;
    if (this.alarm !== 0) return 4;
    if (this.asleep) return 6;
    if (!light.warm) return 1;
    return light.reportedOn && !light.starting ? 3 : 2;
  }

  private apply(): void {
    this.light.setPointMw = this.constantCurrent ? (this.currentPercent / 125) * maxMw : this.powerMw;
    this.light.modulated = [...this.inputs.values()].includes(1);
  }
}

export const oxxius: DeviceModel = {
  title: "Oxxius LBX, 640 nm, 100 mW",
  ends: "\r\n",
  echoEnd: "\r\n",
  faults: {
    ...laserFaults,
    ...modulationFaults,
    "dpss-head": { span: "lasting", what: "an LCX: its power is set in per cent (`ip`), not in mW" },
  },
  create: (context) => new Oxxius(context),
};
