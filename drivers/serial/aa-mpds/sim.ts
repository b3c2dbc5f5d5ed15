/**
 * AA Opto-Electronic MPDS8C (eight-channel AOTF driver) on the wire. Independent of the driver: written from these facts.
 * [D2] two or more public drivers agree; [D1] one; [I] inferred.
 *
 * | fact | |
 * |---|---|
 * | CR, CR LF or LF CR ends a command; the box's own line end is LF CR | [D2] |
 * | fast form `L<n>[F…][P…|D…][O0|1][I0|1][E]`, answered `l<n>F<MHz>P<dBm>S<0|1>` LF CR; n = 0 is blanking: `BS<0|1>I<0|1>` | [D2] |
 * | slow forms answer LF CR first and end with `?`; S table, q identity, X select, E store; M reset and V, I say nothing | [D2], silence [D1] |
 * | `M` and `E` act without a line end | [D1] |
 * | per channel I1 = INTERNAL; the global I0 = INTERNAL | [D2] |
 * | power ≤ 22 dBm; what is out of range is not refused: clipped (power) or not taken (frequency 74–158 MHz) | [D1], which of both [I] |
 * | M: back to what E stored, in external mode; deaf for a while (fault `slow-reset`) | [D1] |
 * | external blanking with its pin open: everything is dark | [D1] |
 * | commands closer than 25 ms are dropped by some boxes (fault `drop-fast`) | [D1] |
 * | NULs in the table on some boxes (fault `nul-bytes`); V and I answered by a prompt on others (`set-prompts`) | [D1] |
 * | P 0–1023 to dBm: linear here; at P0 no RF | [I] |
 */
import type { DeviceContext, DeviceModel, Truth, WireDevice } from "../sim/device.js";
import { lightFaults, paceFaults } from "../sim/wire-faults.js";
import { Channels, maxRaw } from "./sim-channels.js";

const end = "\n\r";
const prompt = `${end}?`;
const deafMs = 200;

class AaMpds implements WireDevice {
  private readonly channels: Channels;
  private selected = 1;
  private deafUntilMs = Number.NEGATIVE_INFINITY;
  private range = 0;

  constructor(private readonly context: DeviceContext) {
    this.channels = new Channels(context);
  }

  answer(command: string): string {
    if (this.context.clock.monotonic() < this.deafUntilMs) return "";
    const text = command.trim();
    const fast = /^L(\d)((?:[FPD][+-]?[\d.]+|[OI]\d?|E)*)$/i.exec(text);
    if (fast !== null) return this.fast(Number(fast[1]), fast[2] ?? "");
    const [, letter = "", argument = ""] = /^(.)\s*(.*)$/s.exec(text) ?? [];
    return this.slow(letter, argument);
  }

  changed(fault: string, active: boolean): void {
    this.channels.changed(fault, active);
  }
  powerCycle(): void {
    this.channels.reset();
    this.selected = 1;
  }

  truth(): Truth {
    const { channels } = this;
    return {
      emission: channels.list.some((_, i) => channels.lit(i + 1)),
      powerMw: channels.list.reduce((sum, _, i) => sum + channels.rfMw(i + 1), 0),
      setPointMw: null,
      key: null,
      interlock: null,
      warm: null,
      registers: {
        blanking: `${channels.blanking.on ? "ON" : "OFF"} ${channels.blanking.internal ? "INTERNAL" : "EXTERNAL"}`,
        range: this.range,
        ...Object.fromEntries(channels.list.map((_, i) => [`l${i + 1}`, channels.lit(i + 1)])),
      },
    };
  }

  private fast(n: number, rest: string): string {
    if (n > this.channels.list.length) return prompt;
    for (const [, letter = "", value = ""] of rest.matchAll(/([A-Za-z])([+-]?[\d.]*)/g)) {
      this.set(n, letter.toUpperCase(), value);
    }
    return `${this.channels.line(n)}${end}`;
  }

  private set(n: number, letter: string, value: string): void {
    const { channels } = this;
    const number = Number(value);
    switch (letter) {
      case "F":
        channels.setFrequency(n, number);
        break;
      case "P":
        channels.setRaw(n, number);
        break;
      case "D":
        channels.setDbm(n, number);
        break;
      case "O":
        if (value !== "") channels.switch(n, number === 1);
        break;
      case "I":
        if (value !== "") channels.setInternal(n, number === 1);
        break;
      case "E":
        channels.store();
        break;
    }
  }

  private slow(letter: string, argument: string): string {
    const { channels } = this;
    const quiet = this.context.faults.active("set-prompts") ? prompt : "";
    switch (letter) {
      case "S":
      case "s":
        return `${end}${this.table()}${prompt}`;
      case "q":
      case "Q":
        return `${end}AA MPDS8C-B66-22-74.158 SN${this.context.unit()}${prompt}`;
      case "X":
      case "x":
        if (Number(argument) >= 1 && Number(argument) <= channels.list.length)
          this.selected = Number(argument);
        return `${end}Line number> ${this.selected}${prompt}`;
      case "F":
      case "P":
      case "D":
      case "O":
        if (argument !== "") this.set(this.selected, letter, argument);
        return prompt;
      case "I":
        // The other way round than per channel.
        if (argument !== "") channels.allInternal(argument === "0");
        return quiet;
      case "V":
        if (argument !== "") this.range = Number(argument);
        return quiet;
      case "M":
        channels.reset();
        if (this.context.faults.active("slow-reset"))
          this.deafUntilMs = this.context.clock.monotonic() + deafMs;
        return "";
      case "E":
        channels.store();
        return prompt;
      case "6":
      case "4":
        channels.setFrequency(
          this.selected,
          channels.channel(this.selected).mhz + (letter === "6" ? 0.1 : -0.1),
        );
        return prompt;
      case "8":
      case "2":
        channels.setRaw(
          this.selected,
          channels.raw(this.selected) + (letter === "8" ? 1 : -1) * (maxRaw / 100),
        );
        return prompt;
      default:
        return prompt;
    }
  }

  private table(): string {
    const { channels } = this;
    const words = (on: boolean, internal: boolean): string =>
      `${on ? "ON" : "OFF"} ${internal ? "INTERNAL" : "EXTERNAL"}`;
    const nul = this.context.faults.active("nul-bytes") ? "\0" : "";
    const lines = channels.list.map(
      (c, i) => `l${i + 1} F=${c.mhz.toFixed(3)} P=${c.dbm.toFixed(3)} ${words(c.on, c.internal)}${nul}`,
    );
    lines.push(`Blanking ${words(channels.blanking.on, channels.blanking.internal)}`);
    return lines.join(end);
  }
}

export const aaMpds: DeviceModel = {
  title: "AA Opto-Electronic MPDS8C, eight AOTF channels",
  ends: "\r\n",
  echoEnd: "\r\n",
  fastMs: 25,
  atOnce: (buffer) => buffer === "M" || buffer === "E",
  faults: {
    ...lightFaults,
    ...paceFaults,
    "slow-reset": { span: "lasting", what: "deaf for 200 ms after the reset command M" },
    "nul-bytes": { span: "lasting", what: "NUL bytes stand in the status table" },
    "set-prompts": { span: "lasting", what: "V and the global I are answered by a prompt" },
    "blanking-open": {
      span: "lasting",
      what: "blanking is external and its pin open: all channels are dark",
    },
    "external-high": { span: "lasting", what: "the external inputs are driven: external channels emit" },
  },
  create: (context) => new AaMpds(context),
};
