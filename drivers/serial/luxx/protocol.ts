/**
 * Omicron LuxX, PhoxX, BrixX and LightHub: bytes <-> meanings. Sources and confidence: README.md beside this file.
 * `?` + three letters + arguments + CR; answer `!` + the same letters + value + CR. `>` done, `x` rejected, `!UK`
 * unknown. Lines that begin with `$` come by themselves. Fields are separated by byte A7 (latin1 §).
 */
import { type Command, type Dialect, hex, Misfit, number, query, refusal, set } from "../line/command.js";
import { lines } from "../line/framing.js";

export const dialect: Dialect = {
  baudRate: 500_000,
  end: "\r",
  cut: lines({ aside: /^\$/ }),
  betweenMs: 15,
  timeoutMs: 1000,
};

/** What follows the letters. @throws Misfit for another command's answer, ProtocolError for a refusal */
function after(letters: string): (reply: string) => string {
  return (reply) => {
    const text = reply.replace(/^[^!]*/, "");
    if (/^!UK/i.test(text)) throw refusal("REFUSED", `the laser does not know ?${letters}`);
    if (text.slice(0, letters.length + 1).toLowerCase() !== `!${letters.toLowerCase()}`) {
      throw new Misfit(`'${reply}' does not answer ?${letters}`);
    }
    const value = text.slice(letters.length + 1).trim();
    if (/^x$/i.test(value)) throw refusal("REFUSED", `the laser rejected ?${letters}`);
    return value;
  };
}

export type Fields = readonly string[];
const fields = (text: string): Fields => text.split(/[\xa7|]/).map((part) => part.trim());

/** @param hub "" or "[n]", the channel of a LightHub */
export function commands(hub: string) {
  const ask = <T>(letters: string, read: (text: string) => T): Command<T> => {
    const value = after(letters);
    return query(`?${letters}${hub}`, (reply) => read(unhub(value(reply))));
  };
  const unhub = (text: string): string =>
    hub !== "" && text.startsWith(hub) ? text.slice(hub.length).trim() : text;
  const tell = (letters: string, argument = ""): Command<void> => {
    const value = after(letters);
    return set(`?${letters}${hub}${argument}`, (reply) => {
      if (!unhub(value(reply)).startsWith(">")) throw new Misfit(`'${reply}' is no acknowledgement`);
    });
  };
  return {
    /** model, id, firmware */
    firmware: ask("GFw", fields),
    serialNumber: ask("GSN", (text) => {
      if (text === "" || text === ">") throw new Misfit("no serial number");
      return text;
    }),
    /** wavelength nm, power mW */
    specification: ask("GSI", fields),
    maxMw: ask("GMP", number),
    /** 000 … FFF of the greatest power */
    level: ask("GLP", hex),
    powerMw: ask("MDP", number),
    /** Bits; see `stateBits`, `faultBits`. */
    state: ask("GAS", hex),
    faults: ask("GFB", hex),
    latched: ask("GLF", hex),
    setLevel: (level: number): Command<void> =>
      tell("SLP", level.toString(16).toUpperCase().padStart(3, "0")),
    on: tell("LOn"),
    off: tell("LOf"),
    powerOn: tell("POn"),
  };
}

export const levels = 4095;
export const bit = (word: number, n: number): boolean => ((word >>> n) & 1) === 1;
export const stateBits = { error: 0, on: 1, externalEnable: 6, keyEnabled: 7, keyToggle: 8 } as const;
export const faultBits: Readonly<Record<number, string>> = {
  0: "soft interlock: reset it",
  4: "CDRH kit: key or its delay",
  8: "supply voltage",
  9: "the interlock is open: close it, then toggle the key",
  10: "diode current",
  11: "ambient temperature",
  12: "diode temperature",
  14: "internal error: have it serviced",
  15: "over-power",
};
export const interlockBit = 9;
