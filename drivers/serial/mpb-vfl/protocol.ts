/**
 * MPB Communications VFL: bytes <-> meanings. Sources and confidence: README.md beside this file.
 * Host ends a command with CR; the device answers value lines ended by CR, then the prompt `D >` (done) or `F >` (not).
 * The prompt has no line end and belongs to the answer before it: cutting at CR would credit it to the next one.
 */
import {
  type Command,
  type Dialect,
  flag,
  integer,
  Misfit,
  number,
  query,
  refusal,
  set,
  words,
} from "../line/command.js";
import { untilPrompt } from "../line/framing.js";

export const dialect: Dialect = {
  baudRate: 9600,
  end: "\r",
  cut: untilPrompt(/\b[DF] ?>/i),
  betweenMs: 20,
  timeoutMs: 1000,
};

/** The value lines of an answer. @throws ProtocolError at `F >` */
function done(reply: string): string {
  const parts = reply.split("\n");
  const prompt = parts.pop() ?? "";
  const text = parts.join("\n").trim();
  if (/^F/i.test(prompt)) throw refused(text);
  return text;
}

function refused(text: string): Error {
  const words = text.replace(/^.*\b(?=[A-Z]+_[A-Z_]+)/s, "");
  if (/CANNOT_BE_SET/i.test(words)) {
    return refusal(
      "KEY",
      "the laser refused: conditions are not met (DATA_CANNOT_BE_SET)",
      "turn the key off and on, close the interlock",
    );
  }
  return refusal("REFUSED", `the laser answered '${words || "F >"}'`);
}

function numbers(least: number): (reply: string) => readonly number[] {
  return (reply) => {
    const all = done(reply)
      .split(/[\s,;]+/)
      .filter((part) => part !== "" && !/^(mW|W|mA|C)$/i.test(part))
      .map(number);
    if (all.length < least) throw new Misfit(`'${reply}' has too few numbers`);
    return all;
  };
}
const one =
  <T>(read: (text: string) => T) =>
  (reply: string): T =>
    read(done(reply));

export const ask = {
  model: query("GETMODEL", one(words)),
  serialNumber: query("GETSN", one(words)),
  /** See `laserStates`. */
  state: query("GETLASERSTATE", one(integer)),
  enabled: query("GETLDENABLE", one(flag)),
  /** true: constant power. In constant current SETPOWER has no effect and no complaint. */
  constantPower: query("GETPOWERENABLE", one(flag)),
  setPointMw: query("GETPOWER 0", one(number)),
  powerMw: query("POWER 0", one(number)),
  /** [least, greatest], mW. */
  limitsMw: query("GETPOWERSETPTLIM 0", numbers(2)),
  /** 1 = the key is off (inverted). */
  keyOff: query("GETINPUT 2", one(flag)),
  faults: query("GETFLT", numbers(1)),
  alarms: query("GETALR", numbers(1)),
};

const plainly = (reply: string): void => void done(reply);
export const tell = {
  enable: set("SETLDENABLE 1", plainly),
  disable: set("SETLDENABLE 0", plainly),
  /** Only while dark. */
  constantPower: set("POWERENABLE 1", plainly),
  power: (mW: number): Command<void> => set(`SETPOWER 0 ${Math.floor(mW * 10 + 1e-6) / 10}`, plainly),
};

export const laserStates = {
  off: 0,
  keyLock: 6,
  interlock: 7,
  fault: 8,
  startUp: 20,
  turningOn: 31,
  onConstantCurrent: 41,
  onConstantPower: 42,
} as const;

/** Order of the flags of GETFLT and GETALR. */
export const faultFlags = [
  "SHG temperature",
  "TEC temperature",
  "diode current",
  "watchdog time-out",
  "case temperature",
];
export const alarmFlags = [
  "SHG temperature",
  "TEC temperature",
  "pump bias",
  "loss of output",
  "case temperature",
];
