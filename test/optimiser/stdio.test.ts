import { PassThrough, Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { type OptimiserSpace, parseSpace, serveStdio } from "../../src/optimiser/index.js";
import { spaceWith, toy } from "./helpers.js";

type Answer = Record<string, never> & {
  settings: Record<string, number>;
  error?: { code: string; message: string };
  why: { text: string; kind: string; expected: object; uncertainty: object };
  state: unknown;
};

/** A live conversation: one line out, one line in. */
function talk(space: OptimiserSpace): { say: (line: unknown) => Promise<Answer>; end: () => Promise<void> } {
  const input = new PassThrough();
  const output = new PassThrough();
  const served = serveStdio({ input, output, space });
  const lines = output[Symbol.asyncIterator]();
  let rest = "";
  return {
    async say(line) {
      input.write(`${typeof line === "string" ? line : JSON.stringify(line)}\n`);
      for (;;) {
        const cut = rest.indexOf("\n");
        if (cut >= 0) {
          const whole = rest.slice(0, cut);
          rest = rest.slice(cut + 1);
          return JSON.parse(whole) as Answer;
        }
        const { value } = await lines.next();
        rest += String(value);
      }
    },
    async end() {
      input.end();
      await served;
    },
  };
}

describe("optimise --stdio", () => {
  it("asks and tells, predicts, shows trade-offs, saves and loads: bit for bit", async () => {
    const a = talk(spaceWith({ initial: 5 }));
    for (let i = 0; i < 8; i++) {
      const asked = await a.say({ op: "ask" });
      expect(Object.keys(asked)).toEqual(["settings", "why", "ms"]);
      expect(Object.keys(asked.why)).toEqual(["text", "expected", "uncertainty", "kind"]);
      expect(asked.why.text).not.toMatch(/\n|undefined|NaN/);
      const told = await a.say({ op: "tell", settings: asked.settings, objectives: toy(asked.settings) });
      expect(told).toEqual({ ok: true, n: i + 1 });
    }
    const predicted = await a.say({
      op: "predict",
      settings: [{ depletionPowerMw: 100, dwellTimeUs: 10, lineRepeats: 2 }],
    });
    expect(predicted).toMatchObject({ mean: [{ pixelTimeUs: 20 }], sd: [{ pixelTimeUs: 0 }] });
    const pareto = (await a.say({ op: "pareto" })) as unknown as Record<string, { sd?: object }[]>;
    expect(pareto.evaluated?.length).toBeGreaterThan(0);
    expect(pareto.predicted?.[0]?.sd).toBeDefined();
    const { state } = await a.say({ op: "save" });
    const next = await a.say({ op: "ask" });
    const b = talk(spaceWith({ initial: 5 }));
    expect(await b.say({ op: "load", state })).toEqual({ ok: true });
    const same = await b.say({ op: "ask" });
    expect([same.settings, same.why]).toEqual([next.settings, next.why]);
    // The first is pending now, so the second differs; in both alike.
    const second = await a.say({ op: "ask" });
    expect(second.settings).not.toEqual(next.settings);
    expect((await b.say({ op: "ask" })).settings).toEqual(second.settings);
    await a.end();
    await b.end();
  });

  it("a bad line is answered and the next one served", async () => {
    const { say, end } = talk(spaceWith({}));
    const settings = { depletionPowerMw: 100, dwellTimeUs: 10, lineRepeats: 2 };
    const cases: [unknown, string, RegExp][] = [
      ["{not json", "NOT_JSON", /JSON/],
      ["[1]", "BAD_PARAMS", /./],
      [{ op: "aks" }, "UNKNOWN_METHOD", /aks/],
      [{}, "BAD_PARAMS", /op/],
      [
        { op: "tell", settings: { ...settings, dwellTimeUs: "10" }, objectives: {} },
        "BAD_PARAMS",
        /settings\.dwellTimeUs/,
      ],
      [
        { op: "tell", settings: { ...settings, dwellTimeUs: 1 }, objectives: {} },
        "OUT_OF_RANGE",
        /settings\.dwellTimeUs/,
      ],
      [{ op: "tell", settings: { dwellTimeUs: 10 }, objectives: {} }, "BAD_PARAMS", /depletionPowerMw/],
      [{ op: "tell", settings: { ...settings, power: 3 }, objectives: {} }, "BAD_PARAMS", /power/],
      [{ op: "tell", settings, objectives: { qualty: 1 } }, "BAD_PARAMS", /qualty/],
      [{ op: "tell", settings, objectives: { quality: "0.4" } }, "BAD_PARAMS", /objectives\.quality/],
      [{ op: "predict", settings: [{ depletionPowerMw: 1 }] }, "BAD_PARAMS", /settings\[0\]/],
      [{ op: "load", state: { version: 1 } }, "BAD_PARAMS", /state|space/],
    ];
    for (const [line, code, message] of cases) {
      const { error } = await say(line);
      expect(error?.code, JSON.stringify(line)).toBe(code);
      expect(error?.message).toMatch(message);
    }
    expect(
      (await say({ op: "tell", settings, objectives: { quality: 0.5, bleaching: null } })) as object,
    ).toEqual({
      ok: true,
      n: 1,
    });
    await end();
  });

  it("a state of another space is refused", async () => {
    const a = talk(spaceWith({}));
    const { state } = await a.say({ op: "save" });
    const b = talk(spaceWith({ seed: 99 }));
    expect((await b.say({ op: "load", state })).error?.code).toBe("BAD_PARAMS");
    await a.end();
    await b.end();
  });

  it("many lines at once are answered in order, and the end of input ends it", async () => {
    const output = new PassThrough();
    const space = parseSpace({ ...spaceWith({}), strategy: "sobol", initial: 5 });
    const lines = [...Array(50).fill('{"op":"ask"}'), "", '{"op":"save"}'].join("\n");
    await serveStdio({ input: Readable.from([lines]), output, space });
    output.end();
    let text = "";
    for await (const chunk of output) text += String(chunk);
    const answers = text
      .trim()
      .split("\n")
      .map((l) => JSON.parse(l) as Answer);
    expect(answers).toHaveLength(51);
    expect(answers[50]?.state).toMatchObject({ draws: 50 });
  });
});
