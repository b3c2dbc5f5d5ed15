import { type Beams, idealBeams, withResidual } from "./beams.js";
import { type MoleculeResponse, moleculeResponse, type Powers } from "./molecule.js";
import type { Microscope } from "./profile.js";

const kept = new Map<string, Beams>();

/** Beams of a microscope on a grid, computed once per optics, pixel and depth. @param pixelNm @param depthNm distance from focus */
export function beamsOf(m: Microscope, pixelNm: number, depthNm = 0): Beams {
  const duty = m.pulseS * m.rateHz;
  const { zeroResidual, ...optics } = m.optics;
  const key = JSON.stringify([optics, duty, pixelNm, depthNm]);
  let found = kept.get(key);
  if (found === undefined) {
    found = idealBeams(m.optics, pixelNm * 1e-9, duty, depthNm * 1e-9);
    if (kept.size > 60) kept.clear();
    kept.set(key, found);
  }
  return withResidual(found, zeroResidual);
}

/** Response of one molecule for given powers. @param dwellS pixel dwell, s (matters to the triplet only) */
export function responseOf(
  m: Microscope,
  pixelNm: number,
  powers: Powers,
  dwellS: number,
  depthNm = 0,
): MoleculeResponse {
  return moleculeResponse(m, beamsOf(m, pixelNm, depthNm), powers, dwellS);
}

/** Full width at half maximum along the centre row by linear interpolation, nm. */
export function centreFwhmNm(size: number, grid: Float64Array, pixelNm: number): number {
  const centre = (size - 1) / 2;
  const row = grid.subarray(centre * size, (centre + 1) * size);
  const half = (row[centre] as number) / 2;
  const edge = (step: number): number => {
    for (let i = centre; i + step >= 0 && i + step < size; i += step) {
      const a = row[i] as number;
      const b = row[i + step] as number;
      if (b < half) return Math.abs(i - centre) + (a - half) / (a - b);
    }
    return Number.NaN;
  };
  return (edge(-1) + edge(1)) * pixelNm;
}
