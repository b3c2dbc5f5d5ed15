import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { InputError, VirtualClock } from "../../src/core/index.js";
import { blurredMask } from "../../src/scoring/blurred-mask.js";
import { openBundle, Scorer } from "../../src/scoring/index.js";
import { importTorch } from "../../src/training/import-torch.js";
import { readTorchWeights } from "../../src/training/import-torch-weights.js";
import { filaments } from "../scoring/tiny-bundle.js";
import { publishedHeatmap } from "./published-forward.js";
import { global, randomWeights, torchFile } from "./torch-file.js";

const folder = mkdtempSync(join(tmpdir(), "stedloop-torch-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const clock = new VirtualClock(1.7e12);
const row = { min: 0.5000076295109483, max: 0.5152208743419546, scaling: "(v+32768)/65535", mean: 0.5 };
const weights = randomWeights(3);
const whole = torchFile(weights);

describe("reading params.net", () => {
  it("gives every tensor its own numbers, whatever the order of the storages", () => {
    expect(readTorchWeights(whole)).toEqual(weights);
  });

  it("runs no code and knows no other names", () => {
    for (const name of [global("os", "system"), global("builtins", "eval"), global("torch", "load")]) {
      const hostile = torchFile(weights, {
        tensor: (key, plain) => (key === "conv3.bias" ? [...name, 0x28, 0x4e, 0x74, 0x52] : plain),
      });
      expect(() => readTorchWeights(hostile)).toThrow(/wants to run/);
    }
  });

  it.each([
    ["a key too many", torchFile(weights, { extraKey: "conv7.weight" }), "conv7.weight besides"],
    ["a key missing", torchFile(new Map([...weights].slice(1))), "conv1.weight is missing"],
    [
      "a huge size",
      torchFile(weights, {
        tensor: (key, plain) =>
          key === "map7x7.bias" ? plain.map((v, i) => (plain[i - 1] === 0x4b && v === 1 ? 255 : v)) : plain,
      }),
      "map7x7.bias is [255]",
    ],
    ["another magic number", torchFile(weights, { magic: [1, 2, 3] }), "no PyTorch file"],
    ["a zip archive", Buffer.from("PK\u0003\u0004 and so on"), "newer PyTorch file"],
    ["bytes behind the end", Buffer.concat([whole, Buffer.from([0])]), "1 bytes follow"],
    [
      "a weight that is no number",
      torchFile(new Map([...weights, ["conv2.bias", new Float32Array(48).fill(Number.NaN)]])),
      "conv2.bias holds NaN",
    ],
  ])("refuses %s", (_, bytes, words) => {
    expect(() => readTorchWeights(bytes)).toThrow(words);
    expect(() => readTorchWeights(bytes)).toThrow(InputError);
  });

  it("reads or refuses whatever a damaged file holds", () => {
    const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255));
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (changes, length, cut) => {
          const bytes = Uint8Array.from(cut ? whole.subarray(0, Math.floor(length * whole.length)) : whole);
          for (const [at, value] of changes) bytes[Math.floor(at * Math.min(7000, bytes.length - 1))] = value;
          try {
            readTorchWeights(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("the imported network", () => {
  const params = file("params.net", whole);
  const stats = file(
    "stats.json",
    JSON.stringify({ networks: { Actin: row, Tubulin: { ...row, max: 0.51 } } }),
  );

  it("gives the heatmap and score of the network's description", async () => {
    writeFileSync(join(folder, "LICENSE"), "Not for sale.");
    const out = join(folder, "bundle");
    const made = importTorch({ params, stats, network: "Actin", out, clock });
    expect(made.licence).toBe("Not for sale.");
    expect(readFileSync(join(out, "LICENSE"), "utf8")).toBe("Not for sale.");
    const bundle = await openBundle(out);
    const scorer = await Scorer.open(bundle, { engine: "onnx-cpu", threads: 1 });
    // 997 counts are the maximum of the training images, 80 % of it full scale: published_networks, Input.
    expect(bundle.card.normalisation.scale).toBeCloseTo(797.6, 3);
    for (const [h, w] of [
      [64, 96],
      [70, 65],
    ] as const) {
      const pixels = filaments(h, w, 300);
      const { record, heatmap } = await scorer.detail(
        { pixels, shape: [h, w], pixelSizeNm: 20 },
        { heatmap: true },
      );
      const { mask, count } = blurredMask(pixels, h, w, 10, 4);
      if (h % 32 === 0) {
        const x = Float32Array.from(pixels, (v) => Math.min(1, v / 797.6));
        const expected = publishedHeatmap(weights, x, h, w);
        expect(heatmap?.data.every((v, i) => Math.abs(v - (expected[i] ?? 9)) < 1e-5)).toBe(true);
        const over = expected.reduce((total, v, i) => total + v * (mask[i] ?? 0), 0);
        expect(record.score).toBeCloseTo(over / (count + 1), 5);
      }
      expect(heatmap?.shape).toEqual([h, w]);
      expect(record).toMatchObject({ lower: null, upper: null, foreground: count / (h * w) });
    }
    const blank = await scorer.score({ pixels: new Uint16Array(4096), shape: [64, 64], pixelSizeNm: 20 });
    expect(blank).toMatchObject({ score: null, reason: expect.stringContaining("mask is empty") });
    await scorer.close();
  });

  it("takes statistics of one network without a list", () => {
    const one = file("one.json", JSON.stringify({ ...row, scaling: "v/65536", min: 0.1, max: 0.6 }));
    const { card } = importTorch({ params, stats: one, out: join(folder, "one"), clock });
    expect(card.normalisation.offset).toBeCloseTo(6553.6, 6);
    expect(card.normalisation.scale).toBeCloseTo(26214.4, 6);
    expect(card.normalisation.clip).toBe(1);
  });

  it.each([
    [{ network: "Actn" }, "did you mean 'Actin'"],
    [{}, "has 2 networks"],
    [{ stats: file("odd.json", JSON.stringify({ ...row, scaling: "log(v)" })) }, "scaling 'log(v)'"],
    [{ stats: file("none.json", "{}") }, "no min, max and scaling"],
    [{ stats: file("text.json", "hello") }, "is no JSON"],
    [{ stats: file("flat.json", JSON.stringify({ ...row, max: row.min })) }, "max is not above min"],
    [{ params: join(folder, "missing.net"), network: "Actin" }, "no such file"],
    [{ params: file("words.net", "hello"), network: "Actin" }, "runs"],
  ])("a wrong use %j is one clear line", (change, words) => {
    const go = (): unknown => importTorch({ params, stats, out: join(folder, "never"), clock, ...change });
    try {
      go();
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof InputError)) expect(error).toMatchObject({ exitCode: 2 });
      const { line } = error as InputError;
      if (words !== "runs") expect(line).toContain(words);
      expect(line).not.toContain("\n");
    }
    expect(existsSync(join(folder, "never"))).toBe(false);
  });
});

/** The published weights are not ours to ship: this runs where they lie beside the checkout. */
const published = process.env.STEDLOOP_PUBLISHED ?? join(import.meta.dirname, "../../../shared/published");

describe.skipIf(!existsSync(join(published, "golden.json")))("the published Actin network", () => {
  it("scores the authors' way within 1e-4, masks and heatmaps too", async () => {
    const golden = JSON.parse(readFileSync(join(published, "golden.json"), "utf8")) as {
      images: Record<
        string,
        {
          file: string;
          width: number;
          height: number;
          mask_pixels: number;
          networks: Record<string, { score: number; heatmap: number[] }>;
        }
      >;
    };
    const out = join(folder, "actin");
    importTorch({
      params: join(published, "networks/Actin/params.net"),
      stats: join(published, "stats.json"),
      out,
      clock,
    });
    const scorer = await Scorer.open(await openBundle(out), { engine: "onnx-cpu", threads: 1 });
    for (const image of Object.values(golden.images)) {
      const { width, height } = image;
      const bytes = readFileSync(join(published, image.file));
      const pixels = new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      const wanted = image.networks.Actin;
      const { record, heatmap } = await scorer.detail(
        { pixels, shape: [height, width], pixelSizeNm: 20 },
        { heatmap: true },
      );
      if (image.mask_pixels === 0) {
        expect(record.score).toBeNull();
        continue;
      }
      expect(Math.abs((record.score ?? 9) - (wanted?.score ?? 0))).toBeLessThan(1e-4);
      expect(Math.abs(record.foreground * width * height - image.mask_pixels)).toBeLessThanOrEqual(5);
      const across = width / 8;
      wanted?.heatmap.forEach((expected, b) => {
        let mean = 0;
        for (let i = 0; i < 64; i++) {
          const y = Math.floor(b / across) * 8 + (i >> 3);
          mean += (heatmap?.data[y * width + (b % across) * 8 + (i & 7)] ?? 9) / 64;
        }
        expect(Math.abs(mean - expected)).toBeLessThan(1e-4);
      });
    }
    await scorer.close();
  });
});
