import { describe, expect, it } from "vitest";
import { type Cut, lines, untilLine, untilPrompt } from "../../drivers/serial/line/framing.js";

/** Everything that is cut, whether the bytes come at once or one by one. */
function cutAll(
  cut: Cut,
  sent: string,
  bytes: string,
  chunk: number,
): { replies: string[]; asides: string[]; rest: string } {
  const out = { replies: [] as string[], asides: [] as string[], rest: "" };
  for (let at = 0; at < bytes.length; at += chunk) {
    out.rest += bytes.slice(at, at + chunk);
    for (let piece = cut(out.rest, sent); piece !== null; piece = cut(out.rest, sent)) {
      out.rest = piece.rest;
      if (piece.reply !== undefined) out.replies.push(piece.reply);
      if (piece.aside !== undefined) out.asides.push(piece.aside);
    }
  }
  return out;
}

const prompt = untilPrompt(/\b[DF] ?>/i);
const cases: readonly {
  name: string;
  cut: Cut;
  sent: string;
  bytes: string;
  replies: string[];
  asides?: string[];
}[] = [
  { name: "MPB value", cut: prompt, sent: "getldenable", bytes: "0\rD >", replies: ["0\nD >"] },
  { name: "MPB set, prompt only", cut: prompt, sent: "SETLDENABLE 1", bytes: "D >", replies: ["D >"] },
  {
    name: "MPB many lines, refusal after it",
    cut: prompt,
    sent: "SHLASER",
    bytes: "a 1\rb 2\rD >RS232.C 1 UNKNOWN_COMMAND\rF >",
    replies: ["a 1\nb 2\nD >", "RS232.C 1 UNKNOWN_COMMAND\nF >"],
  },
  { name: "CR LF", cut: lines(), sent: "p?", bytes: "0.0500\r\n", replies: ["0.0500"] },
  {
    name: "LF CR",
    cut: lines(),
    sent: "L1",
    bytes: "\n\rl1F80.000P20.00S1\n\r",
    replies: ["l1F80.000P20.00S1"],
  },
  { name: "echo before the answer", cut: lines(), sent: "l?", bytes: "l?\r\n1\r\n", replies: ["1"] },
  {
    name: "ad-hoc line between",
    cut: lines({ aside: /^\$/ }),
    sent: "?GAS",
    bytes: "$MDP12.3\r!GAS0042\r",
    replies: ["!GAS0042"],
    asides: ["$MDP12.3"],
  },
  {
    name: "value and OK",
    cut: untilLine(/^(OK|ERR-?\d+)$/i),
    sent: "SOUR:AM:STAT?",
    bytes: "OFF\r\nOK\r\n",
    replies: ["OFF\nOK"],
  },
  {
    name: "a set that repeats its own words",
    cut: lines({ echo: false }),
    sent: "le=1",
    bytes: "le=1\n",
    replies: ["le=1"],
  },
  {
    name: "SC10: echo, value, prompt",
    cut: untilPrompt(/>/),
    sent: "ens?",
    bytes: "ens?\r1\r> ",
    replies: ["1\n>"],
  },
];

describe("framing", () => {
  for (const { name, cut, sent, bytes, replies, asides } of cases) {
    it.each([1, 2, 3, bytes.length])(`${name}, %i bytes at a time`, (chunk) => {
      const got = cutAll(cut, sent, bytes, chunk);
      expect(got.replies).toEqual(replies);
      expect(got.asides).toEqual(asides ?? []);
      expect(got.rest.trim()).toBe("");
    });
  }
});
