import { describe, expect, it } from "vitest";
import type { Image } from "../../src/core/index.js";
import { evaluateObjectives, objectiveSpec } from "../../src/objectives/index.js";

const size = 64;
/** A bright disc of `signal` on `background`; the same field in every frame. */
function disc(signal: number, background: number): Image {
  const pixels = new Uint16Array(size * size);
  for (let i = 0; i < pixels.length; i++) {
    const inside = Math.hypot((i % size) - 32, Math.floor(i / size) - 32) < 16;
    pixels[i] = inside ? signal : background;
  }
  return { pixels, shape: [size, size], pixelSizeNm: 20 };
}
const score = { score: 0.7, lower: 0.6, upper: 0.8, inDomain: true, foreground: 0.2, ms: 1 };
const settings = { depletionPowerMw: 100, dwellTimeUs: 10, lineRepeats: 2 };

describe("objectives", () => {
  it("come out as computed by hand on a clean field", () => {
    const values = evaluateObjectives({
      before: disc(100, 0),
      sted: disc(50, 10),
      after: disc(75, 0),
      score,
      settings,
    });
    expect(values.quality?.value).toBe(0.7);
    expect(values.bleaching?.value).toBeCloseTo(0.25, 2);
    expect(values.signalRatio?.value).toBeCloseTo((50 - 10) / 100, 1);
    expect(values.pixelTimeUs).toEqual({ value: 20, unit: "µs" });
    expect(values.doseUj?.value).toBeCloseTo(2, 12);
  });

  it("give null with a reason where nothing can be said, never a number", () => {
    const blank = disc(5, 5);
    const none = {
      score: null,
      lower: null,
      upper: null,
      inDomain: false,
      foreground: 0,
      reason: "blank",
      ms: 1,
    };
    const values = evaluateObjectives({ before: blank, sted: blank, after: null, score: none, settings: {} });
    for (const v of Object.values(values)) {
      expect(v.value).toBeNull();
      expect(v.reason).toBeTruthy();
    }
    expect(values.quality?.reason).toBe("blank");
  });

  it("frames of different sizes are not compared", () => {
    const small: Image = { pixels: new Uint16Array(32 * 32).fill(3), shape: [32, 32], pixelSizeNm: 20 };
    const values = evaluateObjectives({ before: disc(9, 1), sted: small, after: small, score, settings });
    expect(values.bleaching?.reason).toMatch(/size/);
    expect(values.signalRatio?.reason).toMatch(/size/);
  });

  it("know their ideal from the parameters' bounds, and fold fixed settings into the factor", () => {
    const dwell = { name: "dwellTimeUs", label: "", unit: "µs", min: 2, max: 50, scale: "log" as const };
    const spec = objectiveSpec({ name: "pixelTimeUs", worstAcceptable: 60 }, [dwell], { lineRepeats: 3 });
    expect(spec).toMatchObject({
      ideal: 6,
      worstAcceptable: 60,
      weight: 1,
      known: { product: ["dwellTimeUs"], factor: 3 },
    });
    expect(() => objectiveSpec({ name: "qualty" }, [dwell], {})).toThrow(/unknown objective/);
  });
});
