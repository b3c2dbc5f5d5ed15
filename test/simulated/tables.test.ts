import { describe, expect, it } from "vitest";
import {
  depletionFactor,
  gatedShare,
  saturationIntensity,
} from "../../drivers/simulated/physics/molecule.js";
import { anchorMicroscope, type Microscope, rigMicroscope } from "../../drivers/simulated/physics/profile.js";
import { beamsOf, centreFwhmNm, responseOf } from "../../drivers/simulated/physics/response.js";
import { num, table } from "./csv.js";

const sum = (v: Float64Array) => v.reduce((a, b) => a + b, 0);
const max = (v: Float64Array) => v.reduce((a, b) => Math.max(a, b), 0);
const relative = (ours: number, reference: number) => Math.abs(ours / reference - 1);
const withZero = (m: Microscope, zeroResidual: number): Microscope => ({
  ...m,
  optics: { ...m.optics, zeroResidual },
});
const dyeOf = (name: string) => (name.includes("atto") ? ("atto" as const) : ("gym" as const));
const gym = anchorMicroscope();
const at = (m: Microscope, mw: number, uw: number, px = 20, dwellUs = 10) =>
  responseOf(m, px, { excitationW: uw * 1e-6, depletionW: mw * 1e-3 }, dwellUs * 1e-6);

describe("§7.1 beams", () => {
  for (const px of [10, 20]) {
    it(`${px} nm: rows within 1e-6 of the peak, integrals, residual zero, radial`, () => {
      const b = beamsOf(gym, px);
      const dark = beamsOf(withZero(gym, 0), px);
      const rows = table(`beam_profiles_row_${px}nm`);
      const c = (b.size - 1) / 2;
      expect(rows.length).toBe(b.size);
      for (const row of rows) {
        const i = c * b.size + c + num(row, "x_nm") / px;
        const off = (ours: Float64Array, column: string) =>
          Math.abs((ours[i] as number) - num(row, column)) / max(ours);
        expect(off(b.excitation, "I_ex_time_avg_W_per_m2_per_W")).toBeLessThan(1e-6);
        expect(off(dark.depletion, "I_sted_in_pulse_W_per_m2_per_W_zero_residual_0")).toBeLessThan(1e-6);
        expect(off(b.depletion, "I_sted_in_pulse_W_per_m2_per_W_zero_residual_0p01")).toBeLessThan(1e-6);
        expect(off(b.detection, "psf_det_ratio")).toBeLessThan(1e-6);
      }
      const area = (px * 1e-9) ** 2;
      expect(relative(sum(b.excitation) * area, 0.84)).toBeLessThan(1e-9);
      expect(relative(sum(dark.depletion) * area * 0.016, 0.77)).toBeLessThan(1e-9);
      const d = b.depletion;
      expect(Math.abs((d[c * b.size + c] as number) / max(d) - 0.01 / 1.01)).toBeLessThan(1e-6);
      // (3, 4) and (5, 0) lie at the same radius.
      for (const grid of [b.excitation, d]) {
        expect(
          relative(grid[(c + 3) * b.size + c + 4] as number, grid[c * b.size + c + 5] as number),
        ).toBeLessThan(1e-9);
      }
    });
  }

  it("§1.7 out of focus the peak falls to .85 .51 .19 .03, the crest to .91 .67 .39 .25, the axis stays dark", () => {
    const focus = beamsOf(withZero(gym, 0), 20);
    const c = (focus.size - 1) / 2;
    const middle = c * focus.size + c;
    const want = [
      [150, 0.85, 0.91],
      [300, 0.51, 0.67],
      [450, 0.19, 0.39],
      [600, 0.03, 0.25],
    ] as const;
    for (const [depth, peak, crest] of want) {
      const b = beamsOf(withZero(gym, 0), 20, depth);
      expect((b.excitation[middle] as number) / (focus.excitation[middle] as number)).toBeCloseTo(peak, 1);
      expect(Math.abs(max(b.depletion) / max(focus.depletion) - crest)).toBeLessThan(0.01);
      expect((b.depletion[middle] as number) / max(b.depletion)).toBeLessThan(1e-9);
    }
  });

  it("a shifted doughnut is the same doughnut elsewhere", () => {
    const shifted = beamsOf({ ...gym, optics: { ...gym.optics, doughnutShiftNm: [40, -20] } }, 20);
    const still = beamsOf(gym, 20);
    const c = (still.size - 1) / 2;
    for (let dy = -20; dy <= 20; dy += 5) {
      for (let dx = -20; dx <= 20; dx += 5) {
        const here = shifted.depletion[(c + dy - 1) * still.size + c + dx + 2] as number;
        const there = still.depletion[(c + dy) * still.size + c + dx] as number;
        expect(Math.abs(here - there) / max(still.depletion)).toBeLessThan(2e-6);
      }
    }
  });
});

describe("§7.2 effective PSF against power (dye atto)", () => {
  const fwhms = new Map<string, number[]>();
  it("all rows within .5 %", () => {
    const rows = table("effective_psf_fwhm_vs_power");
    expect(rows.length).toBe(154);
    for (const row of rows) {
      const m = withZero(anchorMicroscope("atto"), num(row, "zero_residual_ratio"));
      const px = num(row, "pixel_nm");
      const r = at(m, num(row, "p_sted_mW"), 10, px);
      const c = at(m, 0, 10, px);
      const fwhm = centreFwhmNm(r.size, r.countsPerS, px);
      const key = `${px}/${row.zero_residual_ratio}`;
      fwhms.set(key, [...(fwhms.get(key) ?? []), fwhm]);
      expect(relative(fwhm, num(row, "fwhm_nm"))).toBeLessThan(0.005);
      const peak = max(r.countsPerS) / max(c.countsPerS);
      expect(relative(peak, num(row, "peak_relative_to_confocal"))).toBeLessThan(0.005);
      expect(peak).toBeLessThanOrEqual(1);
      const integral = sum(r.countsPerS) / sum(c.countsPerS);
      expect(relative(integral, num(row, "integral_relative_to_confocal"))).toBeLessThan(0.005);
    }
  });
  it("FWHM strictly falls with power, the peak with the residual", () => {
    expect(fwhms.size).toBeGreaterThan(0);
    for (const list of fwhms.values()) {
      for (let i = 1; i < list.length; i++) expect(list[i]).toBeLessThan(list[i - 1] as number);
    }
    const peaks = [0, 0.005, 0.01, 0.05].map((z) => max(at(withZero(gym, z), 150, 10).countsPerS));
    for (let i = 1; i < peaks.length; i++) expect(peaks[i]).toBeLessThan(peaks[i - 1] as number);
  });
});

describe("§7.3 gating", () => {
  it("all rows within .5 %", () => {
    const rows = table("gating_reference");
    expect(rows.length).toBe(28);
    for (const row of rows) {
      const rateHz = num(row, "rep_rate_MHz") * 1e6;
      const cw = (row.mode as string).toLowerCase().includes("cw");
      const m: Microscope = {
        ...withZero(gym, 0),
        rateHz,
        pulseS: cw ? 1 / rateHz : num(row, "sted_pulse_ps") * 1e-12,
        detector: { ...gym.detector, gateDelayS: num(row, "gate_delay_ns") * 1e-9, gateWidthS: 8e-9 },
      };
      const r = at(m, num(row, "p_sted_mW"), 10);
      const c = at(m, 0, 10);
      expect(relative(centreFwhmNm(r.size, r.countsPerS, 20), num(row, "fwhm_nm"))).toBeLessThan(0.005);
      expect(relative(max(r.countsPerS), num(row, "peak_detected_counts_per_s_per_molecule"))).toBeLessThan(
        0.005,
      );
      expect(
        relative(sum(r.countsPerS) / sum(c.countsPerS), num(row, "integral_relative_to_confocal")),
      ).toBeLessThan(0.005);
    }
  });
  it("behind the pulse the delay scales the signal only", () => {
    const delayed = (delayNs: number): Microscope => ({
      ...gym,
      detector: { ...gym.detector, gateDelayS: delayNs * 1e-9 },
    });
    const gamma = depletionFactor(40, gym.dye.lifetimeS, gym.dye.vibrationalS);
    const ratio = (a: number, b: number, g: number) => gatedShare(delayed(b), g) / gatedShare(delayed(a), g);
    for (const [a, b] of [
      [0.4, 0.75],
      [0.75, 3],
      [1, 6],
    ] as const) {
      const want = Math.exp(-((b - a) * 1e-9) / gym.dye.lifetimeS);
      expect(relative(ratio(a, b, 0), want)).toBeLessThan(1e-4);
      // The same factor at every depletion intensity: the width cannot move.
      expect(relative(ratio(a, b, gamma), ratio(a, b, 0))).toBeLessThan(1e-9);
    }
    expect(gatedShare(gym, 0)).toBeCloseTo(0.7256, 4);
  });
});

describe("§7.4 counts", () => {
  it("all rows within .2 %", () => {
    const rows = table("single_molecule_counts");
    expect(rows.length).toBe(384);
    for (const row of rows) {
      const m = withZero(anchorMicroscope(dyeOf(row.dye as string)), num(row, "zero_residual_ratio"));
      const peak = max(at(m, num(row, "p_sted_mW"), num(row, "p_ex_uW")).countsPerS);
      expect(relative(peak, num(row, "expected_detected_counts_per_s"))).toBeLessThan(0.002);
    }
  });
  it("excitation saturates", () => {
    for (const [dye, want] of [
      ["gym", 1.9987],
      ["atto", 1.991],
    ] as const) {
      const m = anchorMicroscope(dye);
      expect(Math.abs(max(at(m, 0, 1).countsPerS) / max(at(m, 0, 0.5).countsPerS) - want)).toBeLessThan(1e-3);
    }
  });
  it("depletion saturates at k_vib / k_s", () => {
    expect(depletionFactor(1e9, gym.dye.lifetimeS, gym.dye.vibrationalS)).toBeCloseTo(3500, 0);
    expect(saturationIntensity(gym)).toBeGreaterThan(0);
  });
});

describe("§7.5 bleaching", () => {
  it("all rows within .002", () => {
    const rows = table("bleached_fraction_interior");
    expect(rows.length).toBe(770);
    for (const row of rows) {
      const m = withZero(anchorMicroscope(dyeOf(row.dye as string)), num(row, "zero_residual_ratio"));
      const r = at(m, num(row, "p_sted_mW"), num(row, "p_ex_uW"));
      const loss = 1 - Math.exp(-num(row, "dwell_us") * 1e-6 * sum(r.bleachPerS));
      expect(Math.abs(loss - num(row, "expected_fraction_bleached_per_frame"))).toBeLessThan(0.002);
      const most = num(row, "k_bleach_max_per_s");
      expect(Math.abs(max(r.bleachPerS) - most)).toBeLessThan(0.002 * Math.max(1, most));
    }
  });
  it("k and counts along the centre row", () => {
    for (const row of table("k_bleach_and_effective_row_gym")) {
      const r = at(gym, num(row, "p_sted_mW"), num(row, "p_ex_uW"));
      const c = (r.size - 1) / 2;
      const x = num(row, "x_nm") / 20;
      const value = (grid: Float64Array) => (Math.abs(x) > c ? 0 : (grid[c * r.size + c + x] as number));
      expect(Math.abs(value(r.bleachPerS) - num(row, "k_bleach_per_s"))).toBeLessThan(
        2e-6 * max(r.bleachPerS),
      );
      const counts = num(row, "detected_counts_per_s_per_molecule");
      // The table has no floor to whole photons.
      expect(Math.abs(value(r.countsPerS) - counts)).toBeLessThan(0.051 + 2e-6 * counts);
    }
  });
  it("nothing without depletion in anchor mode, something in rig mode", () => {
    expect(sum(at(gym, 0, 10).bleachPerS)).toBe(0);
    expect(sum(at(rigMicroscope(), 0, 10).bleachPerS)).toBeGreaterThan(0);
  });
  it("grows with depletion, excitation; a ring does it, not the centre", () => {
    const losses = (list: readonly (readonly [number, number])[]) =>
      list.map(([p, e]) => sum(at(gym, p, e).bleachPerS));
    for (const list of [
      losses([10, 50, 100, 200, 350].map((p) => [p, 10] as const)),
      losses([1, 3, 10, 20].map((e) => [150, e] as const)),
    ]) {
      for (let i = 1; i < list.length; i++) expect(list[i]).toBeGreaterThan(list[i - 1] as number);
    }
    for (const p of [10, 50, 150, 350]) {
      const { size, bleachPerS } = at(gym, p, 10, 5);
      const c = (size - 1) / 2;
      const row = bleachPerS.subarray(c * size + c, (c + 1) * size);
      const radiusNm = 5 * row.indexOf(max(row));
      expect(radiusNm).toBeGreaterThanOrEqual(100);
      expect(radiusNm).toBeLessThanOrEqual(145);
      expect(row[0]).toBeLessThan(0.025 * max(bleachPerS));
    }
  });
  it("§1.8 the triplet makes many short visits milder than one long", () => {
    const rig = { ...rigMicroscope(), excitationBleachYield: 0 };
    const share = (dwellUs: number) =>
      sum(at(rig, 150, 10, 20, dwellUs).bleachPerS) / sum(at(gym, 150, 10).bleachPerS);
    expect(share(2)).toBeCloseTo(0.76, 2);
    expect(share(10)).toBeCloseTo(0.94, 2);
  });
});
