import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Image } from "../../src/core/index.js";
import { evaluateObjectives } from "../../src/objectives/index.js";
import { estimates, image, lines, look, pixelSizeNm, points, transposed } from "./synthetic.js";

const flat = (value: number, side = 224): Image => ({
  pixels: new Uint16Array(side * side).fill(value),
  shape: [side, side],
  pixelSizeNm,
});
const allNull = (frame: Image | null, reason: RegExp): void => {
  const found = look(frame);
  for (const name of estimates) {
    expect(found[name]?.value, name).toBeNull();
    expect(found[name]?.reason, name).toMatch(reason);
  }
};

describe("frames of which nothing can be said", () => {
  it("no frame, no photons", () => {
    allNull(null, /needs the STED frame/);
    allNull(flat(0), /no photons/);
    allNull(flat(7), /no structure/);
  });

  it.each([0.05, 1, 30, 1000])("shot noise alone, %f counts a pixel", (mean) => {
    for (let seed = 0; seed < 8; seed++) {
      allNull(image(new Float64Array(224 * 224).fill(mean), 224, seed), /no structure/);
    }
  });

  it("a frame at the detector's limit", () => {
    allNull(flat(65535), /clipped/);
    const frame = lines({ sigma: 2, crest: 200 });
    allNull({ ...frame, pixels: frame.pixels.map((v) => Math.min(v, 120)) }, /clipped/);
  });

  it("tiny frames and frames without a pixel size", () => {
    for (const side of [0, 1, 2, 16, 63])
      allNull(points({ sigma: 2, photons: 1000, side }), /smaller|no photons/);
    const frame = points({ sigma: 2, photons: 1000 });
    for (const nm of [0, -20, Number.NaN, Number.POSITIVE_INFINITY]) {
      allNull({ ...frame, pixelSizeNm: nm }, /pixel size/);
    }
    allNull({ ...frame, shape: [224, 200] }, /shape/);
  });

  it("values that are no counts", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      const pixels = Float32Array.from(points({ sigma: 2, photons: 1000 }).pixels);
      pixels[777] = bad;
      allNull({ pixels, shape: [224, 224], pixelSizeNm }, /no counts/);
    }
  });
});

describe("any counts", () => {
  const side = fc.integer({ min: 1, max: 96 });
  const frame = fc
    .tuple(side, side, fc.integer(), fc.constantFrom(1, 3, 200, 65535), fc.boolean())
    .map(([height, width, seed, most, sparse]): Image => {
      let state = seed | 1;
      const next = (): number => {
        state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
        return (state >>> 0) / 2 ** 32;
      };
      const pixels = Uint16Array.from({ length: height * width }, () =>
        sparse && next() < 0.99 ? 0 : Math.floor(next() * (most + 1)),
      );
      return { pixels, shape: [height, width], pixelSizeNm: 1 + Math.floor(next() * 100) };
    });

  it("give a finite number, or null with a reason", () => {
    fc.assert(
      fc.property(frame, frame, (sted, other) => {
        for (const before of [other, sted]) {
          const values = evaluateObjectives({ before, sted, after: other, score: null, settings: {} });
          for (const [name, { value, reason }] of Object.entries(values)) {
            if (value === null) expect(reason, name).toBeTruthy();
            else expect(Number.isFinite(value), name).toBe(true);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("snr", () => {
  /** A quarter of the frame at one level, the rest at another. */
  const step = (inside: number, outside: number, seed = 1): Image =>
    image(
      Float64Array.from({ length: 224 * 224 }, (_, i) => (i % 224 < 112 && i < 112 * 224 ? inside : outside)),
      224,
      seed,
    );

  it.each([
    [30, 0],
    [30, 10],
    [100, 60],
  ])("is S over √(S + B) of %i counts on %i", (inside, outside) => {
    const { value } = look(step(inside, outside))["snr"] as { value: number };
    expect(Math.abs(value / ((inside - outside) / Math.sqrt(inside)) - 1)).toBeLessThan(0.03);
  });

  it("falls with background, and doubles with four times the photons", () => {
    const value = (inside: number, outside: number) => look(step(inside, outside))["snr"]?.value as number;
    expect(value(40, 10)).toBeLessThan(value(30, 0));
    expect(Math.abs(value(120, 20) / value(30, 5) - 2)).toBeLessThan(0.05);
    const frame = step(30, 3);
    expect(look(transposed(frame))["snr"]?.value).toBeCloseTo(look(frame)["snr"]?.value as number, 3);
  });
});
