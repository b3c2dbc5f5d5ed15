import { describe, expect, it } from "vitest";
import { gaussianBlur, type Image } from "../../src/core/index.js";
import { signalCorrelation } from "../../src/objectives/checkerboard.js";
import { cutOff, cutOffShare, smoothed } from "../../src/objectives/decorrelation.js";
import { transformed } from "../../src/objectives/frame-spectrum.js";
import { coarserBy, halvesCrossing } from "../../src/objectives/frc.js";
import { knownResolutionNm, look, pixelSizeNm, points, transposed } from "./synthetic.js";

/** Beams of 71 to 188 nm FWHM and 30 to 10,000 photons a molecule. */
const beams = [1.5, 2, 3, 4];
const brightness = [30, 300, 3000, 10_000];

describe("resolution of points under a Gaussian beam", () => {
  // Where the signal to noise ratio is 1/3 is known in closed form; wherever it lies inside the frequency limit.
  const cases = beams.flatMap((sigma) => brightness.map((photons) => ({ sigma, photons })));
  const inside = cases.filter((c) => knownResolutionNm(c) > 2.9 * pixelSizeNm);

  it.each(inside)("frcNm, sigma $sigma px, $photons photons", (c) => {
    const { value } = look(points(c))["frcNm"] as { value: number };
    expect(value / knownResolutionNm(c)).toBeGreaterThan(0.88);
    expect(value / knownResolutionNm(c)).toBeLessThan(1.12);
  });

  it.each(inside)("resolutionNm, sigma $sigma px, $photons photons", (c) => {
    const { value } = look(points(c))["resolutionNm"] as { value: number };
    expect(value / knownResolutionNm(c)).toBeGreaterThan(0.87);
    expect(value / knownResolutionNm(c)).toBeLessThan(1.13);
  });

  it.each(["frcNm", "resolutionNm"])("%s is null at the frequency limit, never a capped number", (name) => {
    const found = look(points({ sigma: 0.8, photons: 10_000 }))[name];
    expect(found?.value).toBeNull();
    expect(found?.reason).toMatch(/limit/);
  });

  it.each(["frcNm", "resolutionNm"])("%s grows with blur", (name) => {
    const values = [1.5, 2, 2.7, 3.6, 4.8].map(
      (sigma) => look(points({ sigma, photons: 1000 }))[name]?.value,
    );
    expect(values).not.toContain(null);
    expect(values).toEqual([...values].sort((a, b) => (a as number) - (b as number)));
  });

  it.each(["frcNm", "resolutionNm"])("%s shrinks with photons", (name) => {
    const values = [30, 300, 3000].map(
      (photons) => look(points({ sigma: 3, photons }))[name]?.value as number,
    );
    expect(values).toEqual([...values].sort((a, b) => b - a));
  });

  it.each(["frcNm", "resolutionNm"])("%s does not care which way the frame lies", (name) => {
    const frame = points({ sigma: 2, photons: 1000 });
    const turned = look(transposed(frame))[name]?.value as number;
    expect(turned / (look(frame)[name]?.value as number)).toBeCloseTo(1, 6);
  });

  it("is in nm: twice the pixel size, twice the value", () => {
    const frame = points({ sigma: 2, photons: 1000 });
    for (const name of ["frcNm", "resolutionNm"]) {
      const value = look(frame)[name]?.value as number;
      expect(look({ ...frame, pixelSizeNm: 40 })[name]).toEqual({ value: 2 * value, unit: "nm" });
    }
  });

  it.each([
    [150, 300],
    [300, 520],
  ])("a part of %i by %i pixels of any size will do", (height, width) => {
    const whole = points({ sigma: 2.5, photons: 1000, side: 520 });
    const pixels = new Uint16Array(height * width);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) pixels[y * width + x] = whole.pixels[y * 520 + x] as number;
    const found = look({ pixels, shape: [height, width], pixelSizeNm });
    for (const name of ["frcNm", "resolutionNm"]) {
      const ratio = (found[name]?.value as number) / knownResolutionNm({ sigma: 2.5, photons: 1000 });
      expect(Math.abs(ratio - 1)).toBeLessThan(0.13);
    }
  });
});

describe("the part of a frame that is looked at", () => {
  it.each([65, 100, 149, 224, 298, 300, 520])("is all of a frame of %i pixels", (size) => {
    const pixels = new Uint16Array(size * size).fill(1);
    expect(transformed({ pixels, shape: [size, size], pixelSizeNm }).seen.side).toBe(size);
  });

  it("is the middle of one of more than 1024", () => {
    const pixels = new Uint16Array(70 * 1100).fill(1);
    const { seen } = transformed({ pixels, shape: [70, 1100], pixelSizeNm });
    expect([seen.side, seen.spectrum.columns]).toEqual([70, 1024]);
  });
});

describe("resolution that cannot be trusted", () => {
  const frame = points({ sigma: 2, photons: 1000 });
  const both = (sted: Image, more = {}) => {
    const found = look(sted, more);
    return [found["frcNm"], found["resolutionNm"]];
  };

  it("smoothed pixels, whose noise is no longer independent", () => {
    const pixels = gaussianBlur(frame.pixels, 224, 224, 0.7);
    for (const found of both({ ...frame, pixels })) {
      expect(found?.value).toBeNull();
      expect(found?.reason).toMatch(/smoothed/);
    }
  });

  it("numbers that are no counts", () => {
    const pixels = Float32Array.from(frame.pixels, (v) => v / 50);
    for (const found of both({ ...frame, pixels })) expect(found?.reason).toMatch(/counting noise/);
    const scaled = Float32Array.from(frame.pixels, (v) => 10 * v);
    for (const found of both({ ...frame, pixels: scaled })) expect(found?.reason).toMatch(/not counts/);
  });

  it("a detector with dead time, which flattens what is bright", () => {
    const deadPixels = 0.04;
    const pixels = Float32Array.from(frame.pixels, (v) => Math.round(v / (1 + deadPixels * v)));
    for (const found of both({ ...frame, pixels })) expect(found?.reason).toMatch(/saturates/);
  });

  it("a field whose parts differ, which no fit to the whole can know", () => {
    const [fine, coarse] = [points({ sigma: 1.5, photons: 1000 }), points({ sigma: 4, photons: 3000 })];
    const pixels = fine.pixels.map((v, i) => (i % 224 < 84 ? v : (coarse.pixels[i] as number)));
    for (const found of both({ ...fine, pixels })) {
      expect(found?.value).toBeNull();
      expect(found?.reason).toMatch(/parts of the field differ by \d+ %/);
    }
  });

  it("a frame that bleached most of its sample", () => {
    const before = points({ sigma: 5, photons: 1000 });
    const after = { ...before, pixels: before.pixels.map((v) => Math.round(0.3 * v)) };
    for (const found of both(frame, { before, after })) expect(found?.reason).toMatch(/70 % .* bleached/);
  });
});

describe("what two frames have in common", () => {
  const frame = points({ sigma: 2, photons: 1000 });
  const seen = transformed(frame).seen;
  const crossing = halvesCrossing(seen);
  if ("reason" in crossing) throw new Error(crossing.reason);
  const ring = Math.round(crossing.ring);

  it("is all of it for a frame with itself, and for one that is brighter", () => {
    const brighter = { ...frame, pixels: frame.pixels.map((v) => 3 * v) };
    for (const other of [frame, brighter]) {
      const gamma = signalCorrelation(seen, transformed(other).seen, Math.round(0.5 * ring), ring);
      expect(gamma).toBeCloseTo(1, 6);
    }
  });

  it("is little for molecules in other places", () => {
    const other = transformed(transposed(frame)).seen;
    expect(Math.abs(signalCorrelation(seen, other, Math.round(0.5 * ring), ring))).toBeLessThan(0.2);
  });

  it("moves the answer by 1/(8γ² − 1) for 1/7", () => {
    expect(coarserBy(crossing, 1)).toBeCloseTo(1, 3);
    const [most, much] = [coarserBy(crossing, 0.95), coarserBy(crossing, 0.8)];
    expect(most).toBeGreaterThan(1.005);
    expect(much).toBeGreaterThan(most as number);
    // Half of the threshold's own correlation is not the sample's: no point of agreement is near.
    expect(coarserBy(crossing, 0.6)).toBeNull();
    expect(coarserBy(crossing, 0)).toBeNull();
  });
});

describe("decorrelation analysis by theory", () => {
  it("cuts off at the share of the frequency of signal to noise 1/3 that is documented", () => {
    const rings = 113;
    const shares: number[] = [];
    for (const slope of [0, 1, 2]) {
      for (const signal of [1e3, 3e3, 1e4, 3e4, 1e5]) {
        for (const fwhmNm of [220, 150, 110, 80, 56]) {
          const ratio = (ring: number): number => {
            const perNm = ring / (rings - 1) / (2 * pixelSizeNm);
            const transfer = Math.exp(-((Math.PI * fwhmNm * perNm) ** 2) / (4 * Math.LN2));
            return signal * transfer ** 2 * Math.min(1, (5 / ring) ** slope);
          };
          const end = rings - 1;
          if (ratio(end) > 1 / 3) continue;
          let [low, high] = [1, end];
          for (let i = 0; i < 50; i++) {
            const middle = (low + high) / 2;
            if (ratio(middle) > 1 / 3) low = middle;
            else high = middle;
          }
          const count = Float64Array.from({ length: rings }, (_, r) => (r === 0 ? 0.5 : Math.PI * r));
          const power = count.map((n, r) => n * (ratio(r) + 1));
          // Mean modulus of a complex normal deviate of that power.
          const amplitude = count.map((n, r) => n * Math.sqrt((Math.PI / 4) * (ratio(r) + 1)));
          shares.push(cutOff(smoothed({ amplitude, power, count })) / (low / end));
        }
      }
    }
    expect(shares.length).toBeGreaterThan(60);
    expect(Math.min(...shares)).toBeGreaterThan(0.88);
    expect(Math.max(...shares)).toBeLessThan(1.02);
    const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
    expect(Math.abs(mean - cutOffShare)).toBeLessThan(0.015);
  });
});
