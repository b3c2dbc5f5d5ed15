import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backgroundCounts, detect } from "../../drivers/simulated/frame/detector.js";
import { forward, goodSize, inverse } from "../../drivers/simulated/frame/fft.js";
import { binomial, poisson } from "../../drivers/simulated/frame/noise.js";
import { anchorMicroscope, rigMicroscope } from "../../drivers/simulated/physics/profile.js";
import { RandomStream } from "../../src/core/index.js";

const gym = anchorMicroscope();
const moments = (n: number, draw: () => number) => {
  let [s, s2] = [0, 0];
  for (let i = 0; i < n; i++) {
    const v = draw();
    s += v;
    s2 += v * v;
  }
  const mean = s / n;
  return { mean, variance: s2 / n - mean * mean };
};
/** Chi-square of draws against a distribution, bins pooled to an expectation of 20 or more. */
const chiSquare = (n: number, draw: () => number, probability: (k: number) => number, most: number) => {
  const seen = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    const k = draw();
    seen.set(k, (seen.get(k) ?? 0) + 1);
  }
  let [chi, bins, expected, observed, rest] = [0, 0, 0, 0, n];
  for (let k = 0; k <= most; k++) {
    expected += n * probability(k);
    observed += seen.get(k) ?? 0;
    if (expected >= 20 && n - expected > 0) {
      chi += (observed - expected) ** 2 / expected;
      bins++;
      rest -= observed;
      [expected, observed] = [0, 0];
    }
  }
  return { chi, bins, rest };
};

describe("§7.9 counting noise", () => {
  for (const mean of [0.05, 0.9, 7, 11.9, 12.1, 60, 900]) {
    it(`Poisson ${mean}`, () => {
      const random = RandomStream.of(1, "poisson", mean);
      const log = (k: number) => {
        let l = -mean + k * Math.log(mean);
        for (let i = 2; i <= k; i++) l -= Math.log(i);
        return l;
      };
      const n = 60_000;
      const { chi, bins } = chiSquare(
        n,
        () => poisson(mean, random),
        (k) => Math.exp(log(k)),
        Math.ceil(mean + 9 * Math.sqrt(mean) + 10),
      );
      // Mean of chi-square is the number of bins, its sd √(2 bins); 5 sd.
      expect(chi).toBeLessThan(bins + 5 * Math.sqrt(2 * bins) + 5);
    });
  }
  for (const [n, p] of [
    [1, 0.3],
    [20, 0.83],
    [40, 0.02],
    [400, 0.5],
    [5000, 0.97],
  ] as const) {
    it(`binomial ${n}, ${p}`, () => {
      const random = RandomStream.of(1, "binomial", n);
      const logs: number[] = [0];
      for (let i = 1; i <= n; i++) logs.push((logs[i - 1] as number) + Math.log(i));
      const probability = (k: number) =>
        Math.exp(
          (logs[n] as number) -
            (logs[k] as number) -
            (logs[n - k] as number) +
            k * Math.log(p) +
            (n - k) * Math.log(1 - p),
        );
      const { chi, bins } = chiSquare(60_000, () => binomial(n, p, random), probability, n);
      expect(chi).toBeLessThan(bins + 5 * Math.sqrt(2 * bins) + 5);
    });
  }
  it("binomial stays within its bounds for any n and p", () => {
    const random = RandomStream.of(2, "bounds");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, p) => {
        const k = binomial(n, p, random);
        return Number.isInteger(k) && k >= 0 && k <= n;
      }),
      { numRuns: 3000 },
    );
  });

  it("a uniform slab: variance = mean within 3 % over 50 frames", () => {
    const slab = new Float64Array(64 * 64).fill(8);
    const random = RandomStream.of(3, "slab");
    const values: number[] = [];
    for (let i = 0; i < 50; i++) values.push(...detect(slab, 0, gym.detector, 1e-5, random).pixels);
    let i = 0;
    const { mean, variance } = moments(values.length, () => values[i++] as number);
    expect(variance / mean).toBeGreaterThan(0.97);
    expect(variance / mean).toBeLessThan(1.03);
  });

  it("an empty sample shows .0533 counts per 10 µs", () => {
    expect(backgroundCounts(gym, 1e-5)).toBeCloseTo(0.053333, 5);
    const random = RandomStream.of(4, "empty");
    const n = 224 * 224 * 4;
    const { pixels } = detect(new Float64Array(n), backgroundCounts(gym, 3e-5), gym.detector, 3e-5, random);
    const mean = pixels.reduce((a, b) => a + b, 0) / n;
    expect(Math.abs(mean - 0.16)).toBeLessThan(4 * Math.sqrt(0.16 / n));
  });

  it("dead time: mean m / (1 + m td / t) within 1 %; afterpulses add theirs", () => {
    const random = RandomStream.of(5, "dead");
    const { detector } = rigMicroscope();
    const n = 200_000;
    for (const m of [1, 10, 60, 150]) {
      const image = new Float64Array(n).fill(m);
      const plain = detect(image, 0, { ...detector, afterpulse: 0 }, 1e-5, random).pixels;
      const mean = plain.reduce((a, b) => a + b, 0) / n;
      expect(Math.abs(mean / (m / (1 + m * 0.005)) - 1)).toBeLessThan(0.01);
    }
    const image = new Float64Array(n).fill(10);
    const after = detect(image, 0, { ...detector, deadTimeS: 0, afterpulse: 0.05 }, 1e-5, random).pixels;
    expect(after.reduce((a, b) => a + b, 0) / n).toBeCloseTo(10.5, 1);
  });

  it("counts beyond the detector's limit are clipped and told", () => {
    const random = RandomStream.of(6, "clip");
    const { pixels, saturated } = detect([5000, 5000, 1, 1], 0, { ...gym.detector, clip: 300 }, 1e-5, random);
    expect([...pixels].slice(0, 2)).toEqual([300, 300]);
    expect(saturated).toBe(2);
  });
});

describe("Fourier transform", () => {
  it("is the definition's, and inverts, for any even size", () => {
    const size = fc.integer({ min: 2, max: 25 }).map((n) => 2 * n);
    fc.assert(
      fc.property(size, size, fc.integer(), (rows, columns, seed) => {
        const random = RandomStream.of(seed, "fft");
        const values = Float64Array.from({ length: rows * columns }, () => random.normal());
        const s = forward(values, rows, columns);
        const [ky, kx] = [random.int(rows), random.int(columns / 2 + 1)];
        let [re, im] = [0, 0];
        for (let y = 0; y < rows; y++) {
          for (let x = 0; x < columns; x++) {
            const a = -2 * Math.PI * ((ky * y) / rows + (kx * x) / columns);
            re += (values[y * columns + x] as number) * Math.cos(a);
            im += (values[y * columns + x] as number) * Math.sin(a);
          }
        }
        const at = ky * (columns / 2 + 1) + kx;
        expect(s.re[at]).toBeCloseTo(re, 8);
        expect(s.im[at]).toBeCloseTo(im, 8);
        const back = inverse(s);
        for (let i = 0; i < back.length; i++)
          expect(Math.abs((back[i] as number) - (values[i] as number))).toBeLessThan(1e-10);
      }),
      { numRuns: 60 },
    );
    expect([goodSize(250), goodSize(274), goodSize(257)]).toEqual([256, 288, 288]);
  });
});
