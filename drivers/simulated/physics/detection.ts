/** Detection pattern of the confocal microscope (specification §1.3). */
import { besselJ, gaussLegendre } from "./bessel.js";
import { radial, scalarTerms } from "./focus.js";
import type { Optics } from "./profile.js";

/** Detection pattern: pixel-averaged Airy (or defocused scalar) pattern blurred by the pinhole's disc, peak = transmission in focus. */
export function detection(
  optics: Optics,
  size: number,
  radius: number,
  pixelM: number,
  depthM: number,
): Float64Array {
  const na = optics.numericalAperture;
  const airyM = optics.emissionM / (2 * na);
  const airy = (r: number): number => {
    const u = (Math.PI * r) / airyM;
    if (u < 1e-9) return 1;
    return ((2 * (besselJ(u, 1)[1] as number)) / u) ** 2;
  };
  const pinholeM = (optics.pinholeAiry * 0.61 * optics.emissionM) / na;
  const spot = (pattern: (r: number) => number): Float64Array => {
    const { x, w } = gaussLegendre(4, -pixelM / 2, pixelM / 2);
    const grid = new Float64Array((2 * radius + 1) ** 2);
    const n = 2 * radius + 1;
    for (let dy = 0; dy <= radius; dy++) {
      for (let dx = 0; dx <= dy; dx++) {
        let sum = 0;
        for (let i = 0; i < 4; i++) {
          for (let j = 0; j < 4; j++) {
            const r = Math.hypot(dy * pixelM + (x[i] as number), dx * pixelM + (x[j] as number));
            sum += (w[i] as number) * (w[j] as number) * pattern(r);
          }
        }
        for (const [a, b] of [
          [dy, dx],
          [dx, dy],
        ] as const) {
          for (const sy of [-1, 1]) {
            for (const sx of [-1, 1]) grid[(radius + sy * a) * n + radius + sx * b] = sum;
          }
        }
      }
    }
    return throughPinhole(grid, radius, pinholeM / pixelM);
  };
  // Out of focus the shape comes from the scalar integral; both are scaled by their own in-focus peak.
  const focus = spot(depthM === 0 ? airy : radial(optics, optics.emissionM, scalarTerms, 0));
  const grid = depthM === 0 ? focus : spot(radial(optics, optics.emissionM, scalarTerms, depthM));
  const peak = focus.reduce((a, b) => Math.max(a, b), 0);
  const out = new Float64Array(size * size);
  const offset = (size - 1) / 2 - radius;
  const n = 2 * radius + 1;
  for (let y = 0; y < n; y++) {
    for (let x = 0; x < n; x++) {
      out[(y + offset) * size + x + offset] =
        ((grid[y * n + x] as number) / peak) * optics.transmission.emission;
    }
  }
  return out;
}

/** 2-D "same" convolution with the disc of the given radius in pixels (a run per row of it); nothing outside the window. */
function throughPinhole(grid: Float64Array, radius: number, discPx: number): Float64Array {
  const n = 2 * radius + 1;
  const reach = Math.floor(discPx + 1e-9);
  const prefix = new Float64Array(n * (n + 1));
  for (let y = 0; y < n; y++) {
    for (let x = 0; x < n; x++) {
      prefix[y * (n + 1) + x + 1] = (prefix[y * (n + 1) + x] as number) + (grid[y * n + x] as number);
    }
  }
  const out = new Float64Array(n * n);
  for (let dy = -reach; dy <= reach; dy++) {
    const half = Math.floor(Math.sqrt(Math.max(0, discPx * discPx - dy * dy)) + 1e-9);
    for (let y = Math.max(0, -dy); y < Math.min(n, n - dy); y++) {
      const row = (y + dy) * (n + 1);
      for (let x = 0; x < n; x++) {
        const low = prefix[row + Math.max(0, x - half)] as number;
        const high = prefix[row + Math.min(n, x + half + 1)] as number;
        out[y * n + x] = (out[y * n + x] as number) + high - low;
      }
    }
  }
  return out;
}
