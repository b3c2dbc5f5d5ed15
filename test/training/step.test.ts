import { beforeAll, describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import { epochItems, type FrameSet } from "../../src/training/batches.js";
import { networkSpec } from "../../src/training/network.js";
import { initialWeights } from "../../src/training/network-weights.js";
import { gradientStep, predict, reestimate } from "../../src/training/step.js";
import { loadTf } from "../../src/training/tensorflow.js";
import type { Tf } from "../../src/training/tf-types.js";

const spec = networkSpec({ arch: "cnn", input: [64, 64], channels: [8, 12, 12, 16, 16, 16] });
const normalisation = { offset: 0, scale: 2, clip: 100 };
const random = RandomStream.of(2, "step");
/** Frames that differ a hundredfold in brightness, as frames do. */
const set: FrameSet = {
  ids: Array.from({ length: 16 }, (_, i) => `${i}`),
  frames: Array.from({ length: 16 }, () => {
    const top = 2 * 100 ** random.uniform();
    return Uint16Array.from({ length: 64 * 64 }, () => Math.floor(top * random.uniform()));
  }),
  height: 64,
  width: 64,
  ratings: Array.from({ length: 16 }, () => random.uniform()),
  trueRatings: [],
};
const items = epochItems(set, [64, 64], false, RandomStream.of(3, "items"));
const fresh = () => initialWeights(spec, RandomStream.of(1, "weights"));
const greatest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, v, i) => Math.max(most, Math.abs(v - (b[i] as number))), 0);

describe("one training step", () => {
  let plain: Tf;
  beforeAll(async () => {
    plain = (await loadTf("wasm")).tf;
  });

  it("the score of a fresh network is near the middle, where the sigmoid has a slope", async () => {
    const half = { ...set, ratings: set.ratings.map(() => 0.5) };
    const { loss } = await gradientStep(plain, spec, fresh(), half, items, normalisation);
    expect(Math.sqrt(loss)).toBeLessThan(0.2);
  });

  it("works out no gradient for a layer that is held", async () => {
    const free = await gradientStep(plain, spec, fresh(), set, items, normalisation);
    const held = await gradientStep(plain, spec, fresh(), set, items, normalisation, ["conv1"]);
    const names = [...free.gradients.keys()];
    expect([...held.gradients.keys()]).toEqual(names.filter((n) => !n.startsWith("conv1/")));
    expect(held.loss).toBe(free.loss);
    for (const [name, values] of held.gradients) {
      expect(greatest(values, free.gradients.get(name) as Float32Array)).toBe(0);
    }
  });

  it("with held statistics trains what scores: its loss is that of predictions, and falls along its gradient", async () => {
    const weights = fresh();
    await reestimate(plain, spec, weights, set, [items], normalisation);
    const { scores } = await predict(plain, spec, weights, set, normalisation);
    const expected = scores.reduce(
      (sum, v, i) => sum + (v - (set.ratings[i] as number)) ** 2 / scores.length,
      0,
    );
    const run = () => gradientStep(plain, spec, weights, set, items, normalisation, [], true);
    const { loss, gradients, statistics } = await run();
    expect(loss).toBeCloseTo(expected, 6);
    expect(statistics.size).toBe(0);
    // The slope along each array's gradient, by central differences.
    for (const name of ["conv2/kernel", "conv3/gamma", "conv4/beta", "fc1/kernel"]) {
      const gradient = gradients.get(name) as Float32Array;
      const values = weights.get(name) as Float32Array;
      const length = Math.sqrt(gradient.reduce((s, v) => s + v * v, 0));
      const step = 2e-3;
      const lossAt = async (by: number): Promise<number> => {
        const before = Float32Array.from(values);
        for (let i = 0; i < values.length; i++)
          values[i] = (values[i] as number) + (by * (gradient[i] as number)) / length;
        const found = (await run()).loss;
        values.set(before);
        return found;
      };
      const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
      expect(slope / length, name).toBeGreaterThan(0.9);
      expect(slope / length, name).toBeLessThan(1.1);
    }
  }, 60_000);

  it("the native batch normalisation gives the composed one's loss, gradients and statistics", async (context) => {
    const native = await loadTf("tensorflow").catch((error: Error) => error);
    if (native instanceof Error) {
      process.stdout.write(`skipped: ${native.message}\n`);
      return context.skip();
    }
    const theirs = await gradientStep(native.tf, spec, fresh(), set, items, normalisation);
    expect(native.tf.memory().numTensors).toBe(0);
    const ours = await gradientStep((await loadTf("wasm")).tf, spec, fresh(), set, items, normalisation);
    expect(theirs.loss).toBeCloseTo(ours.loss, 6);
    for (const [name, values] of ours.gradients) {
      expect(greatest(values, theirs.gradients.get(name) as Float32Array), name).toBeLessThan(1e-5);
    }
    // The native variance is that of a sample: n / (n - 1) times ours, n positions of the whole batch.
    for (const [name, values] of ours.statistics) {
      const others = theirs.statistics.get(name) as Float32Array;
      const size = values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      expect(greatest(values, others) / size, name).toBeLessThan(name.startsWith("conv6") ? 0.02 : 0.005);
    }
  });
});

describe("statistics taken again", () => {
  it("are those of the batches, with the mean over batches of the mean, and the variance about it", async () => {
    const { tf } = await loadTf("wasm");
    const weights = fresh();
    const batches = [items.slice(0, 8), items.slice(8)];
    const seen: ReadonlyMap<string, Float32Array>[] = [];
    for (const batch of batches) {
      seen.push((await gradientStep(tf, spec, weights, set, batch, normalisation)).statistics);
    }
    await reestimate(tf, spec, weights, set, batches, normalisation);
    const of = (name: string, batch: number, channel: number) => seen[batch]?.get(name)?.[channel] as number;
    for (let c = 0; c < 12; c++) {
      const [m, n] = [of("conv2/movingMean", 0, c), of("conv2/movingMean", 1, c)];
      const [v, w] = [of("conv2/movingVariance", 0, c), of("conv2/movingVariance", 1, c)];
      expect(weights.get("conv2/movingMean")?.[c]).toBeCloseTo((m + n) / 2, 5);
      expect(weights.get("conv2/movingVariance")?.[c]).toBeCloseTo((v + w) / 2 + ((m - n) / 2) ** 2, 4);
    }
    expect(tf.memory().numTensors).toBe(0);
  });
});
