import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { featureDistance, fillTile, interval, planTiles, tileWeights } from "../../src/scoring/index.js";
import { tinyCard, tinyModel } from "./tiny-bundle.js";

const side = fc.integer({ min: 64, max: 900 });
const size = [224, 224] as const;

describe("tiles", () => {
  it("see every pixel, stay inside, and overlap by a quarter at least", () => {
    fc.assert(
      fc.property(side, side, (height, width) => {
        const plan = planTiles([height, width], size);
        for (const [axis, length] of [
          ["y", height],
          ["x", width],
        ] as const) {
          const starts = [...new Set(plan.tiles.map((t) => t[axis]))].sort((a, b) => a - b);
          expect(starts[0]).toBe(0);
          expect(starts.at(-1)).toBe(Math.max(0, length - 224));
          starts.slice(1).forEach((s, i) => {
            expect(s - (starts[i] ?? 0)).toBeLessThanOrEqual(168);
          });
        }
      }),
    );
  });

  it("share out each foreground bin once", () => {
    fc.assert(
      fc.property(side, side, fc.nat(1000), (height, width, seed) => {
        const rows = height >> 1;
        const columns = width >> 1;
        const mask = Uint8Array.from({ length: rows * columns }, (_, i) =>
          (i * 7919 + seed) % 5 === 0 ? 1 : 0,
        );
        const plan = planTiles([height, width], size);
        const weights = tileWeights(mask, [rows, columns], plan, size);
        if (weights.length === 1) expect(weights).toEqual([1]);
        else {
          const total = weights.reduce((a, b) => a + b, 0);
          expect(total).toBeCloseTo(
            mask.reduce((a, b) => a + b, 0),
            6,
          );
        }
      }),
      { numRuns: 50 },
    );
  });

  it("show the detector's end as the brightest there is, where the card says so, in every kind of frame", () => {
    const marked = { offset: 0, scale: 2, clip: 100, saturated: "clip" } as const;
    const counts = [0, 4, 9, 9, 8, 9, 2, 9, 9];
    const shown = [0, 2, 100, 100, 4, 100, 1, 100, 100];
    for (const pixels of [Uint16Array.from(counts), Float32Array.from(counts)]) {
      for (const size of [3, 5]) {
        const plan = planTiles([3, 3], [size, size]);
        const [tile] = plan.tiles;
        if (tile === undefined) throw new Error("no tile");
        const fill = (normalisation: typeof marked | Omit<typeof marked, "saturated">, endsAt?: number) => {
          const out = new Float32Array(size * size);
          fillTile(out, 0, pixels, [3, 3], plan, tile, [size, size], normalisation, endsAt);
          const [top, left] = plan.offset;
          return counts.map((_, i) => out[(Math.floor(i / 3) + top) * size + (i % 3) + left]);
        };
        expect(fill(marked, 9)).toEqual(shown);
        expect(fill(marked)).toEqual(counts.map((c) => c / 2));
        expect(fill({ offset: 0, scale: 2, clip: 100 }, 9)).toEqual(counts.map((c) => c / 2));
      }
    }
  });

  it("of a small frame go on with its mirror image", () => {
    const pixels = Float32Array.from({ length: 3 * 4 }, (_, i) => i);
    const plan = planTiles([3, 4], [5, 8]);
    const out = new Float32Array(40);
    const [tile] = plan.tiles;
    if (tile === undefined) throw new Error("no tile");
    fillTile(out, 0, pixels, [3, 4], plan, tile, [5, 8], { offset: 0, scale: 1, clip: 100 });
    expect([...out.subarray(0, 8)]).toEqual([1, 0, 0, 1, 2, 3, 3, 2]);
    expect([...out.subarray(8, 16)]).toEqual([1, 0, 0, 1, 2, 3, 3, 2]);
    expect([...out.subarray(32, 40)]).toEqual([9, 8, 8, 9, 10, 11, 11, 10]);
  });

  it("are normalised the same from integers and floats", () => {
    const counts = Uint16Array.from({ length: 224 * 224 }, (_, i) => (i * 31) % 700);
    const plan = planTiles(size, size);
    const normalisation = { offset: 3, scale: 97, clip: 2 };
    const [tile] = plan.tiles;
    if (tile === undefined) throw new Error("no tile");
    const a = new Float32Array(counts.length);
    const b = new Float32Array(counts.length);
    fillTile(a, 0, counts, size, plan, tile, size, normalisation);
    fillTile(b, 0, Float32Array.from(counts), size, plan, tile, size, normalisation);
    expect(a).toEqual(b);
    expect([a[0], a[1]]).toEqual([0, Math.fround(28 / 97)]);
    expect(Math.max(...a.subarray(0, 100))).toBe(2);
  });
});

describe("trust", () => {
  const card = tinyCard(tinyModel());
  it("takes the half-width of the score's own bin and stays in 0..1", () => {
    expect(interval(card, 0.3)).toEqual({ lower: 0.19999999999999998, upper: 0.4 });
    expect(interval(card, 0.5)).toEqual({ lower: 0.3, upper: 0.7 });
    expect(interval(card, 0.05)).toEqual({ lower: 0, upper: 0.15000000000000002 });
    expect(interval(card, 1)).toEqual({ lower: 0.8, upper: 1 });
    expect(interval({ ...card, conformal: null }, 0.5)).toEqual({ lower: null, upper: null });
  });
  it("measures the whitened distance, and knows features of another kind", () => {
    const domain = {
      mean: [1, 2],
      whitening: [
        [2, 0],
        [1, -1],
      ],
    };
    // W (f - mean) = [2·3, 3 − 4], squares 36 + 1, over 2 directions.
    expect(featureDistance(domain, [4, 6])).toBe(18.5);
    expect(featureDistance(domain, [4])).toBeNaN();
  });
});
