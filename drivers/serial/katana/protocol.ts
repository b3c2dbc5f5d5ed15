/**
 * OneFive / NKT Katana 08HP (775 nm): bytes <-> meanings. Community-verified only: sources in README.md beside this file.
 * `name=value` and `name?`, LF both ways; a set is answered by a line too. Numeric answers repeat the name (`lp=1.234`).
 */
import { type Command, type Dialect, Misfit, number, query, refusal, set } from "../line/command.js";
import { lines } from "../line/framing.js";

export const dialect: Dialect = {
  baudRate: 38_400,
  end: "\n",
  cut: lines({ echo: false }),
  betweenMs: 60,
  timeoutMs: 800,
};

function plain(reply: string): string {
  const code = /\(\s*Error\s*(\d+)\s*\)/i.exec(reply)?.[1];
  if (code === "100")
    throw refusal("KEY", "the laser refused (Error 100): the key is off", "turn the key on");
  if (code !== undefined || /error/i.test(reply)) throw refusal("REFUSED", `the laser answered '${reply}'`);
  return reply;
}
/** The number after `name=`; a stray byte may stand in front. @throws Misfit for another name's answer */
function numberOf(name: string): (reply: string) => number {
  return (reply) => {
    const found = new RegExp(`(?:^|[^a-z_])${name}\\s*[=:]\\s*(.+)$`, "i").exec(plain(reply));
    if (found === null) throw new Misfit(`'${reply}' does not answer ${name}?`);
    return number(found[1] as string);
  };
}
const answered = (reply: string): void => {
  plain(reply);
};

export const ask = {
  on: query("le?", (reply) => {
    // `le=1`, or as the 532 nm units say it: `… status: 1`.
    const status = /\bstatus\s*[:=]\s*([01])\b/i.exec(plain(reply))?.[1];
    return status === undefined ? numberOf("le")(reply) : Number(status);
  }),
  /** W on the wire. */
  setPointW: query("lp?", numberOf("lp")),
  powerW: query("lpa?", numberOf("lpa")),
  /** 1 = power is set by RS-232, 0 = by the front knob. */
  remote: query("lps?", numberOf("lps")),
};
export const tell = {
  remote: set("lps=1", answered),
  power: (mW: number): Command<void> => set(`lp=${(Math.floor(mW + 1e-6) / 1000).toFixed(3)}`, answered),
  on: set("le=1", answered),
  off: set("le=0", answered),
};

/** What public code lets through, sparing the modulator behind it; the laser reports no limit. */
export const maxMw = 3100;
