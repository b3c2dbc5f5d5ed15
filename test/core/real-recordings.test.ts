import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeImageFile } from "../../src/core/index.js";

const folder = join(import.meta.dirname, "../../demo/real");
/** From the recordings' own fact sheet (demo/real/README.md), found by another reader. */
const facts: readonly (readonly [string, number, number, number | null])[] = [
  ["actin_axon_1.tif", 93, 6.037, null],
  ["actin_axon_3.tif", 98, 8.1188, null],
  ["actin_axon_7.tif", 36, 1.1812, null],
  ["tubulin_1.tif", 63, 10.1356, null],
  ["actin_dendrite_1.tif", 158, 7.0949, 20],
  ["actin_dendrite_2.tif", 132, 8.0779, 20],
];

describe("the real recordings", () => {
  it.each(facts)("%s comes out as counts", async (name, max, mean, pixelSizeNm) => {
    const file = await decodeImageFile(join(folder, name));
    expect(file.planes).toHaveLength(1);
    expect(file.pixelSizeNm).toBe(pixelSizeNm);
    const [plane] = file.planes;
    expect(plane?.shape).toEqual([224, 224]);
    const pixels = [...(plane?.pixels ?? [])];
    expect(plane?.pixels).toBeInstanceOf(Uint16Array);
    expect(pixels.reduce((a, b) => Math.min(a, b), 1e9)).toBe(0);
    expect(pixels.reduce((a, b) => Math.max(a, b), 0)).toBe(max);
    expect(pixels.reduce((a, b) => a + b, 0) / pixels.length).toBeCloseTo(mean, 3);
  });
});
