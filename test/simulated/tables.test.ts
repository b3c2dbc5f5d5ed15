import { describe, expect, it } from "vitest";
import { anchorMicroscope, type Microscope } from "../../drivers/simulated/physics/profile.js";
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

describe("reference tables", () => {
  it("§7.1 beams: rows within 1e-6 of the peak, unit integrals, residual zero", () => {
    for (const px of [10, 20]) {
      const b = beamsOf(anchorMicroscope(), px);
      const b0 = beamsOf(withZero(anchorMicroscope(), 0), px);
      const rows = table(`beam_profiles_row_${px}nm`);
      const centre = (b.size - 1) / 2;
      let worst = 0;
      for (const row of rows) {
        const i = centre * b.size + centre + num(row, "x_nm") / px;
        const check = (ours: Float64Array, column: string) => {
          worst = Math.max(worst, Math.abs((ours[i] as number) - num(row, column)) / max(ours));
        };
        check(b.excitation, "I_ex_time_avg_W_per_m2_per_W");
        check(b0.depletion, "I_sted_in_pulse_W_per_m2_per_W_zero_residual_0");
        check(b.depletion, "I_sted_in_pulse_W_per_m2_per_W_zero_residual_0p01");
        check(b.detection, "psf_det_ratio");
      }
      expect(worst).toBeLessThan(1e-6);
      const area = (px * 1e-9) ** 2;
      expect(relative(sum(b.excitation) * area, 0.84)).toBeLessThan(1e-9);
      expect(relative(sum(b0.depletion) * area * 0.016, 0.77)).toBeLessThan(1e-9);
      const d = b.depletion;
      expect(Math.abs((d[centre * b.size + centre] as number) / max(d) - 0.01 / 1.01)).toBeLessThan(1e-6);
    }
  });

  it("§7.2 effective PSF against power", () => {
    let worst = 0;
    for (const row of table("effective_psf_fwhm_vs_power")) {
      const m = withZero(anchorMicroscope("atto"), num(row, "zero_residual_ratio"));
      const px = num(row, "pixel_nm");
      const at = (mw: number) => responseOf(m, px, { excitationW: 10e-6, depletionW: mw * 1e-3 }, 1e-5);
      const r = at(num(row, "p_sted_mW"));
      const c = at(0);
      worst = Math.max(
        worst,
        relative(centreFwhmNm(r.size, r.countsPerS, px), num(row, "fwhm_nm")),
        relative(max(r.countsPerS) / max(c.countsPerS), num(row, "peak_relative_to_confocal")),
        relative(sum(r.countsPerS) / sum(c.countsPerS), num(row, "integral_relative_to_confocal")),
      );
    }
    expect(worst).toBeLessThan(0.005);
  });

  it("§7.4 counts", () => {
    let worst = 0;
    for (const row of table("single_molecule_counts")) {
      const m = withZero(anchorMicroscope(dyeOf(row.dye as string)), num(row, "zero_residual_ratio"));
      const r = responseOf(
        m,
        20,
        { excitationW: num(row, "p_ex_uW") * 1e-6, depletionW: num(row, "p_sted_mW") * 1e-3 },
        1e-5,
      );
      worst = Math.max(worst, relative(max(r.countsPerS), num(row, "expected_detected_counts_per_s")));
    }
    expect(worst).toBeLessThan(0.002);
  });

  it("§7.5 bleaching", () => {
    let worst = 0;
    for (const row of table("bleached_fraction_interior")) {
      const m = withZero(anchorMicroscope(dyeOf(row.dye as string)), num(row, "zero_residual_ratio"));
      const r = responseOf(
        m,
        20,
        { excitationW: num(row, "p_ex_uW") * 1e-6, depletionW: num(row, "p_sted_mW") * 1e-3 },
        1e-5,
      );
      const loss = 1 - Math.exp(-num(row, "dwell_us") * 1e-6 * sum(r.bleachPerS));
      worst = Math.max(worst, Math.abs(loss - num(row, "expected_fraction_bleached_per_frame")));
    }
    expect(worst).toBeLessThan(0.002);
  });
});
