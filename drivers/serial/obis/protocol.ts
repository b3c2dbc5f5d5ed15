/**
 * Coherent OBIS LX/LS: bytes <-> meanings. Sources and confidence: README.md beside this file.
 * SCPI. With handshaking on, every command is answered by a line `OK` or `ERR<code>` after its value, if any.
 */
import {
  type Command,
  type Dialect,
  flag,
  hex,
  Misfit,
  query,
  refusal,
  set,
  wattsToMw,
  words,
} from "../line/command.js";
import { lines, untilLine } from "../line/framing.js";

const shake = /^(OK|ERR\s*-?\s*\d+)$/i;

export const dialect: Dialect = {
  baudRate: 115_200,
  end: "\r\n",
  cut: untilLine(shake),
  betweenMs: 10,
  timeoutMs: 1000,
};

/** The value lines of an answer. @throws ProtocolError at `ERR…` */
function done(reply: string): string {
  const parts = reply.split("\n");
  const last = parts.pop() ?? "";
  if (/^ERR/i.test(last)) {
    const wrongIndex = /-?100\b/.test(last)
      ? "unknown command; a laser behind a remote wants --channel 1, a bare head none"
      : undefined;
    throw refusal("REFUSED", `the laser answered '${last}'`, wrongIndex);
  }
  return parts.join("\n").trim();
}
const value =
  <T>(read: (text: string) => T) =>
  (reply: string): T =>
    read(done(reply));

/** An `OK` that lags behind an earlier command has no value lines and misfits; extra value lines are late ones. */
function one<T>(read: (text: string) => T): (text: string) => T {
  return (text) => {
    if (text.includes("\n")) throw new Misfit(`'${text}' is more than one value`);
    return read(text);
  };
}
const plainly = (reply: string): void => {
  done(reply);
};

/** ON or 1 = closed; some say it in words. @throws Misfit */
function closed(text: string): boolean {
  if (/^(closed|ok)\b/i.test(text)) return true;
  return /^open/i.test(text) ? false : flag(text);
}

/** Asked before it is known whether handshaking is on: the first line is the answer. @throws Misfit */
function coherent(reply: string): string {
  if (!/obis|coherent/i.test(reply)) throw new Misfit(`'${reply}' is no Coherent laser`);
  return reply;
}

/** @param index "" for a bare head, "1" for a laser behind an OBIS Remote */
export function commands(index: string) {
  const source = `SOUR${index}`;
  const system = `SYST${index}`;
  const ask = <T>(send: string, read: (text: string) => T): Command<T> => query(send, value(one(read)));
  return {
    name: query("*IDN?", coherent, { cut: lines() }),
    promptOff: set("SYST:COMM:PROM OFF", plainly),
    handshakeOn: set("SYST:COMM:HAND ON", plainly),
    model: ask(`${system}:INF:MOD?`, words),
    serialNumber: ask(`${system}:INF:SNUM?`, words),
    firmware: ask(`${system}:INF:FVER?`, words),
    on: ask(`${source}:AM:STAT?`, flag),
    setPointMw: ask(`${source}:POW:LEV:IMM:AMPL?`, wattsToMw),
    powerMw: ask(`${source}:POW:LEV?`, wattsToMw),
    lowMw: ask(`${source}:POW:LIM:LOW?`, wattsToMw),
    highMw: ask(`${source}:POW:LIM:HIGH?`, wattsToMw),
    nominalMw: ask(`${source}:POW:NOM?`, wattsToMw),
    /** 32 bits; see `statusBits`. */
    status: ask(`${system}:STAT?`, hex),
    faults: ask(`${system}:FAUL?`, hex),
    /** Whether the interlock is closed. */
    interlockClosed: ask(`${system}:LOCK?`, closed),
    setPower: (mW: number): Command<void> =>
      set(`${source}:POW:LEV:IMM:AMPL ${(Math.floor(mW * 100 + 1e-6) / 1e5).toFixed(5)}`, plainly),
    constantPower: set(`${source}:AM:INT CWP`, plainly),
    mode: ask(`${source}:AM:SOUR?`, words),
    switchOn: set(`${source}:AM:STAT ON`, plainly),
    switchOff: set(`${source}:AM:STAT OFF`, plainly),
  };
}

export const bit = (word: number, n: number): boolean => ((word >>> n) & 1) === 1;

/** Bits of SYST:STAT?. The top byte belongs to the remote. */
export const statusBits = {
  fault: 0,
  emission: 1,
  ready: 2,
  standby: 3,
  delay: 4,
  hardwareFault: 5,
  error: 6,
  powerCalibration: 7,
  warmUp: 8,
} as const;

/** Top bytes seen behind a remote. */
export const remoteWords: Readonly<Record<number, "interlock" | "key">> = { 204: "interlock", 206: "key" };

/** Bits of SYST:FAUL? that are faults (13 is "ready", 9 the warm-up limit). */
export const faultBits: Readonly<Record<number, string>> = {
  0: "base plate temperature: improve the cooling",
  1: "diode temperature",
  2: "internal temperature",
  3: "supply voltage",
  4: "internal bus (I2C)",
  5: "over-current",
  6: "checksum",
  7: "checksum",
  8: "buffer overflow",
  9: "warm-up took too long",
  10: "temperature controller",
  11: "CCB error",
  12: "diode limit reached",
  14: "photodiode",
  15: "fatal fault: have it serviced",
  16: "start-up",
  17: "watchdog reset",
  18: "field calibration",
  20: "over-power",
};
