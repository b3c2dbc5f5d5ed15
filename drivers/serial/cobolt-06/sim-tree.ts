/** The command tree of the new 06 firmware [M]: any case, each word may be shortened. */
import { type CoboltHead, type Mode, ok } from "./sim-head.js";

export interface TreeLaser {
  readonly head: CoboltHead;
  readonly fault: number;
  readonly gom: number;
  readonly autostartOn: boolean;
  clearFault(): string;
  abort(): string;
  restart(): string;
}
const runModes: Readonly<Record<string, Mode>> = {
  constantcurrent: "current",
  constantpower: "power",
  powermodulation: "modulation",
};
const modeNames: Readonly<Record<Mode, string>> = {
  current: "ConstantCurrent",
  power: "ConstantPower",
  modulation: "PowerModulation",
};
const faultNames: Readonly<Record<number, string>> = { 0: "None", 1: "Temperature", 3: "Interlock" };
const stateNames: Readonly<Record<number, string>> = {
  0: "AutostartOff",
  1: "AutostartWaitingForKeyOn",
  2: "AutostartLaserOn",
  4: "AutostartLaserOn",
  5: "AutostartFault",
  6: "AutostartAborted",
};

type Run = (laser: TreeLaser, argument: string) => string;
const commands: readonly (readonly [string, Run])[] = [
  ["state?", (laser) => stateNames[laser.gom] ?? "AutostartOff"],
  ["fault?", (laser) => faultNames[laser.fault] ?? "None"],
  ["fault:clear", (laser) => laser.clearFault()],
  ["autostart:abort", (laser) => laser.abort()],
  ["autostart:restart", (laser) => laser.restart()],
  ["autostart:enabled?", (laser) => (laser.autostartOn ? "1" : "0")],
  [
    "laser:cp:power:setpoint?",
    ({ head }, argument) => (argument === "max" ? head.options.maxMw : head.setPointMw).toFixed(1),
  ],
  ["laser:cp:power:setpoint", ({ head }, argument) => head.setPower(Number(argument), argument)],
  ["laser:power:reading?", ({ head }) => head.light.measuredMw.toFixed(1)],
  [
    "laser:runmode?",
    ({ head }, argument) =>
      argument === "options" ? Object.values(modeNames).join(" ") : modeNames[head.mode],
  ],
  [
    "laser:runmode",
    ({ head }, argument) => {
      const mode = runModes[argument];
      return mode === undefined ? "Syntax error: Value out of range." : head.setMode(mode);
    },
  ],
  ["laser:pm:power:setpoint?", ({ head }) => head.run("glmp?", "") ?? ""],
  ["laser:pm:power:setpoint", ({ head }, argument) => head.run("slmp", argument) ?? ""],
  ["laser:pm:digital:enabled?", ({ head }) => head.run("gdmes?", "") ?? ""],
  ["laser:pm:digital:enabled", ({ head }, argument) => head.run("sdmes", argument) ?? ""],
  [
    "laser:pm:digital:modulator",
    ({ head }, argument) => {
      head.commandGate = argument === "command";
      head.gate(false);
      return ok;
    },
  ],
  ["laser:pause?", ({ head }) => (head.isPaused ? "1" : "0")],
  ["laser:pause", ({ head }, argument) => head.pause(argument === "1")],
];

/** A shortened word stands for the one that it begins, from two letters on; the question mark stays. */
function means(given: string, full: string): boolean {
  const a = given.split(":");
  const b = full.split(":");
  if (a.length !== b.length || given.endsWith("?") !== full.endsWith("?")) return false;
  return a.every((word, i) => {
    const short = word.replace("?", "");
    return short.length >= 2 && (b[i] as string).startsWith(short);
  });
}

/** @returns null when the command is none of the tree's */
export function runTree(laser: TreeLaser, text: string): string | null {
  const [path = "", argument = ""] = text.toLowerCase().split(/\s+/);
  if (!/[:?]/.test(path) || !(path.includes(":") || path === "state?" || path === "fault?")) return null;
  const found = commands.find(([full]) => means(path, full));
  return found === undefined ? null : found[1](laser, argument);
}
