/**
 * Toptica iBeam smart: bytes <-> meanings. Sources and confidence: README.md beside this file.
 * A shell for people: it may echo and prompt `CMD> `. With `talk usual` every answer ends with the line `[OK]`, errors
 * (`%SYS-E-nnn, text`) too. Channel 2 is the normal level, channel 1 the bias: only 2 is set.
 */
import { type Command, type Dialect, Misfit, number, query, refusal, set, words } from "../line/command.js";
import { untilLine } from "../line/framing.js";

const toLine = untilLine(/^\[OK\]$/i);
export const dialect: Dialect = {
  baudRate: 115_200,
  end: "\r\n",
  // A prompt may stand in front of echo and answer.
  cut: (buffer, sent) => toLine(buffer.replace(/CMD>[ \t]*/gi, ""), sent),
  betweenMs: 20,
  timeoutMs: 1000,
  idle: /^(CMD>\s*)+$/i,
};

/** The text of an answer, without information and warnings (what counts is read back). @throws ProtocolError for %SYS-E, -F */
function text(reply: string): string {
  const rows = reply.split("\n").filter((row) => !/^\[OK\]$/i.test(row));
  const bad = rows.find((row) => /^%SYS-[EF]/i.test(row));
  if (bad !== undefined)
    throw refusal(/^%SYS-F/i.test(bad) ? "FAULT" : "REFUSED", `the laser answered '${bad}'`);
  return rows.filter((row) => !/^%SYS-[IW]/i.test(row)).join("\n");
}
function found(pattern: RegExp): (reply: string) => string {
  return (reply) => {
    const match = pattern.exec(text(reply));
    if (match === null) throw new Misfit(`'${reply}' does not hold ${pattern.source}`);
    return (match[1] as string).trim();
  };
}
const unitMw: Readonly<Record<string, number>> = { uw: 1e-3, mw: 1, w: 1e3 };
/** A power with its unit, in mW. */
function power(pattern: RegExp): (reply: string) => number {
  const one = found(pattern);
  return (reply) => {
    const [amount = "", unit = "mw"] = one(reply).split(/\s+/);
    return Math.round(number(amount) * (unitMw[unit.toLowerCase()] ?? 1) * 1e6) / 1e6;
  };
}
const plainly = (reply: string): void => {
  text(reply);
};
const amount = "([\\d.]+\\s*[umµ]?W)";
const micro = (read: (reply: string) => number) => (reply: string) => read(reply.replace(/µW/g, "uW"));

export const ask = {
  serialNumber: query("sh serial", found(/SN\s*:?\s*(\S+)/i)),
  name: query("id", (reply) => words(text(reply))),
  firmware: query("ver", (reply) => words(text(reply))),
  /** Laser driver as a whole. */
  on: query("sta la", (reply) => /^on$/i.test(found(/^\s*(ON|OFF)\s*$/im)(reply))),
  setPointMw: query("sh level pow", micro(power(new RegExp(`CH\\s*2\\b\\D*?PWR\\s*:\\s*${amount}`, "i")))),
  powerMw: query("sh pow", micro(power(new RegExp(`PIC\\s*=\\s*${amount}`, "i")))),
  maxMw: query("sh sat", micro(power(new RegExp(`Pmax\\s*[:=]?\\s*${amount}`, "i")))),
};
export const tell = {
  echoOff: set("echo off", plainly),
  promptOff: set("prompt off", plainly),
  talkUsual: set("talk usual", plainly),
  /** Whole microwatts. */
  power: (mW: number): Command<void> => set(`ch 2 pow ${Math.floor(mW * 1000 + 1e-6)} mic`, plainly),
  enable: set("en 2", plainly),
  on: set("la on", plainly),
  off: set("la off", plainly),
};
