/**
 * OneFive Katana 08HP (775 nm, 3.2 W) on the wire. Independent of the driver: written from these facts, all of them
 * known from users' code alone. [D2] two public drivers agree; [D1] one; [I] inferred.
 *
 * | fact | |
 * |---|---|
 * | 38400; LF both ways; `name=value` and `name?`; a set answers a line too | [D2] |
 * | numeric answers repeat the name: `lp=1.234`; a set's answer is the same line | [D1], the latter [I] |
 * | le 0|1 emission; lp W; lpa? measured W; li 0-10; lps 1 = power by RS-232, 0 = by the knob; lip mode | [D1] |
 * | lts 0-2, ltll ±5 V, lx_freq 18-80 MHz in Hz | [D1] |
 * | enabling with the key off: a line with `(Error 100)` | [D1] |
 * | at least 50 ms between commands (fault `drop-fast`) | [D1] |
 * | a stray byte may follow an answer (fault `stray-byte`); debug chatter on old units (`debug-chatter`) | [D1] |
 * | lps is 1 here at the start (0 after a power cycle); lp at the knob is refused with `(Error 101)`; other errors, `lip` 1 = current | [I] |
 */
import type { DeviceContext, DeviceModel, Truth, WireDevice } from "../sim/device.js";
import { Light } from "../sim/light.js";
import { keyFaults, laserFaults, paceFaults } from "../sim/wire-faults.js";

const maxW = 3.2;
const maxCurrent = 10;
const warmUpS = 60;
const knobW = 0.1;

interface Register {
  readonly min: number;
  readonly max: number;
  readonly digits: number;
  readonly initial: number;
}
const registers: Readonly<Record<string, Register>> = {
  le: { min: 0, max: 1, digits: 0, initial: 0 },
  lp: { min: 0, max: maxW, digits: 3, initial: knobW },
  li: { min: 0, max: maxCurrent, digits: 2, initial: 0 },
  lps: { min: 0, max: 1, digits: 0, initial: 1 },
  lip: { min: 0, max: 1, digits: 0, initial: 0 },
  lts: { min: 0, max: 2, digits: 0, initial: 0 },
  ltll: { min: -5, max: 5, digits: 2, initial: 0 },
  lx_freq: { min: 18e6, max: 80e6, digits: 0, initial: 40e6 },
};

class Katana implements WireDevice {
  private readonly light: Light;
  private values = defaults();

  constructor(private readonly context: DeviceContext) {
    this.light = new Light({
      ...context,
      defaultMw: knobW * 1000,
      warmUpS,
      delayS: 3,
      keyCycleAfterInterlock: false,
    });
  }

  answer(command: string): string {
    const { faults } = this.context;
    const chatter = faults.active("debug-chatter") ? "DBG: tec 24.98 shg 55.01\n" : "";
    const stray = faults.active("stray-byte") ? "\r" : "";
    return `${chatter}${this.run(command.trim().toLowerCase())}\n${stray}`;
  }

  changed(fault: string, active: boolean, forS?: number): void {
    this.light.changed(fault, active, forS);
    if (!active) this.light.clearLatched();
  }

  powerCycle(): void {
    this.values = defaults();
    this.values.set("lps", 0);
    this.light.powerCycle(false, warmUpS);
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
      registers: Object.fromEntries(this.values),
    };
  }

  private run(text: string): string {
    const query = /^([a-z_]+)\?$/.exec(text)?.[1];
    if (query !== undefined) return this.read(query);
    const set = /^([a-z_]+)=(\S+)$/.exec(text);
    return set === null ? "unknown command (Error 1)" : this.write(set[1] as string, Number(set[2]));
  }

  private read(name: string): string {
    if (name === "lpa") return `lpa=${(this.light.measuredMw / 1000).toFixed(3)}`;
    if (name === "le") return `le=${this.light.reportedOn && !this.light.starting ? 1 : 0}`;
    const register = Object.hasOwn(registers, name) ? registers[name] : undefined;
    if (register === undefined) return "unknown command (Error 1)";
    return `${name}=${(this.values.get(name) ?? 0).toFixed(register.digits)}`;
  }

  private write(name: string, value: number): string {
    const register = Object.hasOwn(registers, name) ? registers[name] : undefined;
    if (register === undefined) return "unknown command (Error 1)";
    if (!(value >= register.min && value <= register.max)) return "value out of range (Error 2)";
    if (name === "le") return this.emission(value === 1);
    if (name === "lp" && this.values.get("lps") === 0) return "power is set by the knob (Error 101)";
    if (name !== "lp" || this.light.setPower(value * 1000)) this.values.set(name, value);
    this.apply();
    return `${name}=${value.toFixed(register.digits)}`;
  }

  private emission(on: boolean): string {
    if (!on) this.light.disable();
    else {
      const refusal = this.light.enable();
      if (refusal === "key" || refusal === "key-cycle") return "key switch is off (Error 100)";
      if (refusal !== null) return `${refusal} (Error 102)`;
    }
    return `le=${on ? 1 : 0}`;
  }

  private apply(): void {
    const watts =
      this.values.get("lip") === 1
        ? ((this.values.get("li") ?? 0) / maxCurrent) * maxW
        : this.values.get("lps") === 0
          ? knobW
          : (this.values.get("lp") ?? 0);
    this.light.setPointMw = watts * 1000;
  }
}

function defaults(): Map<string, number> {
  return new Map(Object.entries(registers).map(([name, { initial }]) => [name, initial]));
}

export const katana: DeviceModel = {
  title: "OneFive Katana 08HP, 775 nm (community-verified)",
  ends: "\r\n",
  echoEnd: "\n",
  fastMs: 50,
  faults: {
    ...laserFaults,
    ...keyFaults,
    ...paceFaults,
    "stray-byte": { span: "lasting", what: "one more byte follows every answer" },
    "debug-chatter": { span: "lasting", what: "a line of debug output stands before every answer" },
  },
  create: (context) => new Katana(context),
};
