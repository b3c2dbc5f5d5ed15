import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import { dotFour, solveLowerFour, squaresFour } from "../../src/optimiser/maths/four.js";
import { type Boxes, boxes, nonDominated } from "../../src/optimiser/maths/hypervolume.js";
import { dotAt, solveLower } from "../../src/optimiser/maths/linalg.js";
import { normalShortfall } from "../../src/optimiser/maths/normal.js";
import { sweptBoxes } from "../../src/optimiser/maths/swept-boxes.js";

/** What makes a proposal quick, each beside its slow and plain form. */

/** Half the sets have coordinates on a grid of sixths, so that many are equal. */
const set = fc
  .tuple(
    fc.array(fc.tuple(...[0, 1, 2].map(() => fc.double({ min: 0, max: 1, noNaN: true }))), {
      minLength: 1,
      maxLength: 24,
    }),
    fc.boolean(),
  )
  .map(([points, coarse]) => points.map((p) => p.map((v) => (coarse ? Math.round(6 * v) / 6 : v))));

/** Share of outcomes, uniform in the unit cube, that lie in a box: volume of the part of the tiling that lies there. */
function inside(tiled: Boxes, x: readonly number[]): number {
  let hits = 0;
  for (let b = 0; b < tiled.count; b++)
    if (x.every((v, j) => v >= (tiled.low[3 * b + j] as number) && v < (tiled.high[3 * b + j] as number)))
      hits++;
  return hits;
}

describe("swept boxes of three objectives", () => {
  it("cover every point that no other dominates once and no other point, and are at most 2k + 1", () => {
    fc.assert(
      fc.property(set, fc.integer(), (points, seed) => {
        const reference = [1, 0.9, 0.8];
        const tiled = sweptBoxes(points, reference);
        const below = points.filter((p) => p.every((v, j) => v < (reference[j] as number)));
        const k = new Set(nonDominated(below).map((i) => String(below[i]))).size;
        expect(tiled.count).toBeLessThanOrEqual(2 * k + 1);
        const stream = RandomStream.of(seed, "probe");
        for (let i = 0; i < 40; i++) {
          const x = reference.map((r) => 1.1 * r * stream.uniform() - 0.02);
          const open =
            x.every((v, j) => v < (reference[j] as number)) &&
            !points.some((p) => p.every((v, j) => v <= (x[j] as number)));
          expect(inside(tiled, x)).toBe(open ? 1 : 0);
        }
      }),
    );
  });
  it("hold the same volume as the slabs", () => {
    const volume = (tiled: Boxes): number => {
      let sum = 0;
      for (let b = 0; b < tiled.count; b++) {
        let size = 1;
        for (let j = 0; j < 3; j++)
          size *= (tiled.high[3 * b + j] as number) - Math.max(-1, tiled.low[3 * b + j] as number);
        sum += size;
      }
      return sum;
    };
    fc.assert(
      fc.property(set, (points) => {
        expect(volume(sweptBoxes(points, [1, 1, 1]))).toBeCloseTo(volume(boxes(points, [1, 1, 1])), 10);
      }),
    );
  });
});

describe("four candidates at once", () => {
  it("are solved, multiplied and squared as one by one, for odd and even sizes", () => {
    for (const n of [1, 2, 3, 8, 17]) {
      const stream = RandomStream.of(n, "four");
      const lower = new Float64Array(n * n);
      for (let i = 0; i < n; i++)
        for (let k = 0; k <= i; k++) lower[i * n + k] = i === k ? 1 + stream.uniform() : stream.normal();
      const each = [0, 1, 2, 3].map(() => Float64Array.from({ length: n }, () => stream.normal()));
      const four = new Float64Array(4 * n);
      each.forEach((b, c) => {
        b.forEach((v, i) => {
          four[4 * i + c] = v;
        });
      });
      const weights = Float64Array.from({ length: n }, () => stream.normal());
      const out = new Float64Array(6);
      dotFour(weights, four, n, out, 2);
      each.forEach((b, c) => {
        expect(out[2 + c]).toBeCloseTo(dotAt(weights, 0, b, 0, n), 12);
      });
      solveLowerFour(lower, n, four);
      squaresFour(four, n, out);
      each.forEach((b, c) => {
        solveLower(lower, n, b);
        b.forEach((v, i) => {
          expect(four[4 * i + c]).toBeCloseTo(v, 9);
        });
        expect((out[c] as number) / dotAt(b, 0, b, 0, n)).toBeCloseTo(1, 9);
      });
    }
  });
});

describe("the shortfall of a normal variable", () => {
  it("goes on smoothly where the tail's fraction takes over, and is exact far out", () => {
    const edge = 7.07106781186547;
    for (const side of [-1, 1]) {
      const before = normalShortfall(side * (edge - 1e-9));
      const after = normalShortfall(side * (edge + 1e-9));
      // Within the slope times the step, and the cancellation of the plain form at its far end.
      expect(Math.abs(after / before - 1)).toBeLessThan(2e-3);
    }
    // Against an integral by another rule.
    expect(normalShortfall(-8) / shortfallByQuadrature(8)).toBeCloseTo(1, 9);
    expect(normalShortfall(-12) / shortfallByQuadrature(12)).toBeCloseTo(1, 9);
    expect(normalShortfall(20)).toBe(20);
  });
});

/** ∫₀^∞ t φ(x + t) dt by Simpson's rule. */
function shortfallByQuadrature(x: number): number {
  const steps = 20_000;
  const h = 40 / x / steps;
  const f = (t: number): number => (t * Math.exp(-0.5 * (x + t) ** 2)) / Math.sqrt(2 * Math.PI);
  let sum = 0;
  for (let i = 0; i <= steps; i++) sum += f(i * h) * (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2);
  return (sum * h) / 3;
}
