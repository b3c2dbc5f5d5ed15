/** Every reference table against the simulator: the worst row of each, with what is allowed (specification §2, §7). */

import type { SurvivalKernel } from "../drivers/simulated/frame/kernels.js";
import { rasterImage } from "../drivers/simulated/frame/raster.js";
import { exposeField, kernelsOf, type Method, type ScanPowers } from "../drivers/simulated/frame/render.js";
import { anchorMicroscope, type Microscope } from "../drivers/simulated/physics/profile.js";
import { beamsOf, centreFwhmNm, responseOf } from "../drivers/simulated/physics/response.js";
import { MapField } from "../drivers/simulated/sample/map-field.js";
import { RandomStream } from "../src/core/index.js";
import { gym, referenceTable } from "./simulator-shared.js";

export interface Check {
  readonly name: string;
  readonly rows: number;
  /** The row that deviates most. */
  readonly ours: number;
  readonly reference: number;
  /** Relative or absolute, as `allowed` is. */
  readonly deviation: number;
  readonly allowed: number;
  readonly kind: "relative" | "absolute";
  readonly unit: string;
}

type Row = Record<string, string>;
export const num = (row: Row, column: string): number => Number(row[column]);
const sum = (v: ArrayLike<number>): number => Array.from(v).reduce((a, b) => a + b, 0);
const max = (v: ArrayLike<number>): number => Array.from(v).reduce((a, b) => Math.max(a, b), 0);
const zero = (m: Microscope, zeroResidual: number): Microscope => ({
  ...m,
  optics: { ...m.optics, zeroResidual },
});
const dye = (row: Row): "atto" | "gym" => (row.dye?.includes("atto") ? "atto" : "gym");

/** Collects pairs and keeps the worst. */
export function worst(
  name: string,
  unit: string,
  kind: Check["kind"],
  allowed: number,
  pairs: readonly (readonly [ours: number, reference: number])[],
  scale = 1,
): Check {
  let found = { ours: 0, reference: 0, deviation: -1 };
  for (const [ours, reference] of pairs) {
    const off = Math.abs(ours - reference);
    const deviation = kind === "relative" ? off / Math.abs(reference) : off / scale;
    if (deviation > found.deviation) found = { ours, reference, deviation };
  }
  return { name, unit, kind, allowed, rows: pairs.length, ...found };
}

export function physicsChecks(): Check[] {
  const at = (m: Microscope, row: Row, px = 20) => {
    const powers = { excitationW: num(row, "p_ex_uW") * 1e-6, depletionW: num(row, "p_sted_mW") * 1e-3 };
    return responseOf(m, px, powers, 1e-5);
  };
  const out: Check[] = [];
  for (const px of [10, 20]) {
    const b = beamsOf(gym, px);
    const c = (b.size - 1) / 2;
    const rows = referenceTable(`beam_profiles_row_${px}nm`);
    const pairs = (grid: Float64Array, column: string) =>
      rows.map((r) => [grid[c * b.size + c + num(r, "x_nm") / px] as number, num(r, column)] as const);
    const of = (name: string, grid: Float64Array, column: string) =>
      worst(`${name}, ${px} nm`, "of the peak", "absolute", 1e-6, pairs(grid, column), max(grid));
    out.push(of("excitation profile", b.excitation, "I_ex_time_avg_W_per_m2_per_W"));
    out.push(of("depletion profile", b.depletion, "I_sted_in_pulse_W_per_m2_per_W_zero_residual_0p01"));
    out.push(of("detection profile", b.detection, "psf_det_ratio"));
  }
  const psf = referenceTable("effective_psf_fwhm_vs_power").map((row) => {
    const m = zero(anchorMicroscope("atto"), num(row, "zero_residual_ratio"));
    const px = num(row, "pixel_nm");
    const r = at(m, { ...row, p_ex_uW: "10" }, px);
    const c = at(m, { ...row, p_ex_uW: "10", p_sted_mW: "0" }, px);
    return { row, r, c, px };
  });
  out.push(
    worst(
      "effective FWHM against power",
      "nm",
      "relative",
      0.005,
      psf.map(({ row, r, px }) => [centreFwhmNm(r.size, r.countsPerS, px), num(row, "fwhm_nm")]),
    ),
    worst(
      "peak over confocal",
      "1",
      "relative",
      0.005,
      psf.map(({ row, r, c }) => [
        max(r.countsPerS) / max(c.countsPerS),
        num(row, "peak_relative_to_confocal"),
      ]),
    ),
    worst(
      "integral over confocal",
      "1",
      "relative",
      0.005,
      psf.map(({ row, r, c }) => [
        sum(r.countsPerS) / sum(c.countsPerS),
        num(row, "integral_relative_to_confocal"),
      ]),
    ),
  );
  const gates = referenceTable("gating_reference").map((row) => {
    const rateHz = num(row, "rep_rate_MHz") * 1e6;
    const pulseS = row.mode?.toLowerCase().includes("cw") ? 1 / rateHz : num(row, "sted_pulse_ps") * 1e-12;
    const gateDelayS = num(row, "gate_delay_ns") * 1e-9;
    const m: Microscope = { ...zero(gym, 0), rateHz, pulseS, detector: { ...gym.detector, gateDelayS } };
    return { row, r: at(m, { ...row, p_ex_uW: "10" }) };
  });
  out.push(
    worst(
      "gating: FWHM",
      "nm",
      "relative",
      0.005,
      gates.map(({ row, r }) => [centreFwhmNm(r.size, r.countsPerS, 20), num(row, "fwhm_nm")]),
    ),
    worst(
      "gating: counts",
      "1/s",
      "relative",
      0.005,
      gates.map(({ row, r }) => [max(r.countsPerS), num(row, "peak_detected_counts_per_s_per_molecule")]),
    ),
    worst(
      "single-molecule counts",
      "1/s",
      "relative",
      0.002,
      referenceTable("single_molecule_counts").map((row) => [
        max(at(zero(anchorMicroscope(dye(row)), num(row, "zero_residual_ratio")), row).countsPerS),
        num(row, "expected_detected_counts_per_s"),
      ]),
    ),
    worst(
      "bleached fraction against dose",
      "1",
      "absolute",
      0.002,
      referenceTable("bleached_fraction_interior").map((row) => {
        const r = at(zero(anchorMicroscope(dye(row)), num(row, "zero_residual_ratio")), row);
        return [
          1 - Math.exp(-num(row, "dwell_us") * 1e-6 * sum(r.bleachPerS)),
          num(row, "expected_fraction_bleached_per_frame"),
        ];
      }),
    ),
  );
  return out;
}

const scan: ScanPowers = {
  heightPx: 64,
  widthPx: 64,
  dwellS: 20e-6,
  lines: 1,
  excitationW: 10e-6,
  depletionW: 0.15,
};

export function frameChecks(runs = 200): Check[] {
  const rows = referenceTable("frame_64x64_reference");
  const column = (name: string) => Float64Array.from(rows, (r) => num(r, name));
  const molecules = Int32Array.from(rows, (r) => num(r, "molecules_before"));
  const want = column("expected_counts_with_bleach");
  const kernel = kernelsOf(gym, scan, 20, 0)[0] as SurvivalKernel;
  const raster = rasterImage(Float64Array.from(molecules), kernel, scan);
  const out = [
    worst(
      "64x64 frame, raster: counts of a pixel",
      "counts",
      "absolute",
      1e-5,
      Array.from(want, (v, i) => [raster[i] as number, v] as const),
    ),
  ];
  for (const method of ["event-driven", "hybrid"] as const satisfies readonly Method[]) {
    const total = new Float64Array(want.length);
    let left = 0;
    for (let run = 0; run < runs; run++) {
      const field = new MapField(Int32Array.from(molecules), 64, 64);
      const streams = {
        bleaching: RandomStream.of(run, "bleaching"),
        photons: RandomStream.of(run, "photons"),
      };
      const { image } = exposeField({ microscope: gym, scan, field, pixelNm: 20, method, ...streams });
      for (let i = 0; i < image.length; i++) total[i] = (total[i] as number) + (image[i] as number) / runs;
      left += sum(field.molecules) / runs;
    }
    const rms = Math.sqrt(want.reduce((s, v, i) => s + (v - (total[i] as number)) ** 2, 0) / want.length);
    const mean = sum(want) / want.length;
    out.push(
      worst(`64x64 frame, ${method}: sum of ${runs} frames`, "counts", "relative", 0.005, [
        [sum(total), sum(want)],
      ]),
      worst(`64x64 frame, ${method}: rms over mean`, "1", "absolute", 0.015, [[rms / mean, 0]]),
      worst(`64x64 frame, ${method}: survivors`, "molecules", "relative", 0.003, [
        [left, sum(column("expected_molecules_left"))],
      ]),
    );
  }
  return out;
}
