import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import {
  Advisor,
  advise,
  createOptimiser,
  parseForeignSpace,
  serveStdio,
} from "../../src/optimiser/index.js";

/** The optimiser as a stranger's program meets it: `POST /api/v1/optimise` and `optimise --stdio` with odd spaces and data. */

type Json = Record<string, unknown>;
interface Knob {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}
const knobs = (count: number, more: Json = {}): Knob[] =>
  Array.from({ length: count }, (_, j) => ({ name: `p${j}`, min: 1, max: 10, ...more }));
const aims = (count: number, more: Json = {}): Json[] =>
  Array.from({ length: count }, (_, j) => ({
    name: `f${j}`,
    direction: j % 2 === 0 ? "minimise" : "maximise",
    ...more,
  }));
type Value = (u: readonly number[], j: number, i: number) => unknown;
const bowls: Value = (u, j) => u.reduce((sum, x, k) => sum + (1 + k) * (x - j / 3) ** 2, 0);

/** `count` observations at random settings inside the bounds. */
function seen(
  space: { parameters: readonly Knob[]; objectives: readonly Json[] },
  count: number,
  value = bowls,
): Json[] {
  const stream = RandomStream.of(count, "foreign");
  return Array.from({ length: count }, (_, i) => {
    const u = space.parameters.map(() => stream.uniform());
    const settings = space.parameters.map((p, j) => {
      const v = p.min + (u[j] as number) * (p.max - p.min);
      return [p.name, p.integer === true ? Math.round(v) : v];
    });
    const told = space.objectives.flatMap((o, j) =>
      o.known === undefined ? [[o.name, value(u, j, i)]] : [],
    );
    return { settings: Object.fromEntries(settings) as Json, objectives: Object.fromEntries(told) as Json };
  });
}

const answered: [string, Json & { parameters: Knob[]; objectives: Json[] }, number, Value?][] = [
  ["whole numbers only", { parameters: knobs(3, { integer: true }), objectives: aims(2) }, 20],
  ["switches", { parameters: knobs(3, { min: 0, max: 1, integer: true }), objectives: aims(2) }, 20],
  [
    "twelve decades",
    { parameters: knobs(3, { min: 1e-6, max: 1e6, scale: "log" }), objectives: aims(2) },
    20,
  ],
  ["one knob, one objective", { parameters: knobs(1), objectives: aims(1) }, 20],
  ["ten knobs", { parameters: knobs(10), objectives: aims(3) }, 40],
  ["five objectives", { parameters: knobs(4), objectives: aims(5) }, 30],
  [
    "eight objectives and weights",
    { parameters: knobs(3), objectives: aims(8), preference: { weights: { f0: 1, f3: 2 } } },
    30,
  ],
  [
    "known ones only",
    {
      parameters: knobs(2),
      objectives: [{ name: "t", direction: "minimise", known: { product: ["p0", "p1"] } }],
    },
    8,
  ],
  [
    "known ones only, nothing told",
    {
      parameters: knobs(2),
      objectives: [{ name: "t", direction: "minimise", known: { product: ["p0", "p1"] } }],
    },
    0,
  ],
  [
    "a limit of one point",
    { parameters: knobs(2), objectives: aims(2), limits: { p0: { min: 3, max: 3 } } },
    12,
  ],
  ["knobs of 1e-12", { parameters: knobs(2, { min: 1e-12, max: 2e-12 }), objectives: aims(2) }, 12],
  ["knobs of 1e12", { parameters: knobs(2, { min: 1e12, max: 2e12 }), objectives: aims(2) }, 12],
  [
    "a threshold that nothing reaches",
    { parameters: knobs(2), objectives: aims(2, { worstAcceptable: -100 }) },
    12,
  ],
  [
    "objectives of 1e-300",
    { parameters: knobs(2), objectives: aims(2) },
    12,
    (u, j, i) => 1e-300 * (bowls(u, j, i) as number),
  ],
  [
    "objectives of 1e-12",
    { parameters: knobs(2), objectives: aims(2) },
    12,
    (u, j, i) => 1e-12 * (bowls(u, j, i) as number),
  ],
  [
    "objectives of 1e100",
    { parameters: knobs(2), objectives: aims(2) },
    12,
    (u, j, i) => 1e100 * (bowls(u, j, i) as number),
  ],
  [
    "objectives far from nought",
    { parameters: knobs(2), objectives: aims(2) },
    12,
    (u) => 1e15 + (u[0] as number),
  ],
  ["all objectives equal", { parameters: knobs(2), objectives: aims(2) }, 12, () => 3],
  ["no value at all", { parameters: knobs(2), objectives: aims(2) }, 12, () => null],
  [
    "one objective never seen",
    { parameters: knobs(2), objectives: aims(2) },
    12,
    (u, j) => (j === 0 ? u[0] : null),
  ],
  [
    "kernel-ts on switches",
    { parameters: knobs(3, { min: 0, max: 1, integer: true }), objectives: aims(2), strategy: "kernel-ts" },
    12,
  ],
];

describe("odd spaces are answered with settings inside them and a sentence of plain numbers", () => {
  it.each(answered)("%s", async (_name, space, count, value) => {
    const observations = seen(space, count, value);
    const { settings, why } = await advise({ space, observations });
    for (const p of space.parameters) {
      const v = settings[p.name] as number;
      expect(v).toBeGreaterThanOrEqual(p.min);
      expect(v).toBeLessThanOrEqual(p.max);
      if (p.integer === true) expect(Number.isInteger(v)).toBe(true);
    }
    expect(why.text).not.toMatch(/NaN|undefined|Infinity|null|0{7}/);
    for (const v of [...Object.values(why.expected), ...Object.values(why.uncertainty)])
      expect(Number.isFinite(v)).toBe(true);
  });
  it("three hundred times the same settings", async () => {
    const space = { parameters: knobs(2), objectives: aims(2) };
    const [one] = seen(space, 1);
    const { settings } = await advise({ space, observations: Array.from({ length: 300 }, () => one) });
    expect(settings).not.toEqual(one?.settings);
  });
});

const two = { parameters: knobs(2), objectives: aims(2) };
const at = (settings: unknown, objectives: unknown = {}, more: Json = {}): Json => ({
  space: two,
  observations: [{ settings, objectives, ...more }],
});
const fine = { p0: 2, p1: 3 };
const refused: [string, Json, string, RegExp][] = [
  [
    "min above max",
    { space: { ...two, parameters: knobs(1, { min: 5, max: 1 }) } },
    "BAD_SPACE",
    /parameters\[0\]\.min/,
  ],
  [
    "no width",
    { space: { ...two, parameters: knobs(1, { min: 5, max: 5 }) } },
    "BAD_SPACE",
    /parameters\[0\]\.min/,
  ],
  [
    "no width but for rounding",
    { space: { ...two, parameters: knobs(1, { min: 1, max: 1 + 3e-16 }) } },
    "BAD_SPACE",
    /parameters\[0\]\.max/,
  ],
  [
    "wider than a double",
    { space: { ...two, parameters: knobs(1, { min: -1e308, max: 1e308 }) } },
    "BAD_SPACE",
    /parameters\[0\]\.max/,
  ],
  [
    "infinite bound",
    { space: { ...two, parameters: knobs(1, { max: Number.POSITIVE_INFINITY }) } },
    "BAD_SPACE",
    /parameters\[0\]\.max/,
  ],
  [
    "bound that is no number",
    { space: { ...two, parameters: knobs(1, { max: Number.NaN }) } },
    "BAD_SPACE",
    /parameters\[0\]\.max/,
  ],
  [
    "bound as text",
    { space: { ...two, parameters: knobs(1, { max: "10" }) } },
    "BAD_SPACE",
    /parameters\[0\]\.max/,
  ],
  [
    "log from nought",
    { space: { ...two, parameters: knobs(1, { min: 0, scale: "log" }) } },
    "BAD_SPACE",
    /parameters\[0\]\.min/,
  ],
  [
    "a step too fine",
    { space: { ...two, parameters: knobs(1, { step: 1e-12 }) } },
    "BAD_SPACE",
    /parameters\[0\]\.step/,
  ],
  [
    "a name of every object",
    { space: { ...two, parameters: [{ name: "constructor", min: 0, max: 1 }] } },
    "BAD_SPACE",
    /parameters\[0\]\.name/,
  ],
  [
    "an objective of such a name",
    { space: { ...two, objectives: [{ name: "valueOf", direction: "minimise" }] } },
    "BAD_SPACE",
    /objectives\[0\]\.name/,
  ],
  [
    "no direction",
    { space: { ...two, objectives: [{ name: "q" }] } },
    "BAD_SPACE",
    /objectives\[0\]\.direction/,
  ],
  [
    "threshold on the wrong side",
    { space: { ...two, objectives: [{ name: "q", direction: "maximise", ideal: 1, worstAcceptable: 2 }] } },
    "BAD_SPACE",
    /objectives\[0\]\.worstAcceptable/,
  ],
  [
    "a product beyond all numbers",
    {
      space: {
        parameters: knobs(2, { min: 1e100, max: 1e140 }),
        objectives: [{ name: "t", direction: "minimise", known: { product: ["p0", "p1"] } }],
      },
    },
    "BAD_SPACE",
    /objectives\[0\]\.known/,
  ],
  ["a limit on nothing", { space: { ...two, limits: { p9: { max: 2 } } } }, "BAD_SPACE", /limits\.p9/],
  ["a dose without power", { space: { ...two, maxDoseUj: 1 } }, "BAD_SPACE", /maxDoseUj/],
  [
    "nothing inside the limits",
    { space: { ...two, limits: { p0: { min: 20 } } } },
    "NO_CANDIDATES",
    /limits/,
  ],
  [
    "the same with observations",
    { space: { ...two, limits: { p0: { max: 0.5 } } }, observations: seen(two, 20) },
    "NO_CANDIDATES",
    /limits/,
  ],
  [
    "no whole number inside the limits",
    { space: { ...two, parameters: knobs(2, { integer: true }), limits: { p0: { min: 2.2, max: 2.8 } } } },
    "NO_CANDIDATES",
    /limits/,
  ],
  [
    "weights of nothing",
    { space: { ...two, preference: { weights: { g: 1 } } } },
    "BAD_SPACE",
    /preference\.weights\.g/,
  ],
  ["a setting as text", at({ p0: "2", p1: 3 }), "BAD_PARAMS", /observations\[0\]\.settings\.p0/],
  ["a setting too many", at({ ...fine, P0: 3 }), "BAD_PARAMS", /observations\[0\]\.settings\.P0/],
  ["a setting too few", at({ p0: 3 }), "BAD_PARAMS", /observations\[0\]\.settings\.p1/],
  ["a setting outside", at({ p0: 3, p1: 11 }), "OUT_OF_RANGE", /observations\[0\]\.settings\.p1/],
  ["an unknown objective", at(fine, { quality: 1 }), "BAD_PARAMS", /observations\[0\]\.objectives\.quality/],
  ["an objective as text", at(fine, { f0: "1" }), "BAD_PARAMS", /observations\[0\]\.objectives\.f0/],
  ["NaN", at(fine, { f0: Number.NaN }), "BAD_PARAMS", /observations\[0\]\.objectives\.f0/],
  [
    "an estimate that went astray",
    at(fine, { f0: 1e300 }),
    "OUT_OF_RANGE",
    /observations\[0\]\.objectives\.f0/,
  ],
  ["a misspelt key", at(fine, {}, { faild: true }), "BAD_PARAMS", /observations\[0\]\.faild/],
  [
    "a hundred thousand observations",
    { space: two, observations: Array.from({ length: 100_000 }, () => ({ settings: fine, objectives: {} })) },
    "TOO_MANY",
    /observations/,
  ],
];

describe("what cannot be meant is refused by name", () => {
  it.each(refused)("%s", async (_name, body, code, where) => {
    const error = await advise(body).then(
      () => null,
      (thrown: unknown) => thrown as { code: string; where: string },
    );
    expect(error).toMatchObject({ code });
    expect(error?.where).toMatch(where);
  });
});

describe("optimise --stdio", () => {
  it("answers every odd line in one line without a stack, and the next one too", async () => {
    const odd = [
      '{"op":"tell","settings":{"p0":NaN,"p1":3},"objectives":{}}',
      '{"op":"tell","settings":{"p0":1e999,"p1":3},"objectives":{}}',
      '{"op":"tell","settings":{"p0":2,"p1":3},"objective":{"f0":1}}',
      '{"op":"tell","settings":[1,2],"objectives":{"f0":1}}',
      '{"op":"tell"}',
      '{"op":"predict","settings":[{"p0":2}]}',
      '{"op":"predict"}',
      '{"op":"load","state":{"version":1}}',
      '{"op":"prefer","options":[],"chosen":0}',
      '"ask"',
      "null",
      "\u0000",
    ];
    const lines = odd.flatMap((line) => [
      line,
      '{"op":"ask"}',
      '{"op":"tell","settings":{"p0":2,"p1":3},"objectives":{"f0":1,"f1":null}}',
    ]);
    const output = new PassThrough();
    const whole = text(output);
    await serveStdio({
      input: Readable.from(lines.map((l) => `${l}\n`)),
      output,
      space: parseForeignSpace(two),
    });
    output.end();
    const answers = (await whole)
      .trim()
      .split("\n")
      .map((l) => JSON.parse(l) as Json);
    expect(answers).toHaveLength(lines.length);
    answers.forEach((a, i) => {
      if (i % 3 === 0) {
        const { code, message } = a.error as { code: string; message: string };
        expect(code).toMatch(/^[A-Z_]+$/);
        expect(code).not.toBe("INTERNAL");
        expect(message).not.toMatch(/\n|at .*\.(js|ts):/);
      } else expect(a.error).toBeUndefined();
    });
  });
  it("names the field where a program wrote NaN or Infinity, as Python does", async () => {
    const output = new PassThrough();
    const whole = text(output);
    const lines = [
      '{"op": "tell", "settings": {"p0": 2, "p1": 3}, "objectives": {"f0": NaN, "f1": 1}}',
      '{"op": "predict", "settings": [{"p0": 2, "p1": 3}, {"p0": -Infinity, "p1": 3}]}',
      '{"op": "tell", "settings": {"p0": NaN',
      '{"op":"ask"}',
    ];
    await serveStdio({
      input: Readable.from(lines.map((l) => `${l}\n`)),
      output,
      space: parseForeignSpace(two),
    });
    output.end();
    const [a, b, c, d] = (await whole)
      .trim()
      .split("\n")
      .map((l) => JSON.parse(l) as Json);
    expect(a?.error).toEqual({
      code: "BAD_PARAMS",
      message: "objectives.f0: NaN is not a number that JSON knows",
    });
    expect(b?.error).toMatchObject({ message: "settings[1].p0: -Infinity is not a number that JSON knows" });
    expect(c?.error).toMatchObject({ code: "NOT_JSON" });
    expect(d).toHaveProperty("settings.p0");
  });
  it("offers no trade-off twice, also where nothing was measured yet", async () => {
    const space = parseForeignSpace(two);
    const optimiser = await createOptimiser(space);
    for (let i = 0; i < 3; i++) optimiser.tell({ settings: fine, objectives: { f0: null, f1: null } });
    const { predicted } = optimiser.pareto();
    expect(new Set(predicted.map((o) => JSON.stringify(o.objectives))).size).toBe(predicted.length);
  });
  it("says when there are too many observations, and still asks", async () => {
    const line = JSON.stringify({ op: "tell", settings: fine, objectives: { f0: 1, f1: 2 } });
    const output = new PassThrough();
    const whole = text(output);
    const input = Readable.from([...Array.from({ length: 5001 }, () => `${line}\n`), '{"op":"ask"}\n']);
    await serveStdio({ input, output, space: parseForeignSpace(two) });
    output.end();
    const answers = (await whole).trim().split("\n");
    expect(JSON.parse(answers[4999] as string)).toEqual({ ok: true, n: 5000 });
    expect(JSON.parse(answers[5000] as string)).toMatchObject({ error: { code: "TOO_MANY" } });
    expect(JSON.parse(answers[5001] as string)).toHaveProperty("settings.p0");
  });
  it("kernel-ts with thousands of observations answers in bounded time", async () => {
    const space = { ...two, strategy: "kernel-ts" };
    const from = process.cpuUsage();
    await advise({ space, observations: seen(two, 3000) });
    const { user } = process.cpuUsage(from);
    // A joint posterior of all 3000 and their mirrors would take minutes.
    expect(user / 1e6).toBeLessThan(30);
  });
});

describe("advice from a thread of its own", () => {
  const advisor = new Advisor();
  afterAll(() => advisor.close());
  it("is the same, leaves the event loop free, and passes typed errors on", async () => {
    const space = { parameters: knobs(4), objectives: aims(3) };
    const body = { space, observations: seen(space, 150) };
    await advisor.advise({ space, observations: [] });
    const used = performance.eventLoopUtilization();
    const there = await advisor.advise(body);
    const { active } = performance.eventLoopUtilization(used);
    const before = performance.now();
    const here = await advise(body);
    const alone = performance.now() - before;
    expect(there.settings).toEqual(here.settings);
    expect(there.why).toEqual(here.why);
    expect(active).toBeLessThan(alone / 2);
    await expect(advisor.advise({ space: {} })).rejects.toMatchObject({ code: "BAD_SPACE" });
  });
});
