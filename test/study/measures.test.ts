import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binOf, confusion, countChoices, domination, meanAndSd } from "../../src/study/measures.js";
import { decide, ownRating } from "../../src/study/tester.js";

const counts = (target: number, prediction: number, equivalent: number, discard = 0) => ({
  target,
  prediction,
  equivalent,
  discard,
});
const anyCounts = fc.record({
  target: fc.nat(60),
  prediction: fc.nat(60),
  equivalent: fc.nat(60),
  discard: fc.nat(60),
});

describe("confusion and domination", () => {
  it.each([
    // worked by hand from C = 1 − |(2P + E) − Ñ| / Ñ and D = P / (T + P)
    { given: counts(10, 0, 0), c: 0, d: 0 },
    { given: counts(0, 10, 0), c: 0, d: 1 },
    { given: counts(5, 5, 0), c: 1, d: 0.5 },
    { given: counts(0, 0, 7), c: 1, d: null },
    { given: counts(6, 2, 2), c: 1 - 4 / 10, d: 0.25 },
    { given: counts(3, 9, 4, 100), c: 1 - 6 / 16, d: 0.75 },
    { given: counts(0, 0, 0, 9), c: null, d: null },
  ])("of $given", ({ given, c, d }) => {
    expect(confusion(given)).toEqual(c === null ? null : expect.closeTo(c, 12));
    expect(domination(given)).toBe(d);
  });

  it("do not change with discards, mirror when the sides change places, and stay in 0..1", () => {
    fc.assert(
      fc.property(anyCounts, (given) => {
        const mirrored = { ...given, target: given.prediction, prediction: given.target };
        const c = confusion(given);
        const d = domination(given);
        expect(confusion({ ...given, discard: given.discard + 1 })).toBe(c);
        expect(confusion(mirrored)).toBe(c);
        if (c !== null) expect(c >= 0 && c <= 1).toBe(true);
        if (d !== null) expect(d + (domination(mirrored) ?? 9)).toBeCloseTo(1, 12);
        // |2P + E − Ñ| = |P − T|: the other way to write it
        const n = given.target + given.prediction + given.equivalent;
        if (c !== null) expect(c).toBeCloseTo(1 - Math.abs(given.prediction - given.target) / n, 12);
      }),
    );
  });

  it("puts scores into bins, an edge into the upper one and 100 into the last", () => {
    const at = [0, 0.19, 0.2, 0.39, 0.4, 0.6, 0.79, 0.8, 0.99, 1, (0.59 + 0.61) / 2, 0.3 + 0.3];
    expect(at.map(binOf)).toEqual([0, 0, 1, 1, 2, 3, 3, 4, 4, 4, 3, 3]);
  });

  it("takes mean and sample deviation over those who have a value", () => {
    expect(meanAndSd([0.2, null, 0.4, 0.9])).toEqual({ mean: 0.5, sd: expect.closeTo(0.36055513, 8), n: 3 });
    expect(meanAndSd([null])).toEqual({ mean: null, sd: null, n: 0 });
    expect(meanAndSd([0.3])).toEqual({ mean: 0.3, sd: null, n: 1 });
  });

  it("counts choices", () => {
    expect(countChoices(["target", "discard", "target", "equivalent"])).toEqual(counts(2, 0, 1, 1));
  });
});

describe("a simulated tester", () => {
  it.each([
    { r: 0.5, t: 0.5, p: 0.7, says: "target" },
    { r: 0.7, t: 0.5, p: 0.7, says: "prediction" },
    { r: 0.6, t: 0.5, p: 0.7, says: "equivalent" },
    // distances .30 and .31: the nearer one is not beyond .30, and .01 apart is within the band
    { r: 0.5, t: 0.2, p: 0.81, says: "equivalent" },
    { r: 0.5, t: 0.19, p: 0.81, says: "discard" },
    { r: 0.8, t: 0.5, p: 0.1, says: "target" },
    // exactly .05 apart is no longer equivalent
    { r: 0.5, t: 0.5, p: 0.55, says: "target" },
    { r: 0.5, t: 0.5, p: 0.549, says: "equivalent" },
    { r: 0, t: 0.31, p: 1, says: "discard" },
  ])("with rating $r says $says of $t and $p", ({ r, t, p, says }) => {
    expect(decide(r, t, p)).toBe(says);
  });

  it("never prefers the farther score, and a wider band only makes more equivalent", () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(unit, unit, unit, (r, t, p) => {
        const narrow = decide(r, t, p, 0.02);
        const wide = decide(r, t, p, 0.1);
        if (narrow === "target") expect(Math.abs(r - t)).toBeLessThan(Math.abs(r - p));
        if (narrow === "equivalent") expect(wide).toBe("equivalent");
        if (narrow === "discard") expect(wide).toBe("discard");
      }),
    );
  });

  it("rates by the rater formula, in hundredths and inside 0..1", () => {
    expect(ownRating({ slope: 1.1, bias: 0.02 }, 0.7, -0.015)).toBe(0.73); // .5 + 1.1·.2 + .02 − .015 = .725
    expect(ownRating({ slope: 1, bias: 0 }, 0.99, 0.2)).toBe(1);
    expect(ownRating({ slope: 1, bias: 0 }, 0.01, -0.2)).toBe(0);
  });
});
