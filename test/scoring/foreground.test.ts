import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeImageFile, foregroundMask, RandomStream } from "../../src/core/index.js";
import { measureForeground, nothingToScore, saturation } from "../../src/scoring/index.js";
import { filaments } from "./tiny-bundle.js";

const real = join(import.meta.dirname, "../../demo/real");
const names = readdirSync(real).filter((n) => n.endsWith(".tif"));
const frame = async (name: string): Promise<Uint16Array> => {
  const [plane] = (await decodeImageFile(join(real, name))).planes;
  return Uint16Array.from(plane?.pixels ?? []);
};
/** Poisson counts by inversion, mean below 60. */
function poisson(stream: RandomStream, mean: number): number {
  let count = 0;
  for (let p = Math.exp(-mean), u = stream.uniform(), s = p; u > s && count < 400; ) {
    count++;
    p *= mean / count;
    s += p;
  }
  return count;
}

describe("foreground of the real recordings", () => {
  it.each(names)("%s: share near that of the whole-size mask, structure beyond doubt", async (name) => {
    const pixels = await frame(name);
    const found = measureForeground(pixels, 224, 224);
    const mask = foregroundMask(pixels, 224, 224);
    const share = mask.reduce((a, b) => a + b, 0) / mask.length;
    expect(Math.abs(found.share - share)).toBeLessThan(0.02);
    expect(found.max).toBe(pixels.reduce((a, b) => Math.max(a, b), 0));
    expect(found.atMax).toBe(pixels.filter((v) => v === found.max).length);
    expect(nothingToScore(found)).toBeNull();
    expect(saturation(found, pixels.length)).toBeNull();
  });

  it.each(names)("%s keeps its structure with a tenth of its photons", async (name) => {
    const stream = RandomStream.of(1, "thinning", name);
    const thin = (await frame(name)).map((v) => {
      let kept = 0;
      for (let i = 0; i < v; i++) if (stream.uniform() < 0.1) kept++;
      return kept;
    });
    expect(nothingToScore(measureForeground(thin, 224, 224))).toBeNull();
  });
});

describe("frames without structure", () => {
  it("photon noise of any brightness and size gives none", () => {
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        fc.integer({ min: 64, max: 260 }),
        (seed, mean, side) => {
          const stream = RandomStream.of(seed, "noise");
          const pixels = Uint16Array.from({ length: side * 100 }, () => poisson(stream, mean));
          expect(nothingToScore(measureForeground(pixels, side, 100))).toMatch(/^no foreground/);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("nor does noise on uneven light, nor a few hot pixels", () => {
    const stream = RandomStream.of(5, "noise");
    const vignette = Uint16Array.from({ length: 224 * 224 }, (_, i) => {
      const r = Math.hypot((i % 224) - 112, Math.floor(i / 224) - 112) / 160;
      return poisson(stream, 2 + 20 * (1 - r * r));
    });
    expect(nothingToScore(measureForeground(vignette, 224, 224))).toContain("no structure");
    const hot = Uint16Array.from({ length: 224 * 224 }, (_, i) =>
      i % 9973 === 5 ? 900 : poisson(stream, 2),
    );
    expect(nothingToScore(measureForeground(hot, 224, 224))).toContain("no structure");
  });

  it("blank and constant frames are named", () => {
    expect(nothingToScore(measureForeground(new Uint16Array(6400), 80, 80))).toContain("blank");
    expect(nothingToScore(measureForeground(new Uint16Array(6400).fill(9), 80, 80))).toContain("same count");
  });
});

describe("saturation", () => {
  it("is seen where a detector cuts counts off, in frames of other sizes too", () => {
    for (const [h, w] of [
      [224, 224],
      [64, 100],
    ] as const) {
      const cut = filaments(h, w, 80).map((v) => Math.min(v, 50));
      expect(saturation(measureForeground(cut, h, w), h * w)).toMatch(/greatest count, 50/);
      const whole = filaments(h, w, 80);
      expect(saturation(measureForeground(whole, h, w), h * w)).toBeNull();
    }
  });

  it("is seen at few counts, and never in counts that merely are few", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.02, max: 6, noNaN: true }), fc.integer(), (mean, seed) => {
        const stream = RandomStream.of(seed, "dim");
        const dim = Uint16Array.from({ length: 128 * 128 }, (_, i) =>
          poisson(stream, mean * (1 + 3 * (Math.floor(i / 500) % 2))),
        );
        expect(saturation(measureForeground(dim, 128, 128), dim.length)).toBeNull();
      }),
      { numRuns: 40 },
    );
    const stream = RandomStream.of(3, "cut");
    const cut = Uint16Array.from({ length: 128 * 128 }, () => Math.min(5, poisson(stream, 5)));
    expect(saturation(measureForeground(cut, 128, 128), cut.length)).toMatch(/greatest count, 5$/);
  });
});
