import { describe, expect, it } from "vitest";
import { InputError, type ObjectiveSpec, type ParameterSpec } from "../../src/core/index.js";
import { Domain } from "../../src/optimiser/domain.js";
import { parseSpace, spaceFrom } from "../../src/optimiser/index.js";

const good = {
  parameters: [{ name: "a", min: 0, max: 1 }],
  objectives: [{ name: "f", direction: "minimise" }],
};
const parameter = (changes: object): unknown => ({
  ...good,
  parameters: [{ ...good.parameters[0], ...changes }],
});
const objective = (changes: object): unknown => ({
  ...good,
  objectives: [{ ...good.objectives[0], ...changes }],
});

describe("a space that is wrong is refused by name", () => {
  it.each([
    ["min above max", parameter({ min: 3, max: 1 }), "parameters[0].min"],
    ["zero width", parameter({ min: 1, max: 1 }), "parameters[0].min"],
    ["a bound that is not finite", parameter({ max: Number.POSITIVE_INFINITY }), "parameters[0].max"],
    ["a number as text", parameter({ max: "1" }), "parameters[0].max"],
    ["log scale from zero", parameter({ scale: "log" }), "parameters[0].min"],
    ["one integer only", parameter({ min: 0.5, max: 1.5, integer: true }), "parameters[0].max"],
    ["a step wider than the range", parameter({ step: 2 }), "parameters[0].step"],
    ["no parameters", { ...good, parameters: [] }, "parameters"],
    ["no objectives", { ...good, objectives: [] }, "objectives"],
    ["no direction", { ...good, objectives: [{ name: "f" }] }, "objectives[0].direction"],
    ["an unknown direction", objective({ direction: "maximize" }), "objectives[0].direction"],
    [
      "a threshold beyond the ideal",
      objective({ ideal: 1, worstAcceptable: 0 }),
      "objectives[0].worstAcceptable",
    ],
    [
      "a threshold beyond the ideal, maximised",
      objective({ direction: "maximise", ideal: 1, worstAcceptable: 2 }),
      "objectives[0].worstAcceptable",
    ],
    ["an unknown factor", objective({ known: { product: ["b"] } }), "objectives[0].known.product"],
    ["an unknown strategy", { ...good, strategy: "nehvy" }, "strategy"],
    ["a weight of nothing", { ...good, preference: { weights: { g: 1 } } }, "preference.weights.g"],
    ["no weight at all", { ...good, preference: { weights: { f: 0 } } }, "preference.weights"],
    ["limits that cross", { ...good, limits: { a: { min: 2, max: 1 } } }, "limits.a.min"],
    [
      "a name given twice",
      { ...good, parameters: [good.parameters[0], good.parameters[0]] },
      "parameters[1].name",
    ],
    [
      "a grid too large",
      {
        ...good,
        strategy: "kernel-ts",
        parameters: Array.from({ length: 8 }, (_, j) => ({ name: `p${j}`, min: 0, max: 1 })),
      },
      "strategy",
    ],
    ["nothing", null, "space"],
  ])("%s", (_what, value, where) => {
    expect(() => parseSpace(value)).toThrowError(InputError);
    expect(() => parseSpace(value)).toThrowError(
      expect.objectContaining({ code: "BAD_SPACE", where, exitCode: 2 }),
    );
  });
  it("an unknown key comes with the nearest one", () => {
    expect(() => parseSpace(objective({ worstAceptable: 1 }))).toThrowError(
      expect.objectContaining({ hint: "did you mean 'worstAcceptable'?" }),
    );
  });
});

describe("a space is completed", () => {
  it("label, unit, scale, seed, initial design, ideal of what is known", () => {
    const space = parseSpace({
      parameters: [
        { name: "a", min: 2, max: 5 },
        { name: "b", min: 1, max: 3 },
      ],
      objectives: [
        { name: "t", direction: "minimise", worstAcceptable: 12, known: { product: ["a", "b"], factor: 2 } },
      ],
    });
    expect(space.parameters[0]).toMatchObject({ label: "a", unit: "1", scale: "linear" });
    expect(space).toMatchObject({ strategy: "nehvi", seed: 1, initial: 5 });
    expect(space.objectives[0]).toMatchObject({ ideal: 4, known: { product: ["a", "b"], factor: 2 } });
  });
  it("from the core's specs; weights decide where one differs from 1", () => {
    const parameters: ParameterSpec[] = [
      { name: "dwellTimeUs", label: "Dwell", unit: "µs", min: 2, max: 50, scale: "log" },
    ];
    const quality: ObjectiveSpec = {
      name: "quality",
      label: "Quality",
      unit: "1",
      direction: "maximise",
      ideal: 1,
      worstAcceptable: 0.2,
      weight: 1,
    };
    expect(spaceFrom({ parameters, objectives: [quality], seed: 3 }).preference).toBeUndefined();
    const weighted = spaceFrom({ parameters, objectives: [{ ...quality, weight: 0.5 }], seed: 3 });
    expect(weighted.preference).toEqual({ weights: { quality: 0.5 } });
    expect(
      spaceFrom({ parameters, objectives: [{ ...quality, weight: 0.5 }], seed: 3, prefer: false }).preference,
    ).toBeUndefined();
  });
});

describe("domain", () => {
  const domain = new Domain(
    parseSpace({
      parameters: [
        { name: "p", min: 0.3, max: 250 },
        { name: "t", min: 2, max: 50, scale: "log" },
        { name: "n", min: 1, max: 8, integer: true },
        { name: "s", min: 1, max: 30, step: 0.3 },
      ],
      objectives: good.objectives,
    }).parameters,
  );
  it("faces are exact, logs are logs, steps have no tail", () => {
    expect(domain.settings(Float64Array.of(1, 1, 1, 1))).toEqual({ p: 250, t: 50, n: 8, s: 29.8 });
    expect(domain.settings(new Float64Array(4))).toEqual({ p: 0.3, t: 2, n: 1, s: 1 });
    const middle = domain.settings(new Float64Array(4).fill(0.5));
    expect(middle.t).toBeCloseTo(10, 12);
    expect(String(domain.settings(new Float64Array(4).fill(0.7)).s)).toMatch(/^\d+\.\d$/);
  });
  it("settings and cube go back and forth", () => {
    const u = domain.snap(Float64Array.of(0.123, 0.77, 0.4, 0.61));
    const back = domain.unit(domain.settings(u));
    u.forEach((x, j) => {
      expect(back[j]).toBeCloseTo(x, 12);
    });
  });
});
