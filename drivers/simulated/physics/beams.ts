/**
 * The three point patterns of the microscope on the pixel grid: excitation, doughnut, detection.
 * Source: vectorial Debye integrals for circular polarisation, reduced to their radial form (specification §1.2),
 * detection by Airy pattern and pinhole (§1.3), defocus by the phase exp(i k z cos t) (§1.7).
 */
import { besselJ, gaussLegendre } from "./bessel.js";
import type { Optics } from "./profile.js";

/** Square odd grids of one size; value 0 outside each pattern's own window. Row-major (dy, dx). */
export interface Beams {
  readonly size: number;
  /** W/m² per W before the objective, time average. */
  readonly excitation: Float64Array;
  /** W/m² per W before the objective, inside the pulse, zero residual included. */
  readonly depletion: Float64Array;
  /** Crest of the doughnut in focus, without residual. */
  readonly crest: number;
  /** 1 inside the window of the doughnut. */
  readonly depletionWindow: Float64Array;
  /** Share of emitted photons, 0..transmission. */
  readonly detection: Float64Array;
}

/** 16 are enough for 1e-15 of the peak (specification §1.2). */
const nodes = 16;

/** Half-width in pixels of the window that the anchor computes for one wavelength: int(2.233 lambda / (2 NA px)). */
export function windowRadius(wavelengthM: number, numericalAperture: number, pixelM: number): number {
  return Math.trunc((2.233 * wavelengthM) / (2 * numericalAperture) / pixelM);
}

type Pupil = (sin: number, cos: number) => number;
const wide: Pupil = (s, c) => s * (1 + c);
const axial: Pupil = (s) => s * s;
const narrow: Pupil = (s, c) => s * (1 - c);
const scalar: Pupil = (s) => s;
/** Intensity = sum of weight · |A_order[pupil]|². */
type Terms = readonly (readonly [weight: number, pupil: Pupil, order: number])[];
const excitationTerms: Terms = [
  [1, wide, 0],
  [2, axial, 1],
  [1, narrow, 2],
];
const doughnutTerms: Terms = [
  [1, wide, 1],
  [2, axial, 2],
  [1, narrow, 3],
];
const scalarTerms: Terms = [[1, scalar, 0]];

/** Unnormalised intensity as a function of radius, m. */
function radial(optics: Optics, wavelengthM: number, terms: Terms, depthM: number): (r: number) => number {
  const k = (2 * Math.PI * optics.refractiveIndex) / wavelengthM;
  const alpha = Math.asin(optics.numericalAperture / optics.refractiveIndex);
  const { x, w } = gaussLegendre(nodes, 0, alpha);
  const known = new Map<number, number>();
  return (r) => {
    const key = Math.round(r * 1e15);
    const before = known.get(key);
    if (before !== undefined) return before;
    const re = new Float64Array(terms.length);
    const im = new Float64Array(terms.length);
    for (let i = 0; i < nodes; i++) {
      const t = x[i] as number;
      const sin = Math.sin(t);
      const cos = Math.cos(t);
      const j = besselJ(k * r * sin, 3);
      const phase = k * depthM * cos;
      for (let m = 0; m < terms.length; m++) {
        const [, pupil, order] = terms[m] as Terms[number];
        const value = (w[i] as number) * Math.sqrt(cos) * pupil(sin, cos) * (j[order] as number);
        re[m] = (re[m] as number) + value * Math.cos(phase);
        im[m] = (im[m] as number) + value * Math.sin(phase);
      }
    }
    let intensity = 0;
    for (let m = 0; m < terms.length; m++) {
      const weight = (terms[m] as Terms[number])[0];
      intensity += weight * ((re[m] as number) ** 2 + (im[m] as number) ** 2);
    }
    known.set(key, intensity);
    return intensity;
  };
}

/** Samples a radial function on a grid of odd `size`, zero beyond `radius` pixels (square window). */
function sample(
  size: number,
  radius: number,
  pixelM: number,
  value: (r: number) => number,
  shiftM: readonly [number, number] = [0, 0],
): Float64Array {
  const out = new Float64Array(size * size);
  const centre = (size - 1) / 2;
  for (let dy = -radius; dy <= radius; dy++) {
    for (let dx = -radius; dx <= radius; dx++) {
      const r = Math.hypot(dy * pixelM - shiftM[1], dx * pixelM - shiftM[0]);
      out[(dy + centre) * size + dx + centre] = value(r);
    }
  }
  return out;
}

function total(values: Float64Array): number {
  let sum = 0;
  for (const v of values) sum += v;
  return sum;
}
function greatest(values: Float64Array): number {
  let max = 0;
  for (const v of values) if (v > max) max = v;
  return max;
}

/**
 * @param pixelM grid step, m @param duty pulse length × rate of the depletion laser
 * @param depthM distance of the emitter from the focal plane, m (0 = the anchor)
 */
export function beams(optics: Optics, pixelM: number, duty: number, depthM = 0): Beams {
  return withResidual(idealBeams(optics, pixelM, duty, depthM), optics.zeroResidual);
}

/** Lifts the doughnut's whole window so that its centre is z/(1+z) of the crest, which stays. */
export function withResidual(ideal: Beams, zeroResidual: number): Beams {
  const lift = zeroResidual * ideal.crest;
  return {
    ...ideal,
    depletion: ideal.depletion.map((v, i) =>
      ideal.depletionWindow[i] === 0 ? 0 : (v + lift) / (1 + zeroResidual),
    ),
  };
}

/** The three patterns with a doughnut that is perfectly dark in its centre. */
export function idealBeams(optics: Optics, pixelM: number, duty: number, depthM: number): Beams {
  const na = optics.numericalAperture;
  const rEx = windowRadius(optics.excitationM, na, pixelM);
  const rSt = windowRadius(optics.depletionM, na, pixelM);
  const rEm = windowRadius(optics.emissionM, na, pixelM);
  const size = 2 * Math.max(rEx, rSt, rEm) + 1;
  const area = pixelM * pixelM;

  const scaled = (terms: Terms, wavelength: number, radius: number, shiftNm: readonly [number, number]) => {
    const focus = sample(size, radius, pixelM, radial(optics, wavelength, terms, 0));
    const unit = 1 / (total(focus) * area);
    const shift: [number, number] = [shiftNm[0] * 1e-9, shiftNm[1] * 1e-9];
    const still = depthM === 0 && shift[0] === 0 && shift[1] === 0;
    const grid = still
      ? focus
      : sample(size, radius, pixelM, radial(optics, wavelength, terms, depthM), shift);
    return { grid: grid.map((v) => v * unit), crest: greatest(focus) * unit };
  };
  const ex = scaled(excitationTerms, optics.excitationM, rEx, [0, 0]);
  const st = scaled(doughnutTerms, optics.depletionM, rSt, optics.doughnutShiftNm);
  const inPulse = optics.transmission.depletion / duty;
  return {
    size,
    excitation: ex.grid.map((v) => v * optics.transmission.excitation),
    depletion: st.grid.map((v) => v * inPulse),
    crest: st.crest * inPulse,
    depletionWindow: sample(size, rSt, pixelM, () => 1),
    detection: detection(optics, size, rEm, pixelM, depthM),
  };
}

/** Detection pattern: pixel-averaged Airy (or defocused scalar) pattern blurred by the pinhole's disc, peak = transmission in focus. */
function detection(
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
  const peak = greatest(focus);
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
