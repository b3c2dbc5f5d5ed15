/**
 * Pixels coarser than the optics can be sampled (specification §3, "Pixel step r"): the beam visits every r-th site of
 * a finer grid. Molecules of one phase (their place inside the coarse pixel) all see the same coarse kernel, so a
 * coarse frame is r² ordinary ones added up.
 */
import type { MoleculeResponse } from "../physics/molecule.js";

/** Fine sites per pixel side: 1 up to 25 nm, else as many as keep the fine grid at or below 25 nm. */
export function refinement(pixelNm: number): number {
  return Math.max(1, Math.ceil(pixelNm / 25 - 1e-9));
}

/** Responses on the coarse grid for molecules at phase (row a, column b), order a·r + b. */
export function phaseResponses(fine: MoleculeResponse, r: number): MoleculeResponse[] {
  if (r === 1) return [fine];
  const centre = (fine.size - 1) / 2;
  const radius = Math.ceil(centre / r) + 1;
  const size = 2 * radius + 1;
  const out: MoleculeResponse[] = [];
  for (let a = 0; a < r; a++) {
    for (let b = 0; b < r; b++) {
      const countsPerS = new Float64Array(size * size);
      const bleachPerS = new Float64Array(size * size);
      for (let y = 0; y < size; y++) {
        const fy = r * (y - radius) + a + centre;
        if (fy < 0 || fy >= fine.size) continue;
        for (let x = 0; x < size; x++) {
          const fx = r * (x - radius) + b + centre;
          if (fx < 0 || fx >= fine.size) continue;
          countsPerS[y * size + x] = fine.countsPerS[fy * fine.size + fx] as number;
          bleachPerS[y * size + x] = fine.bleachPerS[fy * fine.size + fx] as number;
        }
      }
      out.push({ size, countsPerS, bleachPerS });
    }
  }
  return out;
}
