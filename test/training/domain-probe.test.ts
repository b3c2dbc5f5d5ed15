import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import { featureDistance, probeLogit } from "../../src/scoring/index.js";
import { featureDomain } from "../../src/training/calibrate.js";
import { fitDomainProbe } from "../../src/training/domain-probe.js";
import { inverseFactor, solveFactored } from "../../src/training/inverse-factor.js";
import { strangerKinds, strangersOf } from "../../src/training/strangers.js";

const features = 6;
/** Correlated normal features; `shift` moves the second. */
function rows(count: number, name: string, shift = 0): Float32Array[] {
  const random = RandomStream.of(5, name);
  return Array.from({ length: count }, () => {
    const common = random.normal();
    return Float32Array.from(
      { length: features },
      (_, i) => 3 + 0.8 * common + 0.5 * random.normal() + (i === 1 ? shift : 0),
    );
  });
}

describe("the probe of the domain", () => {
  it("tells strangers that the distance alone hardly tells", () => {
    const own = rows(600, "own");
    const held = rows(600, "held");
    const domain = featureDomain(own, held);
    // Three frames in ten are strangers that differ along one direction, by less than outliers of the own kind do.
    const probe = fitDomainProbe(domain, own, rows(300, "strangers", 1.8), held);
    const flagged = (set: Float32Array[]): number =>
      set.filter((f) => probeLogit(domain.mean, probe, f, featureDistance(domain, f)) > probe.threshold)
        .length / set.length;
    const far = (set: Float32Array[]): number =>
      set.filter((f) => featureDistance(domain, f) > domain.threshold).length / set.length;
    const others = rows(600, "others", 1.8);
    expect(flagged(held)).toBeLessThanOrEqual(0.011);
    expect(flagged(rows(600, "more"))).toBeLessThan(0.04);
    expect(flagged(others)).toBeGreaterThan(far(others) + 0.2);
  });

  it("is not fooled by one odd feature: deviations beyond six say no more, and the distance speaks", () => {
    const own = rows(400, "own");
    const domain = featureDomain(own, own);
    const probe = fitDomainProbe(domain, own, rows(200, "strangers", 1.8), own);
    const odd = Float32Array.from(own[0] as Float32Array);
    odd[1] = -1e6;
    const logit = probeLogit(domain.mean, probe, odd, featureDistance(domain, odd));
    const least = probe.bias - 6 * probe.weights.reduce((s, w) => s + Math.abs(w), 0);
    expect(logit).toBeGreaterThan(least);
    expect(featureDistance(domain, odd)).toBeGreaterThan(domain.threshold);
    expect(probeLogit(domain.mean, probe, odd.slice(1), 1)).toBeNaN();
  });

  it("solves by the inverse factor", () => {
    const a = [
      [4, 2, 1],
      [2, 5, 3],
      [1, 3, 6],
    ];
    const x = solveFactored(
      inverseFactor(a.map((r) => Float64Array.from(r))),
      a.map((r) => (r[0] as number) - 2 * (r[1] as number) + 3 * (r[2] as number)),
    );
    expect(x[0]).toBeCloseTo(1, 12);
    expect(x[1]).toBeCloseTo(-2, 12);
    expect(x[2]).toBeCloseTo(3, 12);
  });
});

describe("strangers made of training frames", () => {
  const random = RandomStream.of(6, "frames");
  const [height, width] = [40, 48];
  const frames = Array.from({ length: 9 }, () =>
    Uint16Array.from({ length: height * width }, () => random.int(30)),
  );
  const set = {
    ids: frames.map((_, i) => `f${i}`),
    frames,
    height,
    width,
    ratings: frames.map(() => 0.5),
    trueRatings: frames.map(() => null),
  };

  it("come in every kind, as counts, the same for the same seed", () => {
    const made = strangersOf(set, 3);
    expect(made.frames.length).toBe(9 * strangerKinds.length);
    for (const frame of made.frames) {
      expect(frame.length).toBe(height * width);
      expect(frame.every((v) => v >= 0 && Number.isInteger(v))).toBe(true);
    }
    expect(strangersOf(set, 3).frames).toEqual(made.frames);
    expect(strangersOf(set, 4).frames).not.toEqual(made.frames);
  });

  it("saturated ones stand at one level, coarse ones sum pixels, blurred ones lose the fine", () => {
    const { frames: made } = strangersOf(set, 3);
    const at = (kind: (typeof strangerKinds)[number]) =>
      made[9 * strangerKinds.indexOf(kind)] as Float32Array;
    const clipped = at("saturated");
    const top = Math.max(...clipped);
    expect(clipped.filter((v) => v === top).length).toBeGreaterThan(0.01 * clipped.length);
    const mean = (f: ArrayLike<number>): number => Array.from(f).reduce((a, b) => a + b, 0) / f.length;
    expect(mean(at("coarse"))).toBeGreaterThan(3 * mean(frames[0] as Uint16Array));
    // Neighbours of a blurred frame agree but for photon noise; those of the white frames do not.
    const rough = (f: ArrayLike<number>): number => {
      let sum = 0;
      for (let i = 1; i < f.length; i++) sum += ((f[i] as number) - (f[i - 1] as number)) ** 2;
      return sum / f.length / mean(f);
    };
    expect(rough(at("blurred"))).toBeLessThan(0.5 * rough(frames[0] as Uint16Array));
  });
});
