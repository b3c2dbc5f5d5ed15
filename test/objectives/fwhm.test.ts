import { levenbergMarquardt } from "ml-levenberg-marquardt";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import { fitPeak, peakAt } from "../../src/objectives/peak-fit.js";
import { lines, look, pixelSizeNm, points, sigmaToFwhm, transposed } from "./synthetic.js";

describe("fitPeak", () => {
  const x = Float64Array.from({ length: 41 }, (_, i) => (i - 20) / 2);
  const peak = { height: 40, centre: 0.7, fwhm: 4.2, background: 5 };
  const start = { height: 20, centre: 0, fwhm: 7, background: 0 };

  it("finds a peak without noise to the last digits", () => {
    const fit = fitPeak(
      x,
      x.map((v) => peakAt(peak, v)),
      x.map(() => 1),
      start,
    );
    expect(fit?.fwhm).toBeCloseTo(4.2, 6);
    expect(fit?.centre).toBeCloseTo(0.7, 6);
    expect(fit?.height).toBeCloseTo(40, 5);
    expect(fit?.background).toBeCloseTo(5, 5);
  });

  it("states the scatter of the width that repeated noise shows", () => {
    const random = RandomStream.of(3, "fit");
    const widths: number[] = [];
    let stated = 0;
    let chi2 = 0;
    const runs = 400;
    for (let i = 0; i < runs; i++) {
      const y = x.map((v) => peakAt(peak, v) + 2 * random.normal());
      const fit = fitPeak(
        x,
        y,
        x.map(() => 1 / 4),
        start,
      );
      if (fit === null) throw new Error("no fit");
      widths.push(fit.fwhm);
      stated += fit.fwhmSd / runs;
      chi2 += fit.chi2 / runs;
    }
    const mean = widths.reduce((a, b) => a + b, 0) / runs;
    const sd = Math.sqrt(widths.reduce((a, b) => a + (b - mean) ** 2, 0) / (runs - 1));
    expect(Math.abs(mean - 4.2)).toBeLessThan(4 * (sd / Math.sqrt(runs)) + 0.02);
    expect(sd / stated).toBeGreaterThan(0.88);
    expect(sd / stated).toBeLessThan(1.12);
    expect(Math.abs(chi2 - 1)).toBeLessThan(0.05);
  });

  it("finds what the library ml-levenberg-marquardt finds, and never a worse sum of squares", () => {
    const random = RandomStream.of(4, "oracle");
    for (let i = 0; i < 100; i++) {
      const truth = {
        height: random.between(20, 80),
        centre: random.between(-1, 1),
        fwhm: random.between(3, 8),
        background: random.between(0, 10),
      };
      const y = x.map((v) => peakAt(truth, v) + 2 * random.normal());
      const guess = { ...truth, centre: 0, fwhm: 1.3 * truth.fwhm };
      const fit = fitPeak(
        x,
        y,
        x.map(() => 1 / 4),
        guess,
      );
      const of = ([height = 0, centre = 0, fwhm = 1, background = 0]: readonly number[]) => ({
        height,
        centre,
        fwhm,
        background,
      });
      const library = levenbergMarquardt({ x, y }, (p) => (v) => peakAt(of(p), v), {
        initialValues: [guess.height, guess.centre, guess.fwhm, guess.background],
        gradientDifference: 1e-4,
        centralDifference: true,
        maxIterations: 60,
        errorTolerance: 1e-12,
      });
      const theirs = of(library.parameterValues);
      const squares = (p: typeof truth): number =>
        x.reduce((sum, v, k) => sum + ((y[k] as number) - peakAt(p, v)) ** 2, 0);
      if (fit === null) throw new Error("no fit");
      expect(squares(fit)).toBeLessThanOrEqual(squares(theirs) * (1 + 1e-5));
      expect(Math.abs(fit.fwhm / theirs.fwhm - 1)).toBeLessThan(5e-3);
    }
  });

  it("says so where there is no peak", () => {
    expect(
      fitPeak(
        x,
        x.map(() => 5),
        x.map(() => 1),
        start,
      ),
    ).toBeNull();
    expect(fitPeak(x.slice(0, 5), x.slice(0, 5), x.slice(0, 5), start)).toBeNull();
  });
});

describe("fwhmNm", () => {
  it.each([1.2, 1.6, 2.2, 3, 4.5])("of lines with a Gaussian cross section of sigma %f px", (sigma) => {
    for (const floor of [0, 5]) {
      const { value } = look(lines({ sigma, crest: 60, floor }))["fwhmNm"] as { value: number };
      expect(Math.abs(value / (sigma * sigmaToFwhm * pixelSizeNm) - 1)).toBeLessThan(0.05);
    }
  });

  it.each([1.5, 2.5])("of separate points of sigma %f px", (sigma) => {
    const frame = points({ sigma, photons: 3000, perPixel: 0.0012 });
    const { value } = look(frame)["fwhmNm"] as { value: number };
    expect(Math.abs(value / (sigma * sigmaToFwhm * pixelSizeNm) - 1)).toBeLessThan(0.08);
  });

  it.each([5, 7, 10])(
    "of points with pixels so small that sigma is %f px: within 15 %%, or null",
    (sigma) => {
      const found = look({ ...points({ sigma, photons: 30_000 }), pixelSizeNm: 10 });
      expect(found["snr"]?.value).toBeGreaterThan(5);
      const { value, reason } = found["fwhmNm"] ?? {};
      if (value === null) expect(reason).toMatch(/clean line profiles|differ/);
      else expect(Math.abs((value as number) / (10 * sigmaToFwhm * sigma) - 1)).toBeLessThan(0.15);
    },
  );

  it("grows with blur and does not care which way the frame lies", () => {
    const frames = [1.3, 1.8, 2.5, 3.4].map((sigma) => lines({ sigma, crest: 60 }));
    const values = frames.map((f) => look(f)["fwhmNm"]?.value as number);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    frames.forEach((f, i) => {
      expect((look(transposed(f))["fwhmNm"]?.value as number) / (values[i] as number)).toBeCloseTo(1, 6);
    });
  });

  it("is null where the lines are narrower than two pixels, too dim, or too few", () => {
    expect(look(lines({ sigma: 0.65, crest: 200 }))["fwhmNm"]?.reason).toMatch(/pixels too large/);
    expect(look(lines({ sigma: 0.78, crest: 25 }))["fwhmNm"]?.reason).toMatch(/narrower than two pixels/);
    expect(look(lines({ sigma: 2, crest: 1, floor: 3 }))["fwhmNm"]?.reason).toMatch(/clean line profiles/);
    expect(look(lines({ sigma: 12, crest: 60 }))["fwhmNm"]?.value).toBeNull();
  });
});
