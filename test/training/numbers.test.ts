import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import { featureDistance } from "../../src/scoring/index.js";
import { Adam, learningRate } from "../../src/training/adam.js";
import {
  batchPixels,
  chooseNormalisation,
  epochItems,
  type FrameSet,
  plainItems,
} from "../../src/training/batches.js";
import { conformalBins, coverage, featureDomain } from "../../src/training/calibrate.js";
import { agreement, auroc, quantile, ranks, spearman } from "../../src/training/metrics.js";
import { loadTf } from "../../src/training/tensorflow.js";

describe("metrics", () => {
  it("agree with numbers worked out by hand", () => {
    const result = agreement([0.1, 0.5, 0.9, 0.4], [0.2, 0.5, 0.7, 0.8]);
    expect(result.rmse).toBeCloseTo(Math.sqrt((0.01 + 0 + 0.04 + 0.16) / 4), 12);
    expect(result.mae).toBeCloseTo((0.1 + 0 + 0.2 + 0.4) / 4, 12);
    // Mean 0.55; total = 0.1225 + 0.0025 + 0.0225 + 0.0625
    expect(result.r2).toBeCloseTo(1 - 0.21 / 0.21, 12);
    expect(result.perBin.map((b) => b.n)).toEqual([0, 1, 1, 1, 1]);
    expect(result.perBin[1]?.rmse).toBeCloseTo(0.1, 12);
    expect(result.perBin[0]?.rmse).toBeNull();
  });

  it("a rating of 1 belongs to the last bin", () => {
    expect(agreement([1], [1]).perBin[4]).toEqual({ from: 0.8, to: 1, n: 1, rmse: 0 });
  });

  it("Spearman with ties, as Python's statistics.correlation of the mean ranks gives it", () => {
    expect(Array.from(ranks([3, 1, 3, 2]))).toEqual([3.5, 1, 3.5, 2]);
    expect(spearman([1, 2, 2, 4, 5], [1, 3, 2, 3, 6])).toBeCloseTo(0.9210526, 6);
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeNull();
  });

  it("AUROC is the share of pairs in order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 }),
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 }),
        (p, n) => {
          const wins = p.flatMap((a) => n.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
          expect(auroc(p, n)).toBeCloseTo(wins.reduce<number>((a, b) => a + b, 0) / wins.length, 10);
        },
      ),
    );
  });

  it("quantiles interpolate", () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([4, 1, 3, 2], 1)).toBe(4);
  });
});

describe("Adam", () => {
  it("takes the steps of TensorFlow.js' own", async () => {
    const { tf } = await loadTf("wasm");
    const start = Float32Array.of(1, -2, 0.5, 3);
    const target = tf.tensor1d([0, 1, 0.25, -1]);
    const theirs = tf.variable(tf.tensor1d(start));
    const optimizer = tf.train.adam(0.05);
    const ours = new Map([["w", Float32Array.from(start)]]);
    const adam = new Adam();
    for (let i = 0; i < 25; i++) {
      optimizer.minimize(() => tf.sum(tf.square(tf.sub(theirs, target))));
      const w = ours.get("w") as Float32Array;
      const gradient = Float32Array.from(w, (v, j) => 2 * (v - ([0, 1, 0.25, -1][j] as number)));
      adam.step(ours, new Map([["w", gradient]]), 0.05);
    }
    const expected = theirs.dataSync();
    ours.get("w")?.forEach((v, i) => {
      expect(v).toBeCloseTo(expected[i] as number, 4);
    });
  });

  it("its rate rises, then falls to a hundredth", () => {
    expect(learningRate(1, 0.025)).toBeCloseTo(0.5, 6);
    expect(learningRate(1, 0.05)).toBeCloseTo(1, 6);
    expect(learningRate(1, 1)).toBeCloseTo(0.01, 6);
  });
});

const tiny = (count: number): FrameSet => ({
  ids: Array.from({ length: count }, (_, i) => `${i}`),
  frames: Array.from({ length: count }, () => Uint16Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)),
  height: 3,
  width: 3,
  ratings: Array.from({ length: count }, () => 0.5),
  trueRatings: Array.from({ length: count }, () => null),
});
const asIs = { offset: 0, scale: 1, clip: 100 };

describe("batches", () => {
  it("the eight turns are the symmetries of a square", () => {
    const set = tiny(1);
    const seen = Array.from({ length: 8 }, (_, turn) =>
      Array.from(batchPixels(set, [{ index: 0, turn, top: 0, left: 0 }], [3, 3], asIs)).join(" "),
    );
    expect(new Set(seen).size).toBe(8);
    expect(seen[0]).toBe("1 2 3 4 5 6 7 8 9");
    expect(seen[1]).toBe("3 2 1 6 5 4 9 8 7");
    expect(seen[4]).toBe("1 4 7 2 5 8 3 6 9");
    // Neighbours stay neighbours: the centre never moves.
    for (const text of seen) expect(text.split(" ")[4]).toBe("5");
  });

  it("augmentation doubles the set: every frame in two different turns", () => {
    const set = tiny(30);
    const items = epochItems(set, [3, 3], true, RandomStream.of(1, "x"));
    expect(items).toHaveLength(60);
    expect(new Set(items.map((i) => `${i.index} ${i.turn}`)).size).toBe(60);
    expect(new Set(items.map((i) => i.index)).size).toBe(30);
    expect(new Set(items.map((i) => i.turn)).size).toBe(8);
    expect(epochItems(set, [3, 3], false, RandomStream.of(1, "x"))).toHaveLength(30);
  });

  it("crops in the middle, scales, clips", () => {
    const set = tiny(1);
    const items = plainItems(set, [1, 1]);
    expect(Array.from(batchPixels(set, items, [1, 1], { offset: 1, scale: 2, clip: 1.5 }))).toEqual([1.5]);
    expect(Array.from(batchPixels(set, items, [1, 1], { offset: 9, scale: 2, clip: 1.5 }))).toEqual([0]);
    expect(chooseNormalisation(set)).toEqual({ offset: 0, scale: 0.892, clip: 1000 });
  });
});

describe("calibration", () => {
  it("intervals cover nine tenths of fresh frames, also where the noise changes with the score", () => {
    const random = RandomStream.of(4, "calibration");
    const draw = (n: number) => {
      const scores = Array.from({ length: n }, () => random.uniform());
      return { scores, ratings: scores.map((s) => s + (0.02 + 0.2 * s) * random.normal()) };
    };
    const { scores, ratings } = draw(3000);
    const conformal = conformalBins(scores, ratings);
    const fresh = draw(6000);
    expect(coverage(conformal, fresh.scores, fresh.ratings)).toBeGreaterThan(0.88);
    expect(coverage(conformal, fresh.scores, fresh.ratings)).toBeLessThan(0.92);
    expect(conformal.quantiles.at(-1)).toBeGreaterThan(2 * (conformal.quantiles[0] as number));
  });

  it("joins bins that hold few frames and promises nothing from too few", () => {
    const few = conformalBins([0.5, 0.6], [0.5, 0.5]);
    expect(few).toMatchObject({ edges: [0, 1], quantiles: [1] });
  });

  it("whitened distances of the training set average to one, strangers lie far out", () => {
    const random = RandomStream.of(5, "domain");
    const row = () => {
      const [a, b, c] = [random.normal(), random.normal(), random.normal()];
      return Float32Array.of(a, 0.5 * a + 0.5 * b, 3 + b + c);
    };
    const domain = featureDomain(Array.from({ length: 4000 }, row), Array.from({ length: 1000 }, row));
    const own = Array.from({ length: 1000 }, () => featureDistance(domain, row()));
    expect(own.reduce((a, b) => a + b, 0) / own.length).toBeGreaterThan(0.8);
    expect(own.reduce((a, b) => a + b, 0) / own.length).toBeLessThan(1.2);
    expect(own.filter((d) => d > domain.threshold).length / own.length).toBeLessThan(0.03);
    expect(featureDistance(domain, [3, -3, 3 - 6])).toBeGreaterThan(5 * domain.threshold);
  });
});
