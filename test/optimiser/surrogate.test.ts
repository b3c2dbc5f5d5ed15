import fc from "fast-check";
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import { compositeImprovement, utilityOf } from "../../src/optimiser/composite.js";
import { distinct, type Row, scaledTraining } from "../../src/optimiser/data.js";
import { Domain } from "../../src/optimiser/domain.js";
import { expectedImprovement, indexBoxes } from "../../src/optimiser/ehvi.js";
import { fitTheta } from "../../src/optimiser/fit.js";
import { GaussianProcess, Kernel } from "../../src/optimiser/gp.js";
import { HyperObjective, standardPriors, thetaBounds } from "../../src/optimiser/gp-objective.js";
import { hypervolume } from "../../src/optimiser/maths/hypervolume.js";
import { Model } from "../../src/optimiser/model.js";
import { noisyExpectedImprovement } from "../../src/optimiser/nehvi.js";
import { sampleThetas } from "../../src/optimiser/sample-theta.js";
import { spaceWith } from "./helpers.js";

const d = 3;
function sample(n: number, seed: number): { points: Float64Array[]; values: number[] } {
  const stream = RandomStream.of(seed, "sample");
  const points = Array.from({ length: n }, () => Float64Array.from({ length: d }, () => stream.uniform()));
  const values = points.map(
    (p) => Math.sin(4 * (p[0] as number)) + (p[1] as number) ** 2 + 0.1 * stream.normal(),
  );
  return { points, values };
}
const logs = fc.double({ min: -1.5, max: 1.5, noNaN: true });

describe("Gaussian process", () => {
  it("analytic gradient = finite differences, with replicates too", () => {
    fc.assert(
      fc.property(fc.array(logs, { minLength: 5, maxLength: 5 }), fc.integer(), (raw, seed) => {
        const { points, values } = sample(12, seed);
        const { training } = scaledTraining(
          d,
          [...points, ...points.slice(0, 4)],
          [...values, 0.1, 0.7, 1, -0.4],
        );
        expect(training.scatterDof).toBe(4);
        const objective = new HyperObjective(training);
        const theta = Float64Array.from(raw);
        const gradient = new Float64Array(5);
        const value = objective.evaluate(theta, gradient);
        expect(objective.evaluate(theta, null)).toBeCloseTo(value, 10);
        for (let j = 0; j < 5; j++) {
          const h = 1e-5;
          const up = theta.map((t, k) => (k === j ? t + h : t));
          const down = theta.map((t, k) => (k === j ? t - h : t));
          const slope = (objective.evaluate(up, null) - objective.evaluate(down, null)) / (2 * h);
          expect(Math.abs(slope - (gradient[j] as number))).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
        }
      }),
      { numRuns: 40 },
    );
  });

  it("merging replicates changes neither likelihood nor posterior", () => {
    const { points, values } = sample(9, 4);
    const all = [...points, ...points.slice(0, 3), points[0] as Float64Array];
    const y = [...values, 0.2, 0.4, 0.9, -0.3];
    const merged = scaledTraining(d, all, y);
    const apart = {
      d,
      points: all,
      values: Float64Array.from(y, (v) => (v - merged.offset) / merged.scale),
      share: new Float64Array(all.length).fill(1),
      scatter: 0,
      scatterDof: 0,
    };
    const theta = Float64Array.of(-0.3, 0.1, 0.4, 0.2, -2);
    // Apart from Σ ½ log k, which does not depend on θ.
    const constant = 0.5 * Math.log(3) + 2 * 0.5 * Math.log(2);
    const difference =
      new HyperObjective(apart).evaluate(theta, null) -
      new HyperObjective(merged.training).evaluate(theta, null);
    expect(difference).toBeCloseTo(constant, 5);
    const x = [Float64Array.of(0.3, 0.9, 0.2)];
    const a = new GaussianProcess(merged.training, theta).predict(x);
    const b = new GaussianProcess(apart, theta).predict(x);
    expect(a.mean[0]).toBeCloseTo(b.mean[0] as number, 6);
    expect(a.sd[0]).toBeCloseTo(b.sd[0] as number, 6);
  });

  it("posterior = ml-matrix's, alone and jointly", () => {
    const { points, values } = sample(25, 2);
    const { training } = scaledTraining(d, points, values);
    const theta = Float64Array.of(-0.5, 0.2, 0.8, 0.1, -2.5);
    const gp = new GaussianProcess(training, theta);
    const kernel = new Kernel(d, theta);
    const k = new Matrix(points.map((a) => points.map((b) => kernel.at(a, b))));
    for (let i = 0; i < points.length; i++) k.set(i, i, kernel.signal + kernel.noise + 1e-8);
    const solver = new CholeskyDecomposition(k);
    const at = [Float64Array.of(0.1, 0.5, 0.9), Float64Array.of(0.7, 0.7, 0.1), Float64Array.of(1, 0, 1)];
    const cross = new Matrix(at.map((a) => points.map((b) => kernel.at(a, b))));
    const mean = cross.mmul(solver.solve(Matrix.columnVector([...training.values]))).to1DArray();
    const prior = new Matrix(at.map((a) => at.map((b) => kernel.at(a, b))));
    const cov = Matrix.sub(prior, cross.mmul(solver.solve(cross.transpose())));
    const ours = gp.predict(at);
    const joint = gp.joint(at);
    for (let i = 0; i < 3; i++) {
      expect(ours.mean[i]).toBeCloseTo(mean[i] as number, 9);
      expect(joint.mean[i]).toBeCloseTo(mean[i] as number, 9);
      expect((ours.sd[i] as number) ** 2).toBeCloseTo(cov.get(i, i), 9);
      for (let j = 0; j <= i; j++) {
        let product = 0;
        for (let q = 0; q <= j; q++)
          product += (joint.factor[i * 3 + q] as number) * (joint.factor[j * 3 + q] as number);
        expect(product).toBeCloseTo(cov.get(i, j), 6);
      }
    }
  });

  it("leave-one-out residuals are those of fits without the point", () => {
    const { points, values } = sample(10, 8);
    const { training } = scaledTraining(d, points, values);
    const theta = Float64Array.of(-0.5, 0.2, 0.8, 0.1, -2);
    let missed = 0;
    let total = 0;
    for (let i = 0; i < 10; i++) {
      const without = (list: readonly number[]): number[] => list.filter((_, k) => k !== i);
      const rest = {
        ...training,
        points: points.filter((_, k) => k !== i),
        values: Float64Array.from(without([...training.values])),
        share: new Float64Array(9).fill(1),
      };
      const { mean } = new GaussianProcess(rest, theta).predict([points[i] as Float64Array]);
      missed += ((training.values[i] as number) - (mean[0] as number)) ** 2;
      total += (training.values[i] as number) ** 2;
    }
    expect(new GaussianProcess(training, theta).unexplained()).toBeCloseTo(missed / total, 6);
  });

  it("fits are a pure function of the observations: the order of asking changes nothing", () => {
    const { points, values } = sample(70, 5);
    const take = (n: number) => scaledTraining(d, points.slice(0, n), values.slice(0, n)).training;
    const stepwise = new Map<string, readonly number[]>();
    for (const n of [7, 25, 26, 40, 61, 70]) fitTheta(n, take, stepwise, "f", standardPriors);
    const atOnce = fitTheta(70, take, new Map(), "f", standardPriors);
    expect([...atOnce.theta]).toEqual(stepwise.get("f:70"));
  });

  it("finds which inputs matter and how much is noise", () => {
    const { points, values } = sample(50, 6);
    const take = (n: number) => scaledTraining(d, points.slice(0, n), values.slice(0, n));
    const { theta } = fitTheta(50, (n) => take(n).training, new Map(), "f", standardPriors);
    expect(theta[2] as number).toBeGreaterThan((theta[0] as number) + 1);
    const noiseSd = Math.exp(0.5 * (theta[4] as number)) * take(50).scale;
    expect(noiseSd).toBeGreaterThan(0.06);
    expect(noiseSd).toBeLessThan(0.16);
  });

  it("slice sampling visits the posterior: mean energy above the mode by about half the dimensions", () => {
    const { points, values } = sample(30, 7);
    const take = (n: number) => scaledTraining(d, points.slice(0, n), values.slice(0, n)).training;
    const { theta } = fitTheta(30, take, new Map(), "f", standardPriors);
    const objective = new HyperObjective(take(30));
    const draws = sampleThetas(take(30), standardPriors, theta, 150, RandomStream.of(1, "slice"));
    const mode = objective.evaluate(theta, null);
    const excess = draws.reduce((sum, t) => sum + objective.evaluate(t, null) - mode, 0) / draws.length;
    expect(excess).toBeGreaterThan(1);
    expect(excess).toBeLessThan(5);
    const { low, high } = thetaBounds(d);
    for (const t of draws)
      t.forEach((v, j) => {
        expect(v > (low[j] as number) && v < (high[j] as number)).toBe(true);
      });
  });
});

describe("acquisitions", () => {
  it("expected hypervolume improvement = Monte Carlo over outcomes", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 3 }), (seed, m) => {
        const stream = RandomStream.of(seed, "ehvi");
        const front = Array.from({ length: 6 }, () =>
          Float64Array.from({ length: m }, () => stream.uniform()),
        );
        const reference = new Float64Array(m).fill(1.1);
        const mean = Float64Array.from({ length: m }, () => stream.uniform());
        const sd = Float64Array.from({ length: m }, () => 0.05 + 0.3 * stream.uniform());
        const exact = expectedImprovement(indexBoxes(front, reference), mean, sd);
        const before = hypervolume(front, reference);
        let sum = 0;
        let squares = 0;
        const trials = 3000;
        for (let i = 0; i < trials; i++) {
          const y = mean.map((v, j) => v + (sd[j] as number) * stream.normal());
          const gain = hypervolume([...front, y], reference) - before;
          sum += gain;
          squares += gain * gain;
        }
        const error = Math.sqrt((squares / trials - (sum / trials) ** 2) / trials);
        // An improvement that none of 3000 outcomes shows may still be some 3/3000 likely.
        expect(Math.abs(sum / trials - exact)).toBeLessThan(5 * error + 1e-4);
      }),
      { numRuns: 25 },
    );
  });

  const space = spaceWith({});
  const domain = new Domain(space.parameters);
  const rowsOf = (n: number, seed: number): Row[] => {
    const { points, values } = sample(n, seed);
    return points.map((p, i) => ({
      u: domain.snap(p),
      values: [
        values[i] as number,
        1 - (values[i] as number) + 0.2 * (p[2] as number),
        (p[1] as number) * 50,
      ],
      failed: false,
    }));
  };

  it("noisy EHVI with one draw is plain EHVI over that draw, with known objectives exact", () => {
    const rows = rowsOf(10, 3);
    const model = Model.fit(domain, space.objectives, rows, new Map());
    const acquire = noisyExpectedImprovement({
      model,
      base: model.points,
      reference: Float64Array.of(2, 2, 2),
      stream: (name) => RandomStream.of(1, name),
      samples: 8,
      worlds: (_c, gp) => [gp],
    });
    const far = sample(40, 9).points.map((p) => domain.snap(p));
    const values = acquire(far);
    expect(values.every((v) => Number.isFinite(v) && v >= 0)).toBe(true);
    // An evaluated point has nothing left to tell but its own noise.
    const known = Math.max(...acquire(distinct(rows.map((r) => r.u))));
    expect(known).toBeLessThan(Math.max(...values));
  });

  it("composite EI is zero only where no outcome can be better, and least where s is surely worse", () => {
    const rows = rowsOf(12, 4);
    const model = Model.fit(domain, space.objectives, rows, new Map());
    const utility = {
      ideal: Float64Array.of(-2, -2, 0),
      worst: Float64Array.of(2, 2, 400),
      weights: Float64Array.of(0.5, 0.4, 0.1),
    };
    expect(utilityOf(utility, [-2, -2, 0])).toBeCloseTo(0, 12);
    expect(utilityOf(utility, [2, 2, 400])).toBeCloseTo(0.5 + 0.05, 12);
    const candidates = sample(60, 11).points.map((p) => domain.snap(p));
    const values = compositeImprovement(model, utility)(candidates);
    expect(values.every((v) => v >= 0)).toBe(true);
    const { mean } = model.predict(candidates);
    const s = candidates.map((_, i) =>
      utilityOf(
        utility,
        Float64Array.from(mean, (m) => m[i] as number),
      ),
    );
    const top = values.indexOf(Math.max(...values));
    const median = [...s].sort((a, b) => a - b)[30] as number;
    expect(s[top]).toBeLessThan(median);
  });
});
