import { describe, expect, it } from "vitest";
import type { SurvivalKernel, siteSurvival } from "../../drivers/simulated/frame/kernels.js";
import { rasterImage } from "../../drivers/simulated/frame/raster.js";
import {
  exposeField,
  type FrameJob,
  kernelsOf,
  type Method,
  type ScanPowers,
} from "../../drivers/simulated/frame/render.js";
import { anchorMicroscope } from "../../drivers/simulated/physics/profile.js";
import { MapField } from "../../drivers/simulated/sample/map-field.js";
import { MoleculeField } from "../../drivers/simulated/sample/molecule-field.js";
import { RandomStream } from "../../src/core/index.js";
import { num, table } from "./csv.js";

const gym = anchorMicroscope();
const reference = table("frame_64x64_reference");
const column = (name: string) => Float64Array.from(reference, (row) => num(row, name));
const molecules = Int32Array.from(reference, (row) => num(row, "molecules_before"));
const scan: ScanPowers = {
  heightPx: 64,
  widthPx: 64,
  dwellS: 20e-6,
  lines: 1,
  excitationW: 10e-6,
  depletionW: 0.15,
};
const kernelFor = (s: ScanPowers) => kernelsOf(gym, s, 20, 0)[0] as SurvivalKernel;
const sum = (v: ArrayLike<number>) => Array.from(v).reduce((a, b) => a + b, 0);
const mean = (v: ArrayLike<number>) => sum(v) / v.length;
const rms = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.sqrt(mean(Array.from(a, (v, i) => (v - (b[i] as number)) ** 2)));

const job = (
  s: ScanPowers,
  method: Method,
  run: number,
  map = molecules,
): FrameJob & { field: MapField } => ({
  microscope: gym,
  scan: s,
  field: new MapField(Int32Array.from(map), s.heightPx, s.widthPx),
  pixelNm: 20,
  method,
  bleaching: RandomStream.of(7, "bleaching", method, run),
  photons: RandomStream.of(7, "photons"),
});

describe("§7.6 the 64x64 reference frame", () => {
  it("method D's expectation is the table's", () => {
    const left = Float64Array.from(molecules);
    const image = rasterImage(left, kernelFor(scan), scan);
    const worst = (ours: ArrayLike<number>, name: string) =>
      column(name).reduce((w, v, i) => Math.max(w, Math.abs(v - (ours[i] as number))), 0);
    expect(worst(image, "expected_counts_with_bleach")).toBeLessThan(1e-5);
    expect(worst(left, "expected_molecules_left")).toBeLessThan(1e-5);
    const still: SurvivalKernel = { ...kernelFor(scan), dose: new Float64Array(kernelFor(scan).dose.length) };
    const unbleached = rasterImage(Float64Array.from(molecules), still, scan);
    expect(worst(unbleached, "expected_counts_no_bleach")).toBeLessThan(1e-5);
  });

  for (const method of ["event-driven", "hybrid"] as const) {
    it(`the mean of 200 ${method} frames is the table's, and so is their spread`, () => {
      const runs = 200;
      const total = new Float64Array(molecules.length);
      const squares = new Float64Array(molecules.length);
      let left = 0;
      for (let run = 0; run < runs; run++) {
        const j = job(scan, method, run);
        const { image } = exposeField(j);
        image.forEach((v, i) => {
          total[i] = (total[i] as number) + v;
          squares[i] = (squares[i] as number) + v * v;
        });
        left += sum(j.field.molecules);
      }
      const want = column("expected_counts_with_bleach");
      const ours = total.map((v) => v / runs);
      expect(Math.abs(sum(ours) / sum(want) - 1)).toBeLessThan(0.005);
      expect(rms(ours, want) / mean(want)).toBeLessThan(0.015);
      const survivors = column("expected_molecules_left");
      const variance = sum(survivors.map((v) => v * (1 - v / 20))) / runs;
      expect(Math.abs(left / runs - sum(survivors))).toBeLessThan(4 * Math.sqrt(variance));
      const spread = mean(squares.map((v, i) => (v / runs - (ours[i] as number) ** 2) * (runs / (runs - 1))));
      expect(Math.abs(spread / 0.0815 - 1)).toBeLessThan(0.05);
    });
  }
});

describe("§7.7 the hybrid against the raster", () => {
  const expectation = (s: ScanPowers, map: Int32Array) => {
    // The hybrid's expectation: survivors as fractions instead of draws.
    const field = {
      slices: 1,
      margin: false,
      left: new Float64Array(map.length),
      scan(grid: { widthPx: number }, survival: readonly ReturnType<typeof siteSurvival>[]) {
        const t = survival[0] as ReturnType<typeof siteSurvival>;
        return [
          Float32Array.from(map, (n, i) => {
            const row = Math.floor(i / grid.widthPx);
            const entry =
              (t.rowClass[row] as number) * t.classes + (t.columnClass[i % grid.widthPx] as number);
            this.left[i] = n * (t.total[entry] as number);
            return n * (t.before[entry] as number);
          }),
        ];
      },
      groups: () => {
        throw new Error("not asked for");
      },
      remove: () => undefined,
      truth: () => new Float32Array(0),
    };
    const { image, loss } = exposeField({ ...job(s, "hybrid", 0), field: field as never });
    return { image, loss, left: field.left };
  };
  const cases = [
    { dwellUs: 4, lines: 1, loss: 0.07, limit: 0.001 },
    { dwellUs: 17, lines: 1, loss: 0.28, limit: 0.005 },
    { dwellUs: 32, lines: 1, loss: 0.45, limit: 0.012 },
    { dwellUs: 85, lines: 1, loss: 0.8, limit: 0.03 },
    { dwellUs: 17 / 3, lines: 3, loss: 0.28, limit: 0.005 },
    { dwellUs: 32 / 5, lines: 5, loss: 0.45, limit: 0.012 },
  ];
  for (const { dwellUs, lines, loss, limit } of cases) {
    it(`loss ${loss}, ${lines} lines: rms/mean < ${limit}, survivors exact`, () => {
      const s = { ...scan, dwellS: dwellUs * 1e-6, lines };
      const ours = expectation(s, molecules);
      expect(Math.abs(ours.loss - loss)).toBeLessThan(0.02);
      const left = Float64Array.from(molecules);
      const image = rasterImage(left, kernelFor(s), s);
      expect(rms(ours.image, image) / mean(image)).toBeLessThan(limit);
      expect(rms(ours.left, left)).toBeLessThan(1e-9);
    });
  }

  it("pixels of two sites (r = 2): hybrid and exact method against the raster that skips every other position", () => {
    const fine = { ...scan, dwellS: 60e-6 };
    const coarse: ScanPowers = { ...fine, heightPx: 32, widthPx: 32 };
    const left = Float64Array.from(molecules);
    const dwellFactor = Float64Array.from(molecules, (_, i) =>
      Math.floor(i / 64) % 2 === 0 && (i % 64) % 2 === 0 ? 1 : 0,
    );
    const full = rasterImage(left, kernelFor(fine), fine, { dwellFactor });
    const want = Float64Array.from(
      { length: 1024 },
      (_, i) => full[2 * Math.floor(i / 32) * 64 + 2 * (i % 32)] as number,
    );
    for (const method of ["hybrid", "event-driven"] as const) {
      const runs = 150;
      const total = new Float64Array(1024);
      let survivors = 0;
      for (let run = 0; run < runs; run++) {
        const field = new MapField(Int32Array.from(molecules), 64, 64);
        const { image } = exposeField({ ...job(coarse, method, run), field, pixelNm: 40 });
        image.forEach((v, i) => {
          total[i] = (total[i] as number) + v / runs;
        });
        survivors += sum(field.molecules) / runs;
      }
      expect(Math.abs(sum(total) / sum(want) - 1)).toBeLessThan(0.005);
      expect(rms(total, want) / mean(want)).toBeLessThan(0.015);
      expect(Math.abs(survivors / sum(left) - 1)).toBeLessThan(0.003);
    }
  });

  it("what lies a little outside of the frame shines into its own side of it, by either method", () => {
    // 3 pixels above the frame and on its last row; a confocal of the anchor bleaches nothing, so that nothing is drawn.
    const molecules = {
      x: Float32Array.of(640, 640),
      y: Float32Array.of(-50, 1270),
      z: Float32Array.of(0, 0),
    };
    const image = (method: Method) => {
      const field = new MoleculeField([{ molecules: { ...molecules, alive: 2 } }], 1);
      return exposeField({ ...job({ ...scan, depletionW: 0 }, method, 0), field }).image;
    };
    const [exact, hybrid] = [image("event-driven"), image("hybrid")];
    expect(sum(hybrid)).toBeGreaterThan(1);
    expect(rms(exact, hybrid) / mean(hybrid)).toBeLessThan(1e-9);
  });

  it("§7.5 the dose of a pixel step of two is a quarter, for every phase", () => {
    const one = kernelsOf(gym, scan, 20, 0, 1)[0] as SurvivalKernel;
    for (const phase of kernelsOf(gym, scan, 40, 0, 2)) {
      expect(Math.abs(sum(one.dose) / sum(phase.dose) / 4 - 1)).toBeLessThan(0.001);
    }
  });
});

describe("§7.8 conservation and symmetry", () => {
  it("molecules are whole, never more than before, and two frames compose", () => {
    const survived: number[] = [];
    for (const method of ["hybrid", "event-driven"] as const) {
      let left = 0;
      const runs = 40;
      for (let run = 0; run < runs; run++) {
        const first = job(scan, method, run);
        exposeField(first);
        const between = Int32Array.from(first.field.molecules);
        exposeField({ ...first, bleaching: RandomStream.of(7, "second", method, run) });
        first.field.molecules.forEach((n, i) => {
          if (
            !(
              Number.isInteger(n) &&
              n >= 0 &&
              n <= (between[i] as number) &&
              (between[i] as number) <= (molecules[i] as number)
            )
          )
            throw new Error(`site ${i}: ${molecules[i]} -> ${between[i]} -> ${n}`);
        });
        left += sum(first.field.molecules) / runs;
      }
      survived.push(left);
      const share = column("expected_molecules_left").map((v) => v / 20);
      const want = sum(share.map((s, i) => (molecules[i] as number) * s * s));
      const sd = Math.sqrt(sum(share.map((s, i) => (molecules[i] as number) * s * s * (1 - s * s))) / runs);
      expect(Math.abs(left - want)).toBeLessThan(4 * sd);
    }
    expect(survived).toHaveLength(2);
  });

  it("turning sample and scan by 180 degrees turns the image; turning only the sample changes it", () => {
    const s = { ...scan, dwellS: 21e-6 };
    const kernel = kernelFor(s);
    const turned = <T extends ArrayLike<number>>(v: T) => Float64Array.from(v).reverse();
    const straight = rasterImage(Float64Array.from(molecules), kernel, s);
    const both = rasterImage(turned(molecules), kernel, s, { reversed: true });
    const sampleOnly = rasterImage(turned(molecules), kernel, s);
    expect(rms(turned(both), straight)).toBeLessThan(1e-9);
    expect(Math.abs(kernel.loss - 0.33)).toBeLessThan(0.01);
    expect(rms(turned(sampleOnly), straight) / mean(straight)).toBeGreaterThan(0.05);
  });
});
