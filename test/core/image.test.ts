import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foregroundMask, gaussianBlur, maskedMean, otsuThreshold, percentile } from "../../src/core/index.js";

describe("image maths", () => {
  it("blur keeps the sum of counts (reflected borders)", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 30, maxLength: 30 }), (values) => {
        const out = gaussianBlur(values, 5, 6, 1);
        const sum = (a: ArrayLike<number>): number => Array.from(a).reduce((x, y) => x + y, 0);
        expect(sum(out)).toBeCloseTo(sum(values), 1);
      }),
    );
  });

  it("blur of a point is the product of two normalised Gaussians", () => {
    const point = new Float32Array(21 * 21);
    point[10 * 21 + 10] = 1;
    const out = gaussianBlur(point, 21, 21, 1);
    const norm = [...Array(9).keys()].reduce((s, i) => s + Math.exp(-((i - 4) ** 2) / 2), 0);
    expect(out[10 * 21 + 10]).toBeCloseTo(1 / norm ** 2, 6);
    expect(out[10 * 21 + 12]).toBeCloseTo(Math.exp(-2) / norm ** 2, 6);
  });

  it("Otsu separates two levels and finds nothing in a constant", () => {
    const two = [...Array(50).fill(3), ...Array(50).fill(17)];
    const t = otsuThreshold(two);
    expect(t).toBeGreaterThanOrEqual(3);
    expect(t).toBeLessThan(17);
    expect(foregroundMask(new Uint16Array(64 * 64).fill(5), 64, 64).includes(1)).toBe(false);
  });

  it("percentile agrees with numpy's linear rule", () => {
    // numpy.percentile([1, 2, 3, 4], [0, 25, 50, 75, 100]) = 1, 1.75, 2.5, 3.25, 4
    expect([0, 25, 50, 75, 100].map((p) => percentile([4, 1, 3, 2], p))).toEqual([1, 1.75, 2.5, 3.25, 4]);
  });

  it("masked mean takes only what is asked for", () => {
    expect(maskedMean([1, 2, 3, 4], Uint8Array.of(1, 0, 1, 0))).toBe(2);
    expect(maskedMean([1, 2, 3, 4], Uint8Array.of(1, 0, 1, 0), 0)).toBe(3);
    expect(maskedMean([1], Uint8Array.of(0))).toBeNaN();
  });
});
