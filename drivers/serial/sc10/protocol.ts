/**
 * Thorlabs SC10 shutter controller: bytes <-> meanings. Sources and confidence: README.md beside this file.
 * Commands end with CR and are echoed; then the value, CR and the prompt `> `. `ens` toggles: it is never repeated.
 */
import { type Command, type Dialect, Misfit, query, refusal, set } from "../line/command.js";
import { untilPrompt } from "../line/framing.js";

export const dialect: Dialect = {
  baudRate: 9600,
  end: "\r",
  cut: untilPrompt(/>/),
  betweenMs: 30,
  timeoutMs: 1000,
  idle: /^[>\s]+$/,
};

/** What stands between echo and prompt. @throws ProtocolError where the box complains */
function value(reply: string): string {
  const text = reply.replace(/\n?>$/, "").trim();
  if (/CMD_|error|invalid/i.test(text)) throw refusal("REFUSED", `the shutter answered '${text}'`);
  return text;
}
function name(reply: string): string {
  const text = value(reply);
  if (!/thorlabs|sc10/i.test(text)) throw new Misfit(`'${text}' is no SC10`);
  return text;
}
function oneOf(digits: RegExp): (reply: string) => number {
  return (reply) => {
    const text = value(reply).replace(/^[a-z]+\s*[=?]\s*/i, "");
    if (!digits.test(text)) throw new Misfit(`'${text}' is not a state`);
    return Number(text);
  };
}
const plainly = (reply: string): void => {
  const text = value(reply);
  if (/^[01]$/.test(text)) throw new Misfit(`'${text}' answers a question`);
};

export const ask = {
  name: query("*idn?", name),
  /** 1 = enabled: the shutter is open (manual mode). */
  enabled: query("ens?", oneOf(/^[01]$/)),
  /** 1 manual, 2 auto, 3 single, 4 repeat, 5 external gate. */
  mode: query("mode?", oneOf(/^[1-5]$/)),
};
export const tell = {
  manual: set("mode=1", plainly),
  toggle: { send: "ens", kind: "toggle", read: plainly } satisfies Command<void>,
};
