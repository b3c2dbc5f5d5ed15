import fc from "fast-check";
import { CholeskyDecomposition, inverse, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import { boxes, dominates, hypervolume, nonDominated } from "../../src/optimiser/maths/hypervolume.js";
import { minimise } from "../../src/optimiser/maths/lbfgs.js";
import {
  cholesky,
  inverseFromFactor,
  invertLower,
  solveLower,
  solveLowerTransposed,
} from "../../src/optimiser/maths/linalg.js";
import { normalCdf, normalPdf, normalQuantile } from "../../src/optimiser/maths/normal.js";
import { maxSobolDimensions, sobolBits, sobolPoint } from "../../src/optimiser/maths/sobol.js";

const coordinate = fc.double({ min: 0, max: 1, noNaN: true });
const points = (m: number): fc.Arbitrary<number[][]> =>
  fc.array(fc.array(coordinate, { minLength: m, maxLength: m }), { minLength: 1, maxLength: 14 });
const anyPoints = fc.integer({ min: 2, max: 4 }).chain(points);

describe("linear algebra against ml-matrix", () => {
  const stream = RandomStream.of(1, "linalg");
  const n = 30;
  const half = Matrix.zeros(n, n + 5);
  for (let i = 0; i < n; i++) for (let j = 0; j < n + 5; j++) half.set(i, j, stream.normal());
  const spd = half.mmul(half.transpose());
  const factor = Float64Array.from(spd.to1DArray());
  it("factorises", () => {
    expect(cholesky(factor, n)).toBe(true);
    const theirs = new CholeskyDecomposition(spd).lowerTriangularMatrix;
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) expect(factor[i * n + j]).toBeCloseTo(theirs.get(i, j), 10);
  });
  it("solves", () => {
    const b = Float64Array.from({ length: n }, () => stream.normal());
    const theirs = new CholeskyDecomposition(spd).solve(Matrix.columnVector([...b])).to1DArray();
    solveLower(factor, n, b);
    solveLowerTransposed(factor, n, b);
    theirs.forEach((x, i) => {
      expect(b[i]).toBeCloseTo(x, 10);
    });
  });
  it("inverts", () => {
    const ours = inverseFromFactor(invertLower(factor, n), n);
    const theirs = inverse(spd);
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) expect(ours[i * n + j]).toBeCloseTo(theirs.get(i, j), 10);
  });
  it("refuses what is not positive definite", () => {
    expect(cholesky(Float64Array.of(1, 0, 2, 1), 2)).toBe(false);
  });
});

describe("normal distribution", () => {
  // Values of Abramowitz and Stegun, table 26.1, and of scipy.stats.norm 1.17 for the tails.
  it.each([
    [0, 0.5],
    [1, 0.841344746068543],
    [2.5, 0.993790334674224],
    [-3, 0.00134989803163009],
    [-8, 6.22096057427178e-16],
    [-20, 2.75362411860623e-89],
  ])("P(Z ≤ %d)", (z, p) => {
    expect(Math.abs(normalCdf(z) / p - 1)).toBeLessThan(2e-14 * Math.max(1, z * z));
  });
  it("its slope is the density, and the quantile inverts it", () => {
    fc.assert(
      fc.property(fc.double({ min: -6, max: 6, noNaN: true }), (z) => {
        const h = 1e-5;
        expect((normalCdf(z + h) - normalCdf(z - h)) / (2 * h)).toBeCloseTo(normalPdf(z), 9);
        const p = normalCdf(-Math.abs(z));
        expect(normalCdf(normalQuantile(p)) / p).toBeCloseTo(1, 10);
      }),
    );
  });
});

describe("Sobol points", () => {
  // First points of the sequence as printed by Joe and Kuo's own program for new-joe-kuo-6.21201, dimensions 1 to 7.
  it("the first points are those of Joe and Kuo", () => {
    const row = (i: number): number[] => Array.from({ length: 7 }, (_, j) => sobolBits(i, j) / 2 ** 32);
    expect(row(1)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
    expect(row(2)).toEqual([0.75, 0.25, 0.25, 0.25, 0.75, 0.75, 0.25]);
    expect(row(3)).toEqual([0.25, 0.75, 0.75, 0.75, 0.25, 0.25, 0.75]);
    expect(row(4)).toEqual([0.375, 0.375, 0.625, 0.875, 0.375, 0.125, 0.375]);
  });
  it("every 2^k points put one into each of 2^k slices, in every dimension, scrambled or not", () => {
    const seeds = Array.from({ length: maxSobolDimensions }, (_, j) => (j * 2654435761) >>> 0);
    for (let j = 0; j < maxSobolDimensions; j++) {
      const plain = new Set(Array.from({ length: 64 }, (_, i) => sobolBits(i, j) >>> 26));
      const scrambled = new Set(
        Array.from({ length: 64 }, (_, i) => Math.floor((sobolPoint(i, seeds)[j] as number) * 64)),
      );
      expect(plain.size).toBe(64);
      expect(scrambled.size).toBe(64);
    }
  });
  it("two dimensions fill elementary boxes: 256 points, one in each of 16 × 16 cells", () => {
    const seeds = [12345, 67890];
    const cells = new Set(
      Array.from({ length: 256 }, (_, i) => {
        const [x, y] = sobolPoint(i, seeds);
        return `${Math.floor(16 * (x as number))},${Math.floor(16 * (y as number))}`;
      }),
    );
    expect(cells.size).toBe(256);
  });
});

describe("hypervolume", () => {
  it("agrees with Monte Carlo", () => {
    fc.assert(
      fc.property(anyPoints, fc.integer(), (set, seed) => {
        const m = (set[0] as number[]).length;
        const reference = new Array<number>(m).fill(1);
        const stream = RandomStream.of(seed, "monte-carlo");
        const trials = 4000;
        let hits = 0;
        for (let i = 0; i < trials; i++) {
          const x = Array.from({ length: m }, () => stream.uniform());
          if (set.some((p) => p.every((v, j) => v <= (x[j] as number)))) hits++;
        }
        const volume = hypervolume(set, reference);
        // Six standard errors of a proportion.
        const error = 6 * Math.sqrt((volume * (1 - volume) + 1e-3) / trials);
        expect(Math.abs(hits / trials - volume)).toBeLessThan(error);
      }),
      { numRuns: 60 },
    );
  });
  it("does not depend on the order of points or objectives", () => {
    fc.assert(
      fc.property(anyPoints, (set) => {
        const reference = (set[0] as number[]).map((_, j) => 1 + 0.1 * j);
        const volume = hypervolume(set, reference);
        expect(hypervolume([...set].reverse(), reference)).toBeCloseTo(volume, 12);
        const turned = set.map((p) => [...p].reverse());
        expect(hypervolume(turned, [...reference].reverse())).toBeCloseTo(volume, 12);
      }),
    );
  });
  it("a point adds volume exactly when it is inside and not dominated", () => {
    fc.assert(
      fc.property(points(3), fc.array(coordinate, { minLength: 3, maxLength: 3 }), (set, extra) => {
        const reference = [1, 1, 1];
        const gain = hypervolume([...set, extra], reference) - hypervolume(set, reference);
        const covered = set.some((p) => p.every((v, j) => v <= (extra[j] as number)));
        if (covered) expect(Math.abs(gain)).toBeLessThan(1e-12);
        else expect(gain).toBeGreaterThanOrEqual(-1e-12);
      }),
    );
  });
  it("boxes tile what is not dominated: together with the volume they fill the reference box", () => {
    fc.assert(
      fc.property(anyPoints, (set) => {
        const m = (set[0] as number[]).length;
        const reference = new Array<number>(m).fill(1);
        const tiled = boxes(set, reference);
        let open = 0;
        for (let b = 0; b < tiled.count; b++) {
          let size = 1;
          for (let j = 0; j < m; j++) {
            const low = Math.max(0, tiled.low[b * m + j] as number);
            size *= Math.max(0, (tiled.high[b * m + j] as number) - low);
          }
          open += size;
        }
        expect(open + hypervolume(set, reference)).toBeCloseTo(1, 10);
      }),
    );
  });
  it("non-dominated means just that", () => {
    fc.assert(
      fc.property(anyPoints, (set) => {
        const slow = set.flatMap((p, i) => (set.some((q) => dominates(q, p)) ? [] : [i]));
        expect(nonDominated(set)).toEqual(slow);
      }),
      // Their sums are equal: the difference is less than a rounding.
      {
        examples: [
          [
            [
              [0.9999999999999979, 1.4e-162, 0],
              [0.9999999999999979, 0, 0],
            ],
          ],
        ],
      },
    );
  });
});

describe("bounded L-BFGS", () => {
  it("finds the minimum of a stretched quadratic, also where a bound holds it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 2, maxLength: 6 }),
        (centre) => {
          const d = centre.length;
          const f = (x: Float64Array, g: Float64Array): number => {
            let sum = 0;
            x.forEach((v, j) => {
              const w = 10 ** j % 997;
              const delta = v - (centre[j] as number);
              sum += w * delta * delta;
              g[j] = 2 * w * delta;
            });
            return sum;
          };
          const low = new Float64Array(d).fill(-1);
          const high = new Float64Array(d).fill(1);
          const found = minimise(f, new Float64Array(d), low, high, 400, 1e-9);
          centre.forEach((c, j) => {
            expect(found.x[j]).toBeCloseTo(Math.min(1, Math.max(-1, c)), 4);
          });
        },
      ),
    );
  });
  it("does not end early in a soft coordinate where a stiff one at its bound makes the value large", () => {
    const centre = [
      -0.0005135207281881673, 0.3431466424872456, -0.4458894286789503, 0.009, 1.9550558419163542,
    ];
    const weight = [1, 10, 100, 3, 900];
    const f = (x: Float64Array, g: Float64Array): number =>
      x.reduce((sum, v, j) => {
        const delta = v - (centre[j] as number);
        g[j] = 2 * (weight[j] as number) * delta;
        return sum + (weight[j] as number) * delta * delta;
      }, 0);
    const [low, high] = [new Float64Array(5).fill(-1), new Float64Array(5).fill(1)];
    const found = minimise(f, new Float64Array(5), low, high, 400, 1e-9);
    centre.forEach((c, j) => {
      expect(Math.abs((found.x[j] as number) - Math.min(1, c))).toBeLessThan(5e-5);
    });
  });
  it("goes down Rosenbrock's valley", () => {
    const f = (x: Float64Array, g: Float64Array): number => {
      const [a, b] = x as unknown as [number, number];
      g[0] = -400 * a * (b - a * a) - 2 * (1 - a);
      g[1] = 200 * (b - a * a);
      return 100 * (b - a * a) ** 2 + (1 - a) ** 2;
    };
    const found = minimise(
      f,
      Float64Array.of(-1.2, 1),
      Float64Array.of(-5, -5),
      Float64Array.of(5, 5),
      300,
      1e-8,
    );
    expect(found.x[0]).toBeCloseTo(1, 4);
    expect(found.x[1]).toBeCloseTo(1, 4);
  });
});
