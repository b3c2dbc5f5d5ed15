import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeImageFile, InputError } from "../../src/core/index.js";
import { engineNames, openBundle, probeEngines, Scorer } from "../../src/scoring/index.js";
import { filaments, tinyScore, writeTinyBundle } from "./tiny-bundle.js";

const real = join(import.meta.dirname, "../../demo/real");

describe("a scorer in its thread", () => {
  const folder = writeTinyBundle();
  let scorer: Scorer;
  beforeAll(async () => {
    scorer = await Scorer.open(await openBundle(folder), { engine: "onnx-cpu", threads: 1 });
  });
  afterAll(async () => {
    await scorer.close();
    rmSync(folder, { recursive: true });
  });

  it("says which engine it is", () => {
    expect(scorer.info).toEqual({
      name: "onnx-cpu",
      version: expect.stringMatching(/^onnxruntime \d/),
      threads: 1,
    });
  });

  it("gives a whole record for a frame of the network's own size", async () => {
    const pixels = filaments(224, 224);
    const record = await scorer.score({ pixels, shape: [224, 224], pixelSizeNm: 20 });
    const expected = tinyScore(Float32Array.from(pixels, (v) => Math.min(2, v / 50)));
    expect(record.score).toBeCloseTo(expected, 5);
    expect(record.lower).toBeCloseTo(expected - 0.1, 5);
    expect(record.upper).toBeCloseTo(expected + 0.1, 5);
    expect(record.inDomain).toBe(true);
    expect(record.foreground).toBeGreaterThan(0.1);
    expect(record.foreground).toBeLessThan(0.5);
    expect(record.ms).toBeGreaterThan(0);
  });

  it.each([
    [64, 64],
    [100, 300],
    [512, 511],
    [65, 1000],
  ])("scores frames of %d x %d", async (height, width) => {
    const pixels = filaments(height, width);
    const { score } = await scorer.score({ pixels, shape: [height, width], pixelSizeNm: 20 });
    // The pattern repeats, so any part of it scores about as the whole.
    expect(score).toBeGreaterThan(0.3);
    expect(score).toBeLessThan(0.5);
  });

  it("scores the real recordings and keeps the order of calls", async () => {
    const names = ["actin_axon_1.tif", "actin_dendrite_1.tif", "tubulin_1.tif"];
    const files = await Promise.all(names.map((n) => decodeImageFile(join(real, n))));
    const records = await Promise.all(
      files.map(({ planes: [p] }) => {
        if (p === undefined) throw new Error("no plane");
        return scorer.score({ pixels: p.pixels, shape: p.shape, pixelSizeNm: p.pixelSizeNm ?? 20 });
      }),
    );
    for (const [i, record] of records.entries()) {
      const pixels = files[i]?.planes[0]?.pixels ?? new Uint16Array();
      expect(record.score).toBeCloseTo(tinyScore(Float32Array.from(pixels, (v) => Math.min(2, v / 50))), 5);
    }
  });

  it("leaves the caller's pixels alone", async () => {
    const pixels = filaments(224, 224);
    const before = pixels.slice();
    await scorer.score({ pixels, shape: [224, 224], pixelSizeNm: 20 });
    expect(pixels).toEqual(before);
  });

  it("gives no number for a blank frame", async () => {
    const record = await scorer.score({
      pixels: new Uint16Array(224 * 224),
      shape: [224, 224],
      pixelSizeNm: 20,
    });
    expect(record).toMatchObject({ score: null, lower: null, upper: null, inDomain: false });
    expect(record.reason).toContain("blank");
  });

  it.each([
    [Float32Array.from({ length: 4096 }, (_, i) => (i === 130 ? Number.NaN : 1)), 64, "y 2, x 2"],
    [new Uint16Array(63 * 64), 63, "too small"],
    [new Uint16Array(10), 64, "no frame of"],
  ])("refuses what is no frame", async (pixels, height, words) => {
    const scored = scorer.score({ pixels, shape: [height, 64], pixelSizeNm: 20 });
    await expect(scored).rejects.toThrow(InputError);
    await expect(scored).rejects.toThrow(words);
  });

  it("gives a heatmap of the frame's size", async () => {
    const { heatmap } = await scorer.detail(
      { pixels: filaments(300, 260), shape: [300, 260], pixelSizeNm: 20 },
      { heatmap: true },
    );
    expect(heatmap?.shape).toEqual([300, 260]);
    expect(heatmap?.data.every((v) => v >= 0 && v <= 1)).toBe(true);
  });
});

describe("engines", () => {
  it("auto takes one that works, the probe says of each why or why not", async () => {
    const folder = writeTinyBundle();
    const bundle = await openBundle(folder);
    const probes = await probeEngines(bundle, 1);
    expect(probes.map((p) => p.name)).toEqual(engineNames);
    expect(probes[0]).toMatchObject({ works: true });
    for (const probe of probes) expect(probe.detail).not.toBe("");
    const scorer = await Scorer.open(bundle);
    const record = await scorer.score({ pixels: filaments(224, 224), shape: [224, 224], pixelSizeNm: 20 });
    expect(record.score).not.toBeNull();
    await scorer.close();
    rmSync(folder, { recursive: true });
  });

  it("an engine that there is not, or that cannot read the model, is a clear error", async () => {
    const folder = writeTinyBundle({}, new TextEncoder().encode("not a network"));
    const bundle = await openBundle(folder);
    await expect(Scorer.open(bundle, { engine: "abacus" })).rejects.toThrow("no engine 'abacus'");
    await expect(Scorer.open(bundle, { engine: "onnx-cpu" })).rejects.toMatchObject({
      code: "ENGINE_UNAVAILABLE",
    });
    await expect(Scorer.open(bundle)).rejects.toMatchObject({ code: "NO_ENGINE" });
    rmSync(folder, { recursive: true });
  });
});

describe("a bundle", () => {
  it("whose weights are not the card's is refused", async () => {
    const folder = writeTinyBundle();
    writeFileSync(join(folder, "model.onnx"), "something else");
    await expect(openBundle(folder)).rejects.toMatchObject({ code: "MODEL_HASH" });
    rmSync(folder, { recursive: true });
  });

  it.each([
    [{ conformal: { level: 0.9, method: "split", edges: [0, 1], quantiles: [0.1, 0.2] } }, "BAD_CARD"],
    [{ weights: { "../../etc/passwd": "0".repeat(64) } }, "BAD_CARD"],
    [{ weights: {} }, "MODEL_INCOMPLETE"],
    [{ weights: { "model.onnx": "0".repeat(64) } }, "MODEL_HASH"],
    [{ weights: { "other.onnx": "0".repeat(64) } }, "MODEL_INCOMPLETE"],
  ])("with a broken card %j is refused", async (change, code) => {
    const folder = writeTinyBundle(change as never);
    await expect(openBundle(folder)).rejects.toMatchObject({ code });
    rmSync(folder, { recursive: true });
  });

  it("that is not there is named", async () => {
    await expect(openBundle("no-such-model")).rejects.toThrow("unknown model 'no-such-model'");
    await expect(openBundle("/no/such/folder")).rejects.toThrow("no such model folder");
    await expect(openBundle(import.meta.dirname)).rejects.toThrow("no card.json");
  });
});
