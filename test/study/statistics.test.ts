/** Intervals and test against values worked out another way. */
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import type { Choice } from "../../src/study/index.js";
import type { Cell } from "../../src/study/report.js";
import { comparisonsOf, intervalsOf, signFlip } from "../../src/study/statistics.js";

const letters: Readonly<Record<string, Choice>> = {
  T: "target",
  P: "prediction",
  E: "equivalent",
  D: "discard",
};
/** Answers of each tester to frames f0, f1, … of the lowest bin. */
function cell(system: "network" | "random", answers: Readonly<Record<string, string>>): Cell {
  const testers = Object.entries(answers).map(
    ([tester, text]) =>
      [tester, new Map([...text].map((letter, f) => [`f${f}`, letters[letter] as Choice]))] as const,
  );
  return { dataset: "set", system, byBin: [new Map(testers), new Map(), new Map(), new Map(), new Map()] };
}

/** Smallest k with P(X ≤ k) ≥ share for X ~ Binomial(n, p), by the sum of its terms. */
function binomialQuantile(n: number, p: number, share: number): number {
  let term = (1 - p) ** n;
  let sum = term;
  let k = 0;
  while (sum < share) {
    term *= ((n - k) / (k + 1)) * (p / (1 - p));
    sum += term;
    k++;
  }
  return k;
}

describe("bootstrap intervals", () => {
  const domination = (answers: Readonly<Record<string, string>>) =>
    intervalsOf([cell("network", answers)], 3).find((i) => i.measure === "domination" && i.bin !== null);
  const twelveOf20 = "PPPPPPPPPPPPTTTTTTTT";

  it("of one tester's 20 frames are the binomial distribution's quantiles", () => {
    const found = domination({ ann: twelveOf20 });
    expect(found?.mean).toBe(0.6);
    // one frame of twenty is what a thousand drawings may be off by
    expect(Math.abs((found?.low ?? 0) * 20 - binomialQuantile(20, 0.6, 0.025))).toBeLessThanOrEqual(1 + 1e-9);
    expect(Math.abs((found?.high ?? 0) * 20 - binomialQuantile(20, 0.6, 0.975))).toBeLessThanOrEqual(
      1 + 1e-9,
    );
    expect(found?.high).toBeLessThan(1);
  });

  it("do not shrink when eleven testers say the same: the frames are one sample for all", () => {
    const same = Object.fromEntries(Array.from({ length: 11 }, (_, t) => [`t${t}`, twelveOf20]));
    const [one, eleven] = [domination({ ann: twelveOf20 }), domination(same)];
    expect(Math.abs((one?.low ?? 0) - (eleven?.low ?? 1))).toBeLessThanOrEqual(0.05 + 1e-9);
    expect(Math.abs((one?.high ?? 0) - (eleven?.high ?? 1))).toBeLessThanOrEqual(0.05 + 1e-9);
  });

  it("of eleven testers who differ on one frame are the binomial distribution's over testers", () => {
    const split = Object.fromEntries(Array.from({ length: 11 }, (_, t) => [`t${t}`, t < 6 ? "P" : "T"]));
    const found = domination(split);
    expect(found?.mean).toBeCloseTo(6 / 11, 12);
    const offBy = (given: number | null | undefined, share: number) =>
      Math.abs((given ?? 9) * 11 - binomialQuantile(11, 6 / 11, share));
    expect(offBy(found?.low, 0.025)).toBeLessThanOrEqual(1 + 1e-9);
    expect(offBy(found?.high, 0.975)).toBeLessThanOrEqual(1 + 1e-9);
    expect(found?.low).toBeGreaterThan(0);
  });

  it("are the mean itself where nothing varies, and null for an empty bin", () => {
    expect(domination({ ann: "PPP", bob: "PPP" })).toMatchObject({ mean: 1, low: 1, high: 1 });
    const empty = intervalsOf([cell("network", { ann: "P" })], 3).find((i) => i.bin?.[0] === 80);
    expect(empty).toMatchObject({ mean: null, low: null, high: null });
  });
});

/** Every choice of signs by recursion, as a check of the patterns of bits. */
function byHand(differences: readonly number[]): number {
  const sums = differences.reduce<number[]>((all, d) => all.flatMap((sum) => [sum + d, sum - d]), [0]);
  const observed = Math.abs(differences.reduce((a, b) => a + b, 0));
  return sums.filter((sum) => Math.abs(sum) >= observed - 1e-9).length / sums.length;
}

describe("network against random, paired by tester", () => {
  it("takes the difference within each tester, and only of those who have both", () => {
    const comparisons = comparisonsOf(
      [
        cell("network", { ann: "PT", bob: "PPPT", cy: "PP", dan: "TT", eve: "EE" }),
        cell("random", { cy: "TT", bob: "PTTT", ann: "TTTP", dan: "PTTT", eve: "PT", fred: "PP" }),
      ],
      1,
    );
    const found = comparisons.find((c) => c.measure === "domination" && c.bin?.[0] === 0);
    // ann 1/2 − 1/4, bob 3/4 − 1/4, cy 1 − 0, dan 0 − 1/4; eve prefers none, fred saw no network
    expect(found?.testers).toBe(4);
    expect(found?.difference).toBeCloseTo((0.25 + 0.5 + 1 - 0.25) / 4, 12);
    // |±.25 ±.5 ±1 ±.25| ≥ 1.5: 2.0 and 1.5 (two ways), each with its mirror image, of sixteen
    expect(found?.p).toBeCloseTo(6 / 16, 12);
    // all bins together are the same here, for only one holds answers
    const all = comparisons.find((c) => c.measure === "domination" && c.bin === null);
    expect(all).toMatchObject({ p: found?.p, difference: found?.difference });
    expect(comparisons.find((c) => c.bin?.[0] === 80)).toMatchObject({ p: null, difference: null });
  });

  it.each([2, 5, 11])("agrees with a count by recursion for %i testers", (n) => {
    const random = RandomStream.of(7, "differences", n);
    for (let k = 0; k < 5; k++) {
      const differences = Array.from({ length: n }, () => Math.round(100 * random.normal() + 60) / 100);
      expect(signFlip(differences, random)).toBeCloseTo(byHand(differences), 12);
    }
  });

  it("finds nothing where there is nothing: p is below .05 in about one of twenty", () => {
    const random = RandomStream.of(8, "null");
    const ps = Array.from({ length: 400 }, () =>
      signFlip(
        Array.from({ length: 9 }, () => random.normal()),
        random,
      ),
    );
    const below = ps.filter((p) => (p ?? 1) < 0.05).length;
    // 20 ± 4.4 of 400
    expect(below).toBeGreaterThan(4);
    expect(below).toBeLessThan(40);
  });
});
