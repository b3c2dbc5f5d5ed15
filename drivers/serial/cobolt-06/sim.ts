/**
 * Cobolt 06-MLD (640 nm, 150 mW, with key and CDRH start-up) on the wire. Independent of the driver: written from these facts.
 * [M] the maker's public drivers; [D2] two public drivers agree; [D1] one; [I] inferred.
 *
 * | fact | |
 * |---|---|
 * | command ends with CR (CR LF accepted), one answer line ended CR LF; sets answer OK; errors hold the word error | [M], CR LF [D2] |
 * | `?` alone answers OK; `1` before all else forces device mode | [M], [D1] |
 * | echo on some units; some need 100 ms between commands (faults `echo`, `drop-fast`) | [M] |
 * | powers: p, p?, pa? in W, slp, glp?, gmlp? in mW | [M] |
 * | gom? of an MLD: 0 off 1 waiting for key 2 on 4 modulation 5 fault 6 aborted | [M] |
 * | f? 0 none 1 temperature 3 interlock, cf clears; ilk? 1 open; gkses?, @cobasks? 1 key on | [M], key's numbers [D2] |
 * | @cob1 starts (OK = accepted; with the key off it waits for it); l1 l0 direct; l1r l0r software shutter | [M] |
 * | with @cobas 0 the command l1 gives light although the key is off | [D1, cause I]: a driver must never do that |
 * | power set during warm-up is ignored | [D1] |
 * | abort needs restart and a key cycle | [D1] |
 * | new firmware's tree (laser:cp:power:setpoint, state?, …) and its !e !d !p without answers | [M] |
 * | words of state? other than AutostartWaitingForKeyOn and AutostartLaserOn | [I] |
 */
import type { DeviceContext, DeviceModel, Truth, WireDevice } from "../sim/device.js";
import { firmwareFaults, keyFaults, laserFaults, modulationFaults, paceFaults } from "../sim/wire-faults.js";
import { boxAnswer, type CoboltBox, directAnswer, faultOf } from "./sim-box.js";
import { CoboltHead, illegal, ok } from "./sim-head.js";
import { runTree, type TreeLaser } from "./sim-tree.js";

const warmUpS = 60;

class Cobolt06 implements WireDevice, TreeLaser, CoboltBox {
  readonly head: CoboltHead;
  private autostart = true;
  private aborted = false;
  /** A start was accepted and waits for the key. */
  private waitingForKey = false;

  constructor(private readonly context: DeviceContext) {
    this.head = new CoboltHead(context, { maxMw: 150, defaultMw: 10, maxMa: 250, warmUpS });
  }

  answer(command: string): string {
    const text = command.trim();
    if (/^!/.test(text)) {
      this.modulate(text.toLowerCase());
      return "";
    }
    return `${this.line(text)}\r\n`;
  }

  changed(fault: string, active: boolean, forS?: number): void {
    this.head.light.changed(fault, active, forS);
    if (fault === "key-off" && !active && this.waitingForKey) this.start();
    if (fault === "key-off" && active) this.waitingForKey = false;
  }

  powerCycle(): void {
    this.autostart = true;
    this.aborted = false;
    this.waitingForKey = false;
    this.head.light.keyBypassed = false;
    this.head.light.powerCycle(false, warmUpS);
    this.head.reset();
  }

  truth(): Truth {
    const { light, setPointMw } = this.head;
    return {
      emission: light.lit,
      powerMw: light.powerMw,
      setPointMw,
      key: light.keyOn ? "on" : "off",
      interlock: light.interlockOpen ? "open" : "closed",
      warm: light.warm,
      registers: {
        gom: this.gom,
        autostart: this.autostart,
        keyBypassed: light.keyBypassed,
        paused: this.head.isPaused,
      },
    };
  }

  get fault(): number {
    return faultOf(this.light);
  }
  get light(): CoboltHead["light"] {
    return this.head.light;
  }
  get isOn(): boolean {
    return this.head.isOn;
  }

  get gom(): number {
    if (this.fault !== 0) return 5;
    if (this.aborted) return 6;
    if (this.waitingForKey) return 1;
    if (!this.head.isOn) return 0;
    return this.head.mode === "modulation" ? 4 : 2;
  }

  get autostartOn(): boolean {
    return this.autostart;
  }

  clearFault(): string {
    this.head.light.clearLatched();
    return ok;
  }
  abort(): string {
    this.off();
    this.aborted = true;
    this.head.light.keyCycle = true;
    return ok;
  }
  restart(): string {
    this.aborted = false;
    return this.start();
  }

  private line(text: string): string {
    const lower = text.toLowerCase();
    const query = lower.replace(/\s+/g, "");
    const [word = "", argument = ""] = lower.split(/\s+/);
    return (
      this.identity(query) ??
      this.switching(word, argument) ??
      runTree(this, text) ??
      this.head.run(query.endsWith("?") ? query : word, argument) ??
      illegal
    );
  }

  private identity(query: string): string | null {
    switch (query) {
      case "sn?":
      case "gsn?":
        return String(10_000 + this.context.unit());
      case "glm?":
        return this.strange ? "X640-99" : "0640-06-01-0150-100";
      case "gfv?":
      case "ver?":
        return this.strange ? "ZED-2000-01" : "CAP-1004-02.10";
      default:
        return boxAnswer(this, query);
    }
  }

  private get strange(): boolean {
    return this.context.faults.active("unknown-firmware");
  }

  private switching(word: string, argument: string): string | null {
    switch (word) {
      case "cf":
        return this.clearFault();
      case "l1":
        return this.direct();
      case "l0":
      case "@cob0":
        return this.off();
      case "@cob1":
        return this.start();
      case "l1r":
        return this.head.pause(false);
      case "l0r":
        return this.head.pause(true);
      case "abort":
        return this.abort();
      case "restart":
        return this.restart();
      case "@cobas":
        this.autostart = argument !== "0";
        return ok;
      case "@cobasp":
        return this.head.run("p", argument);
      case "@cobasdr":
        return ok;
      case "eoom":
      case "xoom":
        return ok;
      default:
        return null;
    }
  }

  private start(): string {
    const { light } = this.head;
    if (this.aborted) return ok;
    light.keyBypassed = false;
    this.waitingForKey = false;
    const refusal = light.enable();
    if (refusal === "key" || refusal === "key-cycle") this.waitingForKey = true;
    return ok;
  }

  /** `l1`: the OEM's way past the start sequence. Without autostart nothing asks for the key. */
  private direct(): string {
    const { light } = this.head;
    light.keyBypassed = !this.autostart;
    return directAnswer(light.enable());
  }

  private off(): string {
    this.waitingForKey = false;
    this.head.light.disable();
    return ok;
  }

  private modulate(text: string): void {
    if (!this.head.commandGate) return;
    if (text === "!e") this.head.gate(true);
    else if (text === "!d") this.head.gate(false);
    else if (text.startsWith("!p")) this.head.run("slmp", text.slice(2).trim());
  }
}

export const cobolt06: DeviceModel = {
  title: "Cobolt 06-MLD, 640 nm, 150 mW",
  ends: "\r\n",
  echoEnd: "\r\n",
  faults: { ...laserFaults, ...keyFaults, ...modulationFaults, ...paceFaults, ...firmwareFaults },
  create: (context) => new Cobolt06(context),
};
