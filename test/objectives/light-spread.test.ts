import { describe, expect, it } from "vitest";
import { transformed } from "../../src/objectives/frame-spectrum.js";
import { halvesCrossing } from "../../src/objectives/frc.js";
import { litShare } from "../../src/objectives/light-spread.js";
import { fewPlaces, image, look, points } from "./synthetic.js";

const side = 224;

/** The same field photographed again and again: how far the answer scatters, and what each frame says of that. */
function scatterOf(expected: Float64Array, frames: number) {
  const found = Array.from({ length: frames }, (_, i) => {
    const frame = image(expected, side, 100 + i);
    const { seen } = transformed(frame);
    const crossing = halvesCrossing(seen);
    if ("reason" in crossing) throw new Error(crossing.reason);
    return {
      log: Math.log(crossing.ring),
      fit: crossing.relativeSd,
      lit: litShare(frame, seen, crossing.ring),
    };
  });
  const mean = (of: (f: (typeof found)[0]) => number): number =>
    found.reduce((a, f) => a + of(f), 0) / found.length;
  const middle = mean((f) => f.log);
  return {
    scatter: Math.sqrt((mean((f) => (f.log - middle) ** 2) * frames) / (frames - 1)),
    fit: mean((f) => f.fit),
    told: mean((f) => f.fit / Math.sqrt(f.lit)),
  };
}

describe("uncertainty of a field whose light comes from few places", () => {
  it("is a few times what the fit of an even field would say, and told so", () => {
    const fields = [4, 8].flatMap((groups) => [1, 2].map((seed) => fewPlaces(groups, 3000, seed)));
    const rows = fields.map((field) => scatterOf(field, 12));
    const rms = (of: (r: (typeof rows)[0]) => number): number =>
      Math.sqrt(rows.reduce((a, r) => a + of(r) ** 2, 0) / rows.length);
    // 4 fields with 11 degrees of freedom each: the scatter itself is known to 11 %.
    expect(rms((r) => r.scatter) / rms((r) => r.fit)).toBeGreaterThan(2);
    const ratio = rms((r) => r.scatter) / rms((r) => r.told);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(1.5);
  });

  it("is null with that reason where it passes the limit", () => {
    const reasons = [1, 2, 3, 4, 5, 6].map(
      (seed) => look(image(fewPlaces(2, 3000, seed), side, seed))["frcNm"]?.reason,
    );
    expect(reasons.join("\n")).toMatch(/uncertain by \d+ %: the light comes from few places/);
  });
});

describe("the share of independent coefficients", () => {
  it("is all of them in an even field, and grows with the number of places", () => {
    const even = image(new Float64Array(side * side).fill(20), side, 1);
    expect(litShare(even, transformed(even).seen, 40)).toBeGreaterThan(0.95);
    const shares = [2, 8, 40, 200].map((groups) => {
      const frame = image(fewPlaces(groups, 3000, 4), side, 6);
      return litShare(frame, transformed(frame).seen, 40);
    });
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares[0]).toBeLessThan(0.06);
  });

  it("does not depend on brightness, though few counts a pixel are noise of their own", () => {
    const share = (photons: number) => {
      const frame = points({ sigma: 2.5, photons, perPixel: 0.02 });
      return litShare(frame, transformed(frame).seen, 30);
    };
    expect(Math.abs(share(30) / share(3000) - 1)).toBeLessThan(0.1);
  });
});
