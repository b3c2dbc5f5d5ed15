/**
 * Cobolt Skyra (four lines: 405, 488, 561, 640 nm) on the wire. Independent of the driver: written from these facts,
 * beside those of ../cobolt-06/sim.ts. [M] the maker's public drivers; [D1] one public driver; [I] inferred.
 *
 * | fact | |
 * |---|---|
 * | the words of one line are led by its number 1-4: 1p, 1pa?, 1glp?, 1slp, 1gmlp?, 1glw?, 1glm?, 1gam?, 1l?, 1sla 0|1 | [M] |
 * | f?, ilk?, gom?, key, @cob1, l1, l0 are those of the whole; firmware `9.001` | [M] |
 * | gom? 0 off 2 waiting for key 3 warm-up 4 completed 5 fault 6 aborted | [M, which of 1 and 2 is the key disputed] |
 * | switching on lights the active lines; 1l1 and 1l0 one of them; after l0 gom? is 0 | [I] |
 * | powers set during warm-up are ignored | [D1] |
 */
import { boxAnswer, type CoboltBox, directAnswer, faultOf } from "../cobolt-06/sim-box.js";
import { CoboltHead, illegal, ok } from "../cobolt-06/sim-head.js";
import type { DeviceContext, DeviceModel, Truth, WireDevice } from "../sim/device.js";
import { firmwareFaults, keyFaults, laserFaults, modulationFaults, paceFaults } from "../sim/wire-faults.js";

const warmUpS = 60;
const linesNm = [405, 488, 561, 640];
const maxMw = [50, 100, 50, 100];

class Skyra implements WireDevice, CoboltBox {
  private readonly heads: readonly CoboltHead[];
  private readonly active = [true, true, true, true];
  private waitingForKey = false;
  private autostart = true;
  private aborted = false;

  constructor(private readonly context: DeviceContext) {
    this.heads = maxMw.map(
      (max) => new CoboltHead(context, { maxMw: max, defaultMw: 10, maxMa: 200, warmUpS }),
    );
  }

  answer(command: string): string {
    const text = command.trim().toLowerCase();
    const line = /^([1-4])(.+)$/.exec(text);
    const reply = line === null ? this.whole(text) : this.line(Number(line[1]) - 1, line[2] as string);
    return `${reply}\r\n`;
  }

  changed(fault: string, active: boolean, forS?: number): void {
    for (const { light } of this.heads) light.changed(fault, active, forS);
    if (fault === "key-off" && active) this.waitingForKey = false;
    if (fault === "key-off" && !active && this.waitingForKey) this.start();
  }

  powerCycle(): void {
    this.waitingForKey = false;
    this.aborted = false;
    this.autostart = true;
    this.active.fill(true);
    for (const head of this.heads) {
      head.light.keyBypassed = false;
      head.light.powerCycle(false, warmUpS);
      head.reset();
    }
  }

  truth(): Truth {
    const lights = this.heads.map((h) => h.light);
    const { light } = this.first;
    return {
      emission: lights.some((l) => l.lit),
      powerMw: lights.reduce((sum, l) => sum + l.powerMw, 0),
      setPointMw: this.first.setPointMw,
      key: light.keyOn ? "on" : "off",
      interlock: light.interlockOpen ? "open" : "closed",
      warm: light.warm,
      registers: {
        gom: this.gom,
        ...Object.fromEntries(lights.map((l, i) => [`line${i + 1}`, l.lit])),
        ...Object.fromEntries(lights.map((l, i) => [`line${i + 1}Mw`, l.powerMw])),
      },
    };
  }

  private get first(): CoboltHead {
    return this.heads[0] as CoboltHead;
  }
  get light(): CoboltHead["light"] {
    return this.first.light;
  }
  get isOn(): boolean {
    return this.heads.some((h) => h.isOn);
  }
  get autostartOn(): boolean {
    return this.autostart;
  }
  get gom(): number {
    if (faultOf(this.light) !== 0) return 5;
    if (this.aborted) return 6;
    if (this.waitingForKey) return 2;
    if (!this.heads.some((h) => h.light.reportedOn)) return 0;
    return this.first.light.warm ? 4 : 3;
  }

  private get strange(): boolean {
    return this.context.faults.active("unknown-firmware");
  }

  private line(i: number, text: string): string {
    const head = this.heads[i] as CoboltHead;
    const [word = "", argument = ""] = text.split(/\s+/);
    switch (text.endsWith("?") ? text : word) {
      case "glw?":
        return String(linesNm[i]);
      case "glm?":
        return `0${linesNm[i]}-09-01-0${String(maxMw[i]).padStart(3, "0")}-100`;
      case "l?":
        return head.isOn ? "1" : "0";
      case "l1":
        return this.switchOn(i, true);
      case "l0":
        head.light.disable();
        return ok;
      case "sla":
        this.active[i] = argument === "1";
        if (argument !== "1") head.light.disable();
        return ok;
      case "sla?":
      case "gla?":
        return this.active[i] ? "1" : "0";
      default:
        return head.run(text.endsWith("?") ? text : word, argument) ?? illegal;
    }
  }

  private whole(text: string): string {
    const [word = "", argument = ""] = text.split(/\s+/);
    switch (word) {
      case "@cobasdr":
        return ok;
      case "sn?":
      case "gsn?":
        return String(20_000 + this.context.unit());
      case "glm?":
        return this.strange ? "X4-99" : "Skyra-4-405-488-561-640";
      case "gfv?":
      case "ver?":
        return this.strange ? "77.100" : "9.001";
      case "@cobas":
        this.autostart = argument !== "0";
        return ok;
      case "cf":
        for (const head of this.heads) head.light.clearLatched();
        return ok;
      case "@cob1":
        return this.start();
      case "l1":
        return (
          this.heads.map((_, i) => (this.active[i] ? this.switchOn(i, false) : ok)).find((r) => r !== ok) ??
          ok
        );
      case "l0":
      case "@cob0":
        return this.off();
      case "abort":
        this.off();
        this.aborted = true;
        for (const head of this.heads) head.light.keyCycle = true;
        return ok;
      case "restart":
        this.aborted = false;
        return this.start();
      default:
        return boxAnswer(this, word) ?? illegal;
    }
  }

  private start(): string {
    this.waitingForKey = false;
    if (this.aborted) return ok;
    for (const [i, { light }] of this.heads.entries()) {
      light.keyBypassed = false;
      const refusal = this.active[i] ? light.enable() : null;
      if (refusal === "key" || refusal === "key-cycle") this.waitingForKey = true;
    }
    return ok;
  }

  private switchOn(i: number, activate: boolean): string {
    const { light } = this.heads[i] as CoboltHead;
    if (activate) this.active[i] = true;
    light.keyBypassed = !this.autostart;
    return directAnswer(light.enable());
  }

  private off(): string {
    this.waitingForKey = false;
    for (const head of this.heads) head.light.disable();
    return ok;
  }
}

export const skyra: DeviceModel = {
  title: "Cobolt Skyra, 405/488/561/640 nm",
  ends: "\r\n",
  echoEnd: "\r\n",
  faults: { ...laserFaults, ...keyFaults, ...modulationFaults, ...paceFaults, ...firmwareFaults },
  create: (context) => new Skyra(context),
};
