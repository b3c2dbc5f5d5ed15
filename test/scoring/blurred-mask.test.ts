import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeImageFile } from "../../src/core/index.js";
import { binCentreOtsu, blurredMask, wideBlur } from "../../src/scoring/blurred-mask.js";

interface Reference {
  readonly pixels: number;
  readonly mask: string;
  readonly blurredCorner: number;
  readonly blurredMiddle: number;
  readonly blurredEdge: number;
  readonly threshold: number;
}
/** By SciPy and scikit-image: fixtures/make_masks.py. */
const references = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/masks.json"), "utf8"),
) as Record<string, Reference>;
const real = join(import.meta.dirname, "../../demo/real");

describe("the published networks' mask", () => {
  it.each(Object.entries(references))("of %s is scikit-image's", async (name, reference) => {
    const [plane] = (await decodeImageFile(join(real, name))).planes;
    const pixels = plane?.pixels ?? new Uint16Array();
    const blurred = wideBlur(pixels, 224, 224, 10, 4);
    expect(blurred[0]).toBeCloseTo(reference.blurredCorner, 3);
    expect(blurred[112 * 224 + 111]).toBeCloseTo(reference.blurredMiddle, 3);
    expect(blurred[223 * 224 + 100]).toBeCloseTo(reference.blurredEdge, 3);
    expect(binCentreOtsu(blurred)).toBeCloseTo(reference.threshold, 3);
    const { mask, count } = blurredMask(pixels, 224, 224, 10, 4);
    const bits = Buffer.from(reference.mask, "base64");
    let other = 0;
    for (let i = 0; i < mask.length; i++) {
      if ((((bits[i >> 3] ?? 0) >> (7 - (i & 7))) & 1) !== mask[i]) other++;
    }
    // 99.99 % of 50176 pixels.
    expect(other).toBeLessThanOrEqual(5);
    expect(Math.abs(count - reference.pixels)).toBeLessThanOrEqual(5);
  });

  it("of a constant frame is empty", () => {
    expect(blurredMask(new Uint16Array(64 * 80), 64, 80, 10, 4).count).toBe(0);
  });

  it("does not depend on an offset or scale of the counts", () => {
    const pixels = Float64Array.from(
      { length: 70 * 65 },
      (_, i) => ((i * 7919) % 97) * (i % 65 < 20 ? 3 : 1),
    );
    const { mask } = blurredMask(pixels, 70, 65, 10, 4);
    const moved = blurredMask(
      pixels.map((v) => 0.5 + v / 65535),
      70,
      65,
      10,
      4,
    );
    expect(moved.mask).toEqual(mask);
  });
});
