/** Samples of known width, and what the estimates of resolution should say of them. */
import { anchorMicroscope } from "../drivers/simulated/physics/profile.js";
import { centreFwhmNm, responseOf } from "../drivers/simulated/physics/response.js";
import { RandomStream } from "../src/core/index.js";

/** Pixels of a side of all samples here; pixels are of 20 nm. */
export const side = 224;

/** Straight filaments without any width. @param perPx molecules per pixel of length */
export function filaments(count: number, perPx: number, seed: number): Int32Array {
  const random = RandomStream.of(seed, "filaments");
  const molecules = new Int32Array(side * side);
  for (let k = 0; k < count; k++) {
    const angle = random.between(0, Math.PI);
    const [x0, y0] = [random.between(0, side), random.between(0, side)];
    for (let t = -2 * side; t < 2 * side; t += 1 / perPx) {
      add(molecules, x0 + t * Math.cos(angle), y0 + t * Math.sin(angle));
    }
  }
  return molecules;
}

/** Single pixels full of molecules, half to one and a half times `each`. */
export function spots(count: number, each: number, seed: number): Int32Array {
  const random = RandomStream.of(seed, "spots");
  const molecules = new Int32Array(side * side);
  for (let k = 0; k < count; k++) {
    const at = random.int(side * side);
    molecules[at] = (molecules[at] as number) + Math.round(each * random.between(0.5, 1.5));
  }
  return molecules;
}

/** Three straight axons with a ring every 190 nm, seen from the side, so that the rings' ends are brighter. */
export function rings(seed: number): Int32Array {
  const random = RandomStream.of(seed, "rings");
  const molecules = new Int32Array(side * side);
  for (let k = 0; k < 3; k++) {
    const angle = random.between(0, Math.PI);
    const [x0, y0] = [random.between(60, 164), random.between(60, 164)];
    const radius = random.between(10, 20);
    for (let ring = -40; ring < 40; ring++) {
      for (let i = 0; i < 600; i++) {
        const along = ring * 9.5 + random.normal();
        const across = radius * Math.cos(random.between(0, 2 * Math.PI));
        const x = x0 + along * Math.cos(angle) - across * Math.sin(angle);
        add(molecules, x, y0 + along * Math.sin(angle) + across * Math.cos(angle));
      }
    }
  }
  return molecules;
}

function add(molecules: Int32Array, x: number, y: number): void {
  const [column, row] = [Math.round(x), Math.round(y)];
  if (column < 0 || row < 0 || column >= side || row >= side) return;
  molecules[row * side + column] = (molecules[row * side + column] as number) + 1;
}

/** FWHM, nm, of the effective point pattern, or of its projection on a line, which a filament's profile has. */
export function knownFwhmNm(depletionMw: number, of: "point" | "line"): number {
  const stepNm = 5;
  const powers = { excitationW: 10e-6, depletionW: depletionMw * 1e-3 };
  const grid = responseOf(anchorMicroscope(), stepNm, powers, 10e-6).countsPerS;
  const size = Math.round(Math.sqrt(grid.length));
  if (of === "point") return centreFwhmNm(size, grid, stepNm);
  const rows = new Float64Array(size * size);
  const centre = ((size - 1) / 2) * size;
  grid.forEach((v, i) => {
    const at = centre + (i % size);
    rows[at] = (rows[at] as number) + v;
  });
  return centreFwhmNm(size, rows, stepNm);
}
