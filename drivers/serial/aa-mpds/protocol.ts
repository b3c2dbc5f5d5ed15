/**
 * AA Opto-Electronic MPDSnCxx / MDSnC / MODnCn AOTF drivers: bytes <-> meanings. Sources: README.md beside this file.
 * Commands end with CR, lines of the device with LF CR; a table ends with the bare prompt `?`.
 * Per channel `I1` is internal (serial) and `I0` external; the *global* `I` is the other way round and not used here.
 */
import { type Command, type Dialect, decimal, Misfit, query, refusal, set, words } from "../line/command.js";
import { lines, untilPrompt } from "../line/framing.js";

export const dialect: Dialect = {
  baudRate: 57_600,
  end: "\r",
  cut: lines(),
  betweenMs: 30,
  timeoutMs: 600,
  idle: /^[\s?]+$/,
};

/** Greatest drive that the command takes; the box may clip below and reads back what it does. */
export const maxDbm = 22;
export const mwOf = (dBm: number): number => 10 ** (dBm / 10);
export const dBmOf = (mW: number): number => 10 * Math.log10(mW);

export interface Channel {
  readonly frequencyMhz: number;
  readonly powerDbm: number;
  readonly on: boolean;
  /** null: not told by this form of answer. */
  readonly internal: boolean | null;
}
export interface Table {
  readonly channels: ReadonlyMap<number, Channel>;
  /** Outputs are let through; null where the box has no such line. */
  readonly blanking: { readonly on: boolean; readonly internal: boolean } | null;
}

const decimalPart = "[-+]?\\s*\\d+(?:\\.\\d+)?";

/** `l1F80.000P20.00S1`, the answer to every fast command. @throws Misfit for another channel's answer */
function fast(channel: number): (reply: string) => Channel {
  const pattern = new RegExp(
    `^\\??\\s*l\\s*${channel}\\s*F\\s*=?\\s*(${decimalPart})\\s*P\\s*=?\\s*(${decimalPart})\\s*S\\s*=?\\s*([01])(?:\\s*I\\s*=?\\s*([01]))?`,
    "i",
  );
  return (reply) => {
    const found = pattern.exec(reply);
    if (found === null) throw new Misfit(`'${reply}' is not about channel ${channel}`);
    const [, frequency = "", power = "", state, internal] = found;
    return {
      frequencyMhz: Number(frequency.replace(/\s/g, "")),
      powerDbm: Number(power.replace(/\s/g, "")),
      on: state === "1",
      internal: internal === undefined ? null : internal === "1",
    };
  };
}

const row = new RegExp(
  `^l\\s*(\\d)\\s+F\\s*=\\s*(${decimalPart})\\D*?\\s+P\\s*=\\s*(${decimalPart})\\D*?\\s+(ON|OFF)\\b\\W*(INT\\w*|EXT\\w*)?`,
  "i",
);

function table(reply: string): Table {
  const channels = new Map<number, Channel>();
  let blanking: Table["blanking"] = null;
  for (const line of reply.split("\n").map((text) => text.trim())) {
    const found = row.exec(line);
    if (found !== null) {
      const [, n, frequency = "", power = "", on = "", source] = found;
      channels.set(Number(n), {
        frequencyMhz: Number(frequency.replace(/\s/g, "")),
        powerDbm: Number(power.replace(/\s/g, "")),
        on: /on/i.test(on),
        internal: source === undefined ? null : /^int/i.test(source),
      });
    }
    const blank = /^blanking\W+(ON|OFF)\b\W*(INT|EXT)?/i.exec(line);
    if (blank !== null)
      blanking = { on: /on/i.test(blank[1] as string), internal: !/ext/i.test(blank[2] ?? "") };
  }
  if (channels.size === 0) throw new Misfit("no channel in the table");
  return { channels, blanking };
}

const untilQuestionMark = untilPrompt(/\?[ \t]*(?=[\r\n]|$)/);
const slow = { cut: untilQuestionMark, timeoutMs: 1000 };

/** Lines that answer something else: a row of the table, blanking, a fast command. */
const notAName = /^(l\s*\d\s*F|blanking\b|BS\s*\d)/i;

/** @throws Misfit for noise and for another question's answer; ProtocolError where the box knows no name */
function name(reply: string): string {
  const said = reply
    .replace(/\?\s*$/, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (said.length === 0) throw refusal("REFUSED", "it tells no name");
  if (said.some((line) => notAName.test(line) || /[^\x20-\x7e]/.test(line))) {
    throw new Misfit(`'${said.join(" ")}' is no name`);
  }
  const text = said.join(" ");
  if (/error|unknown|^(ok|err)\b|[[\]<>!%$]/i.test(text))
    throw refusal("WRONG_DEVICE", `it calls itself '${text}'`);
  return words(text);
}

export const ask = {
  /** Who it is; several lines up to the prompt. */
  name: query("q", name, slow),
  table: query("S", table, slow),
  channel: (n: number): Command<Channel> => query(`L${n}`, fast(n)),
};

/** A fast command answers with what is now in force. */
const heard =
  (n: number) =>
  (reply: string): void =>
    void fast(n)(reply);
const blankingHeard = (reply: string): void => {
  if (!/^\??\s*B\s*S\s*[01]/i.test(reply)) throw new Misfit(`'${reply}' is not about blanking`);
};
export const tell = {
  /** Dark and under serial control, in one line. */
  power: (n: number, dBm: number): Command<void> => set(`L${n}D${decimal(dBm, 2)}`, heard(n)),
  on: (n: number): Command<void> => set(`L${n}I1O1`, heard(n)),
  off: (n: number): Command<void> => set(`L${n}O0`, heard(n)),
  /** Outputs let through, by the box itself. */
  letThrough: set("L0I1O1", blankingHeard),
  blank: set("L0I1O0", blankingHeard),
};
