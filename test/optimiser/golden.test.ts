import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectedImprovement, indexBoxes } from "../../src/optimiser/ehvi.js";
import { GaussianProcess } from "../../src/optimiser/gp.js";
import {
  defaultTheta,
  HyperObjective,
  type Training,
  thetaBounds,
} from "../../src/optimiser/gp-objective.js";
import { boxes, hypervolume, nonDominated } from "../../src/optimiser/maths/hypervolume.js";
import { minimise } from "../../src/optimiser/maths/lbfgs.js";

/** Numbers of a separate numpy implementation (fixtures/golden.json). */
interface Golden {
  readonly hv: {
    readonly F: number[][];
    readonly ref: number[];
    readonly nondominated: number[];
    readonly hv: number;
    readonly boxes: number;
    readonly mu: number[];
    readonly sd: number[];
    readonly ehvi: number;
  };
  readonly gp: {
    readonly X: number[][];
    readonly y: number[];
    readonly log_theta: number[];
    readonly objective_without_half_n_log_2pi: number;
    readonly gradient: number[];
    readonly map_log_theta: number[];
    readonly map_objective: number;
    readonly Z: number[][];
    readonly mean: number[];
    readonly latent_sd: number[];
  };
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/golden.json"), "utf8")) as Golden;

/** |a − b| ≤ tolerance · max(1, |b|) would hide small numbers: this is relative to b alone. */
function near(a: number, b: number, relative: number): void {
  expect(Math.abs(a - b)).toBeLessThanOrEqual(relative * Math.abs(b));
}

describe("golden numbers: hypervolume", () => {
  const { F, ref, nondominated, hv, boxes: count, mu, sd, ehvi } = golden.hv;
  it("volume to 1e-9", () => near(hypervolume(F, ref), hv, 1e-9));
  it("the same points are non-dominated", () => expect(nonDominated(F)).toEqual(nondominated));
  it("as many boxes", () => expect(boxes(F, ref).count).toBe(count));
  it("expected improvement to 1e-6", () => {
    const indexed = indexBoxes(
      F.map((f) => Float64Array.from(f)),
      Float64Array.from(ref),
    );
    near(expectedImprovement(indexed, mu, sd), ehvi, 1e-6);
  });
});

describe("golden numbers: Gaussian process", () => {
  const { X, y, log_theta, Z, gradient, mean, latent_sd, map_log_theta, map_objective } = golden.gp;
  const offset = y.reduce((a, b) => a + b, 0) / y.length;
  const scale = Math.sqrt(y.reduce((a, b) => a + (b - offset) ** 2, 0) / y.length);
  const data: Training = {
    d: 2,
    points: X.map((x) => Float64Array.from(x)),
    values: Float64Array.from(y, (v) => (v - offset) / scale),
    share: new Float64Array(y.length).fill(1),
    scatter: 0,
    scatterDof: 0,
  };
  const objective = new HyperObjective(data);

  it("objective and gradient to 1e-6", () => {
    const found = new Float64Array(4);
    near(
      objective.evaluate(Float64Array.from(log_theta), found),
      golden.gp.objective_without_half_n_log_2pi,
      1e-6,
    );
    gradient.forEach((g, i) => {
      near(found[i] as number, g, 1e-6);
    });
  });
  it("MAP hyperparameters and their objective", () => {
    const { low, high } = thetaBounds(2);
    const found = minimise((x, g) => objective.evaluate(x, g), defaultTheta(2), low, high, 300, 1e-8);
    near(found.value, map_objective, 1e-6);
    map_log_theta.forEach((t, i) => {
      // The reference's optimiser stopped at its own tolerance: the objective is flat to second order there.
      near(found.x[i] as number, t, 1e-4);
    });
  });
  it("posterior mean and latent sd to 1e-6", () => {
    const gp = new GaussianProcess(data, Float64Array.from(map_log_theta));
    const predicted = gp.predict(Z.map((z) => Float64Array.from(z)));
    mean.forEach((m, i) => {
      near(offset + scale * (predicted.mean[i] as number), m, 1e-6);
    });
    latent_sd.forEach((s, i) => {
      near(scale * (predicted.sd[i] as number), s, 1e-6);
    });
  });
});
