import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resample } from "../../src/core/index.js";

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

describe("resample", () => {
  it("sums the photons of whole pixels when it halves an image", () => {
    const { pixels, shape } = resample([1, 2, 3, 4, 5, 6, 7, 8], [2, 4], 0.5);
    expect(shape).toEqual([1, 2]);
    expect([...pixels]).toEqual([14, 22]);
  });

  it("divides pixels that lie on a border, 3 to 2", () => {
    const { pixels } = resample([6, 6, 9], [1, 3], 2 / 3);
    expect([...pixels]).toEqual([9, 12]);
  });

  it("keeps a flat image flat in photons per area, growing and shrinking", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 40 }),
        fc.double({ min: 0.2, max: 4, noNaN: true }),
        (n, scale) => {
          const { pixels, shape } = resample(new Float32Array(n * n).fill(100), [n, n], scale);
          expect(shape).toEqual([Math.round(n * scale), Math.round(n * scale)].map((v) => Math.max(1, v)));
          const each = (100 * n * n) / (shape[0] * shape[1]);
          for (const v of pixels) expect(v / each).toBeCloseTo(1, 5);
        },
      ),
    );
  });

  it("keeps all photons when shrinking", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 35 * 20, maxLength: 35 * 20 }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        (values, scale) => {
          expect(sum(resample(values, [35, 20], scale).pixels)).toBeCloseTo(sum(values), -1);
        },
      ),
    );
  });

  it("draws a straight ramp straight when growing", () => {
    const ramp = Array.from({ length: 12 }, (_, i) => 10 + 2 * i);
    const { pixels } = resample(ramp, [1, 12], 2);
    expect(pixels).toHaveLength(48);
    const row = [...pixels.subarray(8, 16)];
    row.forEach((v, i) => {
      // Centre of new pixel 8 + i in old pixels, two rows and two columns share its photons.
      expect(v).toBeCloseTo((10 + 2 * ((8 + i + 0.5) / 2 - 0.5)) / 4, 5);
    });
  });

  it("gives no negative counts beside sharp edges", () => {
    const { pixels } = resample([0, 0, 0, 1000, 1000, 0, 0, 0], [1, 8], 3);
    expect(Math.min(...pixels)).toBe(0);
  });
});
