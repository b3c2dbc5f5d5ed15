/**
 * Oxxius LBX / LCX: bytes <-> meanings. Community-verified only: sources and confidence in README.md beside this file.
 * Commands end with LF (single lasers) or CR LF (combiners), answers with CR LF. `????` = unknown, `timeout` = silent slot.
 */
import {
  type Command,
  type Dialect,
  decimal,
  flag,
  integer,
  Misfit,
  number,
  query,
  refusal,
  set,
  words,
} from "../line/command.js";
import { lines } from "../line/framing.js";

export const dialect: Dialect = { baudRate: 19_200, end: "\n", cut: lines(), betweenMs: 30, timeoutMs: 1000 };

function plain(reply: string): string {
  if (/^\?{2,}|^timeout|^err|unknown|syntax/i.test(reply))
    throw refusal("REFUSED", `the laser answered '${reply}'`);
  return reply;
}
/** Some firmware repeats the question's name: `?sta=3`. */
const bare = (reply: string): string => plain(reply).replace(/^\??[a-z]+\s*=\s*/i, "");

/** @param slot "" or "L1 " … "L6 ", the slot of a combiner */
export function commands(slot: string) {
  const ask = <T>(send: string, read: (text: string) => T): Command<T> =>
    query(`${slot}${send}`, (reply) => read(bare(reply)));
  const tell = (send: string): Command<void> =>
    set(`${slot}${send}`, (reply) => {
      // It answers OK or repeats the value.
      plain(reply);
    });
  return {
    name: ask("inf?", (text) => {
      if (!/LBX|LCX|LMX|LPX|oxx/i.test(text)) throw new Misfit(`'${text}' is no Oxxius laser`);
      return words(text);
    }),
    serialNumber: ask("hid?", words),
    firmware: ask("?sv", words),
    /** See `states`. */
    state: ask("?sta", integer),
    fault: ask("?f", integer),
    interlockClosed: ask("?int", flag),
    on: ask("?l", flag),
    setPointMw: ask("?sp", number),
    powerMw: ask("?p", number),
    maxMw: ask("?maxlp", number),
    constantPower: tell("apc 1"),
    power: (mW: number): Command<void> => tell(`p ${decimal(mW, 2)}`),
    /** DPSS heads (LCX, LMX) take a share of their nominal power, tenths of a per cent. */
    percent: (share: number): Command<void> => tell(`ip ${decimal(share, 1)}`),
    setPercent: ask("ip", number),
    enable: tell("dl 1"),
    disable: tell("dl 0"),
  };
}

export const states = {
  warmUp: 1,
  standBy: 2,
  emission: 3,
  alarm: 4,
  error: 5,
  sleep: 6,
  search: 7,
} as const;
export const faultWords: Readonly<Record<number, string>> = {
  1: "diode current",
  2: "laser power",
  3: "supply voltage",
  4: "inner temperature",
  5: "head temperature",
  7: "the interlock is open: close it",
  8: "the laser was reset: cycle its key",
};
