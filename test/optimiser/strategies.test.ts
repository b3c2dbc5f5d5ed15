import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import { strategyNames } from "../../src/optimiser/index.js";
import {
  at,
  kernel,
  noiseBounds,
  posterior,
  priorNorm,
  withMirrors,
} from "../../src/optimiser/kernel-ts-model.js";
import { drawOnGrid, type Grid } from "../../src/optimiser/kronecker.js";
import { loadStrategy } from "../../src/optimiser/strategies/registry.js";
import { look, open, run } from "./helpers.js";

/** One contract for every strategy (design.md §7, 9). */
describe.each(strategyNames)("strategy %s", (strategy) => {
  it("proposes inside the bounds, says why in one sentence with numbers, and obeys limits and held knobs", async () => {
    const optimiser = await open({ strategy, limits: { depletionPowerMw: { max: 200 } } });
    for (let i = 0; i < 12; i++) {
      const { settings, why } = optimiser.ask({ fixed: { lineRepeats: 3 } });
      expect(settings.lineRepeats).toBe(3);
      expect(settings.depletionPowerMw).toBeLessThanOrEqual(200);
      expect(settings.dwellTimeUs).toBeGreaterThanOrEqual(2);
      expect(settings.dwellTimeUs).toBeLessThanOrEqual(50);
      expect(why.text).toMatch(/\d/);
      expect(why.text).not.toMatch(/NaN|undefined|\n/);
      expect(why.expected.pixelTimeUs ?? 3 * (settings.dwellTimeUs as number)).toBeCloseTo(
        3 * (settings.dwellTimeUs as number),
        9,
      );
      expect(optimiser.tell(look(settings))).toBe(i + 1);
    }
  });
  it("same seed and history, same answer; another seed, another", async () => {
    const a = run(await open({ strategy }), 10);
    expect(run(await open({ strategy }), 10)).toEqual(a);
    expect(run(await open({ strategy, seed: 8 }), 10)).not.toEqual(a);
  });
  it("does not repeat a proposal that was taken back", async () => {
    const optimiser = await open({ strategy });
    run(optimiser, 8);
    const first = optimiser.ask().settings;
    optimiser.forget(first);
    expect(optimiser.ask().settings).not.toEqual(first);
  });
});

it("an unknown strategy comes with the nearest name", async () => {
  await expect(loadStrategy("nehvy" as "nehvi")).rejects.toMatchObject({ hint: "did you mean 'nehvi'?" });
});

describe("kernel-ts against golden numbers", () => {
  const golden = (
    JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/golden.json"), "utf8")) as {
      kernel_ts: {
        U: number[][];
        Y: number[][];
        s_minus: number[];
        s_plus: number[];
        pseudo_points: number;
        query: number[][];
        bleach_mean: number[];
        bleach_kpost_unit: number[];
      };
    }
  ).kernel_ts;
  const points = golden.U.map((u) => Float64Array.from(u));
  const near = (a: number, b: number): void =>
    expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-6 * Math.abs(b));
  it("noise bounds", () => {
    [15, 0.1, 2].forEach((upper, j) => {
      const found = noiseBounds(
        points,
        golden.Y.map((y) => y[j] as number),
        upper,
      );
      near(found.lower, golden.s_minus[j] as number);
      near(found.upper, golden.s_plus[j] as number);
    });
  });
  it("mirrored points, posterior mean and variance", () => {
    const mirrored = withMirrors(
      points,
      golden.Y.map((y) => y[1] as number),
    );
    expect(mirrored.points.length - points.length).toBe(golden.pseudo_points);
    const p = posterior(mirrored.points, mirrored.values, 0.1 ** 2 / priorNorm ** 2);
    golden.query.forEach((q, i) => {
      const { mean, variance } = at(p, Float64Array.from(q));
      near(mean, golden.bleach_mean[i] as number);
      near(variance, golden.bleach_kpost_unit[i] as number);
    });
  });
});

describe("joint draws over a grid", () => {
  it("have the posterior's mean and covariance", () => {
    const stream = RandomStream.of(2, "grid");
    const line = Float64Array.of(0, 0.25, 0.5, 0.75, 1);
    const grid: Grid = { levels: [line, line], size: 25 };
    const points = [Float64Array.of(0.1, 0.3), Float64Array.of(0.5, 1), Float64Array.of(0.83, 0.2)];
    const mirrored = withMirrors(points, [1, -2, 0.5]);
    const lambda = 0.02;
    const p = posterior(mirrored.points, mirrored.values, lambda);
    const options = Array.from({ length: 25 }, (_, i) =>
      Float64Array.of(line[Math.floor(i / 5)] as number, line[i % 5] as number),
    );
    const draws = Array.from({ length: 4000 }, () => drawOnGrid(grid, p, lambda, stream));
    for (const i of [0, 7, 12, 24]) {
      const { mean, variance } = at(p, options[i] as Float64Array);
      const sd = priorNorm * Math.sqrt(variance);
      const values = draws.map((d) => d[i] as number);
      const m = values.reduce((a, b) => a + b, 0) / values.length;
      const v = values.reduce((a, b) => a + (b - m) ** 2, 0) / values.length;
      // Five standard errors of a mean and of a variance.
      expect(Math.abs(m - mean)).toBeLessThan((5 * sd) / Math.sqrt(4000));
      expect(Math.abs(v / sd ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / 4000));
    }
    // One covariance between two options, by the same posterior extended by one of them.
    const [a, b] = [options[7] as Float64Array, options[24] as Float64Array];
    const both = posterior([...mirrored.points, a], [...mirrored.values, 0], lambda);
    const lost = at(p, b).variance - at(both, b).variance;
    const covariance = Math.sqrt(lost * (at(p, a).variance + lambda)) * priorNorm ** 2;
    const pair = draws.map((d) => [d[7] as number, d[24] as number] as const);
    const centre = [0, 1].map((k) => pair.reduce((s, x) => s + (x[k] as number), 0) / pair.length);
    const found =
      pair.reduce((s, [x, y]) => s + (x - (centre[0] as number)) * (y - (centre[1] as number)), 0) /
      pair.length;
    const spread = priorNorm ** 2 * Math.sqrt(at(p, a).variance * at(p, b).variance);
    expect(Math.abs(Math.abs(found) - covariance)).toBeLessThan((5 * spread) / Math.sqrt(2000));
    expect(kernel(a, a, p.bandwidth)).toBe(1);
  });
  it("50 observations and the largest grid: under a second", async () => {
    const parameters = Array.from({ length: 7 }, (_, j) => ({ name: `p${j}`, min: 0, max: 1 }));
    const optimiser = await open({
      parameters,
      objectives: ["f", "g", "h"].map((name) => ({ name, direction: "minimise" })),
      strategy: "kernel-ts",
    });
    const stream = RandomStream.of(1, "tell");
    for (let i = 0; i < 50; i++) {
      const settings = Object.fromEntries(parameters.map((p) => [p.name, stream.int(4) / 3]));
      optimiser.tell({
        settings,
        objectives: { f: stream.normal(), g: stream.normal(), h: stream.normal() },
      });
    }
    expect(Object.keys(optimiser.ask().settings)).toHaveLength(7);
  });
});
