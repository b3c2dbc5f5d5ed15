/**
 * Toptica iBeam smart (640 nm, 100 mW) on the wire. Independent of the driver: written from these facts.
 * [M] the manual as quoted by a public driver; [D2] two drivers agree; [D1] one; [I] inferred.
 *
 * | fact | |
 * |---|---|
 * | 115200, no handshake; CR LF or CR ends a command; words may be shortened | [M], [D2] |
 * | a shell: may echo and print the prompt `CMD> ` (fault `shell`, and after power-up); `echo off`, `prompt off`, `talk usual` | [D2] |
 * | answer: CR LF, text, CR LF, `[OK]`, CR LF; without text CR LF `[OK]` CR LF, so also for an empty command | [D2] |
 * | errors end in [OK] too: first line `%SYS-<I|W|E|F>-<nnn>, text`; I is information (fault `info-lines`) | [D2] |
 * | la on|off; sta la ON|OFF; ch 2 pow <mW> or <µW> micro; en, di, sta ch 1|2; channel 1 bias, 2 level | [D2] |
 * | sh level pow `CH2, PWR: 5.00 mW`; sh pow `PIC  = 5000 uW  `; sh sat holds `Pmax: 100 mW`, not last; show serial `SN: ` | [D2] |
 * | sh cur `LDC  = `, sh temp [sys] `TEMP = `, sta up, sh lim, sh data, ver, id | [D1] |
 * | interlock and over-temperature make `la on` an error; numbers of the errors; what else sat and data hold | [I] |
 */
import type { DeviceContext, DeviceModel, Truth, WireDevice } from "../sim/device.js";
import { Light } from "../sim/light.js";
import { laserFaults } from "../sim/wire-faults.js";

const maxMw = 100;
const warmUpS = 30;
const unknown = "%SYS-E-009, unrecognized command";
const range = "%SYS-E-012, value out of range";
const noLight = "%SYS-E-034, laser cannot be switched on";

interface Channel {
  mw: number;
  on: boolean;
}
const fresh = (): [Channel, Channel] => [
  { mw: 0, on: false },
  { mw: 5, on: true },
];

class IBeamSmart implements WireDevice {
  private readonly light: Light;
  private channels = fresh();
  private echo = false;
  private prompt = false;
  private talk = "usual";

  constructor(private readonly context: DeviceContext) {
    this.light = new Light({ ...context, defaultMw: 5, warmUpS, delayS: 3, keyCycleAfterInterlock: false });
  }

  answer(command: string): string {
    const echoed = this.echo ? command : "";
    const lines = this.run(command.trim().toLowerCase().split(/\s+/));
    const info = this.context.faults.active("info-lines") ? ["%SYS-I-077, scroll lock is off"] : [];
    const text = [...info, ...lines].map((line) => `\r\n${line}`).join("");
    const prompt = this.prompt ? "CMD> " : "";
    return `${echoed}${text}\r\n[OK]\r\n${prompt}`;
  }

  changed(fault: string, active: boolean, forS?: number): void {
    this.light.changed(fault, active, forS);
    if (!active) this.light.clearLatched();
    if (fault === "shell" && active) this.shell();
  }

  powerCycle(): void {
    this.channels = fresh();
    this.shell();
    this.light.powerCycle(false, warmUpS);
    this.apply();
  }

  truth(): Truth {
    const { light } = this;
    return {
      emission: light.lit,
      powerMw: light.powerMw,
      setPointMw: this.channels[1].mw,
      key: null,
      interlock: light.interlockOpen ? "open" : "closed",
      warm: light.warm,
      registers: {
        echo: this.echo,
        prompt: this.prompt,
        talk: this.talk,
        ch1: this.channels[0].on,
        ch2: this.channels[1].on,
      },
    };
  }

  private run(words: readonly string[]): string[] {
    const is = (...pattern: readonly string[]): boolean =>
      pattern.length <= words.length && pattern.every((word, i) => shortens(words[i] as string, word));
    const last = words.at(-1) ?? "";
    if (words.length === 1 && words[0] === "") return [];
    if (is("laser", "on")) return this.light.enable() === null ? [] : [noLight];
    if (is("laser", "off")) {
      this.light.disable();
      return [];
    }
    if (is("channel") && shortens(words[2] ?? "", "power")) return this.setPower(words);
    if (is("enable") || is("disable")) return this.switchChannel(last, is("enable"));
    if (is("echo")) {
      this.echo = last === "on";
      return [];
    }
    if (is("prompt")) {
      this.prompt = last === "on";
      return [];
    }
    if (is("talk")) {
      this.talk = last;
      return [];
    }
    if (is("reset", "system")) {
      this.light.disable();
      this.channels = fresh();
      this.apply();
      return [];
    }
    return this.read(is, last);
  }

  private read(is: (...pattern: readonly string[]) => boolean, last: string): string[] {
    const { light } = this;
    const [bias, level] = this.channels;
    const onOff = (on: boolean): string => (on ? "ON" : "OFF");
    if (is("status", "laser")) return [onOff(light.reportedOn && !light.starting)];
    if (is("status", "channel"))
      return this.channel(last) === null ? [range] : [onOff(this.channel(last)?.on === true)];
    if (is("status", "uptime")) return ["PowerUP: 123 h + 45 s", "LaserON: 67 h + 8 s"];
    if (is("status", "clip")) return ["PASS"];
    if (is("status", "temperature")) return [light.hot ? "ALARM" : "OK"];
    if (is("show", "level", "power")) {
      return [`CH1, PWR: ${bias.mw.toFixed(2)} mW`, `CH2, PWR: ${level.mw.toFixed(2)} mW`];
    }
    if (is("show", "power")) return [`PIC  = ${Math.round(light.measuredMw * 1000)} uW  `];
    if (is("show", "current")) return [`LDC  = ${((light.powerMw / maxMw) * 180).toFixed(1)} mA`];
    if (is("show", "temperature")) return [`TEMP = ${light.hot ? 61 : 25} C`];
    if (is("show", "satellite")) {
      return ["Satellite data", "-----", " Type: iBEAM-640-S", ` Pmax: ${maxMw} mW`, " Imax: 180.0 mA"];
    }
    if (is("show", "limit")) return ["Imax: 180.0 mA", "Ilimit: 175.0 mA"];
    if (is("show", "serial") || is("serial")) return [`SN: iBEAM-SMART-${this.context.unit()}`];
    if (is("show", "data")) return [`SN: iBEAM-SMART-${this.context.unit()}`, "Lambda: 640 nm"];
    if (is("id")) return [`iBEAM-SMART-640-S, SN: iBEAM-SMART-${this.context.unit()}`];
    if (is("version")) return ["iBPs-001A01-05"];
    return [unknown];
  }

  private channel(number: string): Channel | null {
    return number === "1" ? this.channels[0] : number === "2" ? this.channels[1] : null;
  }

  private setPower(words: readonly string[]): string[] {
    const channel = this.channel(words[1] ?? "");
    const value = Number(words[3] ?? Number.NaN);
    const unit = words[4] ?? "";
    const micro = unit === "uw" || (unit !== "" && shortens(unit, "micro"));
    const mw = micro ? value / 1000 : value;
    const milli = unit === "mw" || (unit !== "" && shortens(unit, "milli"));
    if (channel === null || (unit !== "" && !micro && !milli) || !(mw >= 0 && mw <= maxMw)) return [range];
    if (!this.context.faults.active("set-ignored")) channel.mw = mw;
    this.apply();
    return [];
  }

  private switchChannel(number: string, on: boolean): string[] {
    const channel = this.channel(number);
    if (channel === null) return [range];
    channel.on = on;
    this.apply();
    return [];
  }

  private apply(): void {
    this.light.setPointMw = this.channels.reduce((sum, c) => sum + (c.on ? c.mw : 0), 0);
  }

  private shell(): void {
    this.echo = true;
    this.prompt = true;
  }
}

/** A word may be cut after its second letter, `on` and `id` are whole. */
function shortens(given: string, word: string): boolean {
  return given === word || (given.length >= 2 && word.startsWith(given));
}

export const ibeamSmart: DeviceModel = {
  title: "Toptica iBeam smart, 640 nm, 100 mW",
  ends: "\r\n",
  empty: true,
  echoEnd: "\r\n",
  faults: {
    ...laserFaults,
    shell: {
      span: "moment",
      what: "echo and prompt are on, as after power-up, until a client switches them off",
    },
    "info-lines": { span: "lasting", what: "an information line %SYS-I-… stands before every answer" },
  },
  create: (context) => new IBeamSmart(context),
};
