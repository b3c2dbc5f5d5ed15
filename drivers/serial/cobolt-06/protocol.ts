/**
 * Cobolt 04/05/06 and Skyra (Hübner): bytes <-> meanings. Sources and confidence: README.md beside this file.
 * Commands end with CR, answers with CR LF; some units echo. Commands less than 100 ms apart may be dropped in silence.
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
  wattsToMw,
  words,
} from "../line/command.js";
import { lines } from "../line/framing.js";

export const dialect: Dialect = {
  baudRate: 115_200,
  end: "\r",
  cut: lines(),
  betweenMs: 110,
  // It answers in milliseconds; asked twice within the light's lease.
  timeoutMs: 700,
};

function plain(reply: string): string {
  if (/error/i.test(reply)) throw refusal("REFUSED", `the laser answered '${reply}'`);
  return reply;
}
const value =
  <T>(read: (text: string) => T) =>
  (reply: string): T =>
    read(plain(reply));

function name(text: string): string {
  // "OK" is an answer to a set, `ERR…`, `?`, `!`, `%` begin answers of other makers' devices.
  if (/^(ok\b|err|[?!%$[<>])/i.test(text)) throw new Misfit(`'${text}' is no name`);
  return words(text);
}
function ok(reply: string): void {
  if (!/^ok\b/i.test(plain(reply))) throw new Misfit(`'${reply}' is not OK`);
}

/** @param line "" for a single laser, "1" … "4" for a line of a Skyra */
export function commands(line: string) {
  const ask = <T>(command: string, read: (text: string) => T): Command<T> =>
    query(`${line}${command}`, value(read));
  return {
    ping: query("?", ok),
    serialNumber: query("sn?", value(name)),
    otherSerialNumber: query("gsn?", value(name)),
    model: query("glm?", value(name)),
    firmware: query("gfv?", value(name)),
    otherFirmware: query("ver?", value(name)),
    on: ask("l?", flag),
    /** In W on the wire. */
    setPointMw: ask("p?", wattsToMw),
    otherSetPointMw: ask("glp?", number),
    powerMw: ask("pa?", wattsToMw),
    maxMw: ask("gmlp?", number),
    /** 0 current, 1 power, 2 modulation. */
    mode: ask("gam?", integer),
    fault: query("f?", value(integer)),
    /** Newer 06 firmware: a number or a word. */
    treeFault: query("fault?", value(faultNumber)),
    interlockOpen: query("ilk?", value(flag)),
    key: query("gkses?", value(flag)),
    otherKey: query("@cobasks?", value(flag)),
    /** Meaning depends on the generation: see `operatingStates`. */
    operatingState: query("gom?", value(integer)),
    /** Newer 06 firmware: words such as AutostartWaitingForKeyOn. */
    stateWords: query("state?", value(name)),
    treeSetPointMw: query("laser:cp:power:setpoint?", value(number)),
    treePowerMw: query("laser:power:reading?", value(number)),
    treeMaxMw: query("laser:cp:power:setpoint? max", value(number)),
    setPower: (mW: number): Command<void> => set(`${line}p ${decimal(mW / 1000, 6)}`, ok),
    setTreePower: (mW: number): Command<void> => set(`laser:cp:power:setpoint ${decimal(mW, 3)}`, ok),
    constantPower: set(`${line}cp`, ok),
    treeConstantPower: set("laser:runmode ConstantPower", ok),
    /** The whole start sequence; wants the key. OK means accepted, not on. */
    start: set("@cob1", ok),
    /** Direct; never before the key was read. */
    direct: set(`${line}l1`, ok),
    off: set(`${line}l0`, ok),
    stop: set("@cob0", ok),
    activate: set(`${line}sla 1`, ok),
    deactivate: set(`${line}sla 0`, ok),
  };
}
export type Commands = ReturnType<typeof commands>;

function faultNumber(text: string): number {
  if (/^\s*\d+/.test(text)) return integer(text);
  if (/^\s*(none|no\b|ok)/i.test(text)) return 0;
  return /interlock/i.test(text) ? 3 : /temp/i.test(text) ? 1 : 4;
}

export type Generation = "mld" | "dpl" | "skyra";

/** What `gom?` says. */
export const operatingStates: Readonly<Record<Generation, readonly string[]>> = {
  mld: ["off", "waiting for the key", "on", "on", "on", "fault", "aborted"],
  dpl: [
    "off",
    "waiting for temperature",
    "waiting for the key",
    "warming up",
    "on",
    "fault",
    "aborted",
    "on",
    "standby",
  ],
  skyra: [
    "off",
    "waiting for temperature",
    "waiting for the key",
    "warming up",
    "on",
    "fault",
    "aborted",
    "waiting for remote",
    "standby",
  ],
};

/**
 * Firmware (`gfv?`) or model (`glm?`) by which the maker's own driver tells the generations apart, on which the meaning
 * of `gom?` and of the words for power depends. A head that tells neither is an old one.
 */
export function isKnown(firmware: string, model: string): boolean {
  if (firmware === "" && model === "") return true;
  return (
    /^(CAP-1004|BOB-1005|IMP-1011|9\.)/i.test(firmware.trim()) ||
    /-0[4-69]-|skyra|\b0[4-6]-?(MLD|DPL)|\b(MLD|DPL)\b/i.test(model)
  );
}

export function generationOf(firmware: string, model: string): Generation {
  if (/^9\.|skyra/i.test(`${firmware} ${model}`) || /^9\./.test(firmware)) return "skyra";
  return /BOB|-05-|-06-[59]1-|-0[45]|DPL/i.test(`${firmware} ${model}`) ? "dpl" : "mld";
}

/** What `f?` says. */
export const faultWords: Readonly<Record<number, string>> = {
  1: "temperature fault: let it cool, check its mounting plate",
  3: "interlock fault: close the interlock, then clear or cycle the key",
  4: "constant power could not be reached (current limit): lower the power or have it serviced",
};
