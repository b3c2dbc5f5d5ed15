/**
 * Thorlabs SC10 shutter controller on the wire. Independent of the driver: written from these facts.
 * [D2] two or more public drivers agree; [D1] one; [I] inferred.
 *
 * | fact | |
 * |---|---|
 * | 9600; a command ends with CR, is echoed, then its value and CR, then the prompt `> ` | [D2] |
 * | `ens` toggles; `ens?` 0 or 1; `mode=1` manual, `mode?`; `id?`, `*idn?` | [D2] |
 * | `ens=0|1` sets (one driver sends it) | [D1] |
 * | unknown: `Command error CMD_NOT_DEFINED`, bad value: `Command error CMD_ARG_INVALID`; also for an empty command | [D2], the latter's sentence [I] |
 * | the first exchange after power-on may fail (fault `first-fails`, and after a power cycle) | [D1] |
 * | modes 2 auto, 3 single, 4 repeat open and shut by `open=`, `shut=` ms and `rep=`; 5 by its gate input, here low | [D1], their timing [I] |
 */
import type { DeviceContext, DeviceModel, Truth, WireDevice } from "../sim/device.js";
import { lightFaults } from "../sim/wire-faults.js";

const settings: Readonly<Record<string, readonly [min: number, max: number, initial: number]>> = {
  mode: [1, 5, 1],
  open: [1, 999_999, 1000],
  shut: [1, 999_999, 1000],
  rep: [1, 99, 1],
  trig: [0, 1, 0],
  xto: [0, 1, 0],
};
const notDefined = "Command error CMD_NOT_DEFINED\n";
const badArgument = "Command error CMD_ARG_INVALID\n";
const external = 5;

class Sc10 implements WireDevice {
  private enabled = false;
  private enabledMs = 0;
  private commanded = false;
  private ignoredOff = false;
  private firstFails = false;
  private values = defaults();

  constructor(private readonly context: DeviceContext) {}

  answer(command: string): string {
    const text = command.trim().toLowerCase();
    if (this.firstFails) {
      this.firstFails = false;
      return `${command}\r${notDefined}\r> `;
    }
    const value = this.run(text);
    return `${command}\r${value === "" ? "" : `${value}\r`}> `;
  }

  changed(fault: string, active: boolean): void {
    if (fault === "first-fails" && active) this.firstFails = true;
    if (fault === "interlock-open" && active) {
      this.enabled = false;
      this.commanded = false;
    }
    if (fault === "stuck-on" && !active) this.enabled = this.commanded;
  }

  powerCycle(): void {
    this.enabled = false;
    this.commanded = false;
    this.values = defaults();
    this.firstFails = true;
  }

  truth(): Truth {
    return {
      emission: this.isOpen,
      powerMw: null,
      setPointMw: null,
      key: null,
      interlock: this.is("interlock-open") ? "open" : "closed",
      warm: null,
      registers: { ens: this.enabled, ...Object.fromEntries(this.values) },
    };
  }

  private run(text: string): string {
    if (text === "id?" || text === "*idn?") return `THORLABS SC10 VERSION 1.07`;
    if (text === "ens") return this.enable(!this.enabled);
    if (text === "ens?") return (this.is("status-lies") ? this.commanded : this.enabled) ? "1" : "0";
    if (text === "interlock?") return this.is("interlock-open") ? "1" : "0";
    const set = /^([a-z]+)=(.*)$/.exec(text);
    if (set?.[1] === "ens" && (set[2] === "0" || set[2] === "1")) return this.enable(set[2] === "1");
    const query = /^([a-z]+)\?$/.exec(text);
    const name = set?.[1] ?? query?.[1] ?? "";
    const limits = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (limits === undefined) return notDefined;
    if (query !== null) return String(this.values.get(name));
    const value = Number(set?.[2]);
    if (!Number.isInteger(value) || value < limits[0] || value > limits[1]) return badArgument;
    this.values.set(name, value);
    return "";
  }

  private enable(on: boolean): string {
    if (on && this.is("interlock-open")) return "";
    this.commanded = on;
    if (on && !this.enabled) {
      this.ignoredOff = false;
      this.enabledMs = this.context.clock.monotonic();
    }
    if (!on && this.enabled && this.is("stuck-on")) return "";
    if (!on && this.enabled && this.is("off-ignored") && !this.ignoredOff) {
      this.ignoredOff = true;
      return "";
    }
    this.enabled = on;
    return "";
  }

  /** Light passes. In the timed modes the blade opens and shuts by itself. */
  private get isOpen(): boolean {
    if (!this.enabled || this.is("interlock-open")) return false;
    const [mode, openMs, shutMs, repeats] = ["mode", "open", "shut", "rep"].map(
      (n) => this.values.get(n) ?? 1,
    );
    if (mode === 1) return true;
    if (mode === external) return false;
    const sinceMs = this.context.clock.monotonic() - this.enabledMs;
    const cycleMs = (openMs as number) + (shutMs as number);
    const times = mode === 3 ? 1 : mode === 4 ? (repeats as number) : Number.POSITIVE_INFINITY;
    return sinceMs < times * cycleMs && sinceMs % cycleMs < (openMs as number);
  }

  private is(fault: string): boolean {
    return this.context.faults.active(fault);
  }
}

function defaults(): Map<string, number> {
  return new Map(Object.entries(settings).map(([name, [, , initial]]) => [name, initial]));
}

const { "off-ignored": offIgnored, "stuck-on": stuckOn, "status-lies": statusLies } = lightFaults;
export const sc10: DeviceModel = {
  title: "Thorlabs SC10 shutter controller",
  ends: "\r\n",
  empty: true,
  echoEnd: "\r",
  faults: {
    "off-ignored": offIgnored,
    "stuck-on": { ...stuckOn, what: "an open shutter stays open whatever is commanded; read back as open" },
    "status-lies": statusLies,
    "interlock-open": { span: "lasting", what: "the interlock is open: the shutter closes and stays closed" },
    "first-fails": { span: "moment", what: "the next command is answered by an error, as after power-on" },
  },
  create: (context) => new Sc10(context),
};
