import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { framePath, RandomStream } from "../../src/core/index.js";
import { openBundle, Scorer } from "../../src/scoring/index.js";
import { evaluate, train } from "../../src/training/index.js";
import { side, stripes, tinySet } from "./tiny-set.js";

const fresh = (): string => join(mkdtempSync(join(tmpdir(), "stedloop-model-")), "tiny");
const options = {
  backend: "wasm",
  epochs: 8,
  batch: 8,
  rate: 3e-3,
  seed: 5,
  channels: [8, 12, 12, 16, 16, 16],
} as const;

describe("training on a plain machine", () => {
  let dataset: string;
  let out: string;
  beforeAll(async () => {
    dataset = tinySet(120);
    out = fresh();
    const lines: string[] = [];
    const result = await train({ ...options, dataset, out, onProgress: (line) => lines.push(line) });
    expect(result.epochs).toBe(8);
    expect(
      lines.filter((line) => /^epoch \d\/8 done in .* validation RMSE .* left$/.test(line)),
    ).toHaveLength(8);
  }, 120_000);

  it("learns: the test error is far below that of the mean", async () => {
    const result = await evaluate({ dataset, model: out, engine: "onnx-cpu" });
    expect(result.frames).toBe("test");
    const without = Object.values(result.withoutScore).reduce((a, b) => a + b, 0);
    expect(result.n + without).toBe(24);
    expect(result.r2).toBeGreaterThan(0.6);
    expect(result.spearman).toBeGreaterThan(0.8);
    expect(result.trueRating?.rmse).toBeCloseTo(result.rmse, 10);
  });

  it("writes a bundle that scores what the trainer saw", async () => {
    const bundle = await openBundle(out);
    expect(bundle.card).toMatchObject({
      name: "tiny",
      architecture: "cnn",
      poolStride: 2,
      structures: ["stripes"],
    });
    expect(bundle.card.notice).toMatch(/simulated/);
    const scorer = await Scorer.open(bundle, { engine: "onnx-cpu" });
    try {
      const random = RandomStream.of(9, "fresh");
      const score = async (rating: number) =>
        (await scorer.score({ pixels: stripes(rating, random), shape: [side, side], pixelSizeNm: 20 }))
          .score ?? -1;
      expect(await score(0.95)).toBeGreaterThan((await score(0.3)) + 0.2);
    } finally {
      await scorer.close();
    }
    expect(readFileSync(join(out, "card.md"), "utf8")).toContain("| conv1 3x3 | 64 × 64 × 8 | 80 | 0.29 |");
  });

  it("killed after an epoch and resumed, it ends with the same weights", async () => {
    const again = fresh();
    const stop = new AbortController();
    const killed = train({
      ...options,
      dataset,
      out: again,
      signal: stop.signal,
      onProgress: (line) => {
        if (line.startsWith("epoch 3/8 done")) stop.abort(new Error("killed"));
      },
    });
    await expect(killed).rejects.toThrow("killed");
    await train({ ...options, dataset, out: again, resume: true });
    const [first, second] = await Promise.all([openBundle(out), openBundle(again)]);
    expect(second.card.weights["tfjs/weights.bin"]).toBe(first.card.weights["tfjs/weights.bin"]);
  }, 120_000);

  it("begins where a bundle without checkpoints stopped: a colleague's network is refined, not forgotten", async () => {
    const theirs = fresh();
    cpSync(out, theirs, { recursive: true });
    rmSync(join(theirs, "checkpoints"), { recursive: true });
    const common = { ...options, dataset, start: theirs, epochs: 1 };
    const still = await train({ ...common, out: fresh(), rate: 1e-12 });
    const { card, hash } = await openBundle(theirs);
    const { begunWith } = (await openBundle(still.out)).card.training;
    expect(begunWith).toMatchObject({ name: "tiny", onnxSha256: hash, training: { epochsRun: 8 } });
    const known = card.metrics as { validation: { rmse: number } };
    expect(still.validation.rmse).toBeCloseTo(known.validation.rmse, 4);
    rmSync(join(theirs, "tfjs"), { recursive: true });
    const { "model.onnx": onnx } = card.weights;
    writeFileSync(join(theirs, "card.json"), JSON.stringify({ ...card, weights: { "model.onnx": onnx } }));
    await expect(train({ ...common, out: fresh() })).rejects.toMatchObject({ code: "NO_WEIGHTS" });
  }, 60_000);

  it("refuses to resume with another recipe", async () => {
    const resumed = train({ ...options, dataset, out, resume: true, seed: 6 });
    await expect(resumed).rejects.toMatchObject({ code: "RESUME_DIFFERS", exitCode: 2 });
  });

  it("refuses a checkpoint that is cut short", async () => {
    const file = join(out, "checkpoints", "last.ckpt");
    writeFileSync(file, readFileSync(file).subarray(0, 100_000));
    const resumed = train({ ...options, dataset, out, resume: true });
    await expect(resumed).rejects.toMatchObject({ code: "BAD_CHECKPOINT", where: file });
  });
});

describe("what cannot be learnt from is refused", () => {
  it("one rating for all", async () => {
    const dataset = tinySet(30, { rating: 0.5 });
    await expect(train({ ...options, dataset, out: fresh() })).rejects.toMatchObject({ code: "ONE_RATING" });
  });
  it("too few frames", async () => {
    await expect(train({ ...options, dataset: tinySet(5), out: fresh() })).rejects.toMatchObject({
      code: "TOO_FEW_FRAMES",
    });
  });
  it("a frame that is missing", async () => {
    const dataset = tinySet(30);
    const file = framePath(dataset, "f007");
    writeFileSync(file, "no image");
    await expect(train({ ...options, dataset, out: fresh() })).rejects.toMatchObject({
      exitCode: 2,
      where: file,
    });
  });
  it("a rate that lets the loss run away, with the last good checkpoint kept", async () => {
    const out = fresh();
    const dataset = tinySet(30);
    await train({ ...options, dataset, out, epochs: 1 });
    const before = readFileSync(join(out, "checkpoints", "last.ckpt"));
    const broken = train({ ...options, dataset, out, rate: Number.POSITIVE_INFINITY });
    await expect(broken).rejects.toMatchObject({ code: "LOSS_NOT_FINITE" });
    expect(readFileSync(join(out, "checkpoints", "last.ckpt"))).toEqual(before);
  });
});

describe("what is learnt", () => {
  const dataset = tinySet(120, { rated: (trueRating) => Math.round(100 * (1 - trueRating)) / 100 });
  it("is the raters' mean, or the true rating where that is asked for: the card says so", async () => {
    const asked = fresh();
    const ofTruth = await train({ ...options, dataset, out: asked, target: "trueRating" });
    expect(ofTruth.testTrue?.spearman).toBeGreaterThan(0.8);
    expect(ofTruth.test?.spearman).toBeLessThan(-0.8);
    const { training } = (await openBundle(asked)).card;
    expect(training["target"]).toMatch(/^trueRating/);
    expect(training["command"]).toMatch(/ --target trueRating$/);
    const usual = await train({ ...options, dataset, out: fresh() });
    expect(usual.test?.spearman).toBeGreaterThan(0.8);
  }, 120_000);
  it("cannot be the true rating of frames that have none", async () => {
    const real = tinySet(30, { truthKnown: false });
    await expect(
      train({ ...options, dataset: real, out: fresh(), target: "trueRating" }),
    ).rejects.toMatchObject({ code: "NO_TRUE_RATING", exitCode: 2, where: real });
  });
});

describe("pooling with stride 1, as the paper prints it", () => {
  it("trains on 56 x 56 crops with a quarter of the channels", async () => {
    const dataset = tinySet(40);
    const out = fresh();
    const { channels: _, ...rest } = options;
    const result = await train({ ...rest, dataset, out, poolStride: 1, epochs: 2 });
    expect(result.test?.n).toBe(8);
    const { card } = await openBundle(out);
    expect([card.poolStride, card.input.height]).toEqual([1, 56]);
  }, 120_000);
});

describe("the fully convolutional network", () => {
  it("trains and gives a heatmap", async () => {
    const dataset = tinySet(120);
    const out = fresh();
    const result = await train({ ...options, dataset, out, arch: "fcn" });
    expect(result.test?.spearman).toBeGreaterThan(0.8);
    const scorer = await Scorer.open(await openBundle(out), { engine: "onnx-cpu" });
    const pixels = stripes(0.9, RandomStream.of(1, "heat"));
    const { heatmap } = await scorer.detail(
      { pixels, shape: [side, side], pixelSizeNm: 20 },
      { heatmap: true },
    );
    await scorer.close();
    expect(heatmap).not.toBeNull();
  }, 120_000);
});
