/**
 * The three point patterns of the microscope on the pixel grid: excitation, doughnut, detection.
 * Source: vectorial Debye integrals for circular polarisation, reduced to their radial form (specification §1.2),
 * detection by Airy pattern and pinhole (§1.3), defocus by the phase exp(i k z cos t) (§1.7).
 */
import { detection } from "./detection.js";
import { doughnutTerms, excitationTerms, radial, type Terms, tabulated } from "./focus.js";
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

/** Half-width in pixels of the window that the anchor computes for one wavelength: int(2.233 lambda / (2 NA px)). */
export function windowRadius(wavelengthM: number, numericalAperture: number, pixelM: number): number {
  return Math.trunc((2.233 * wavelengthM) / (2 * numericalAperture) / pixelM);
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
    const shift: [number, number] = [shiftNm[0] * 1e-9, shiftNm[1] * 1e-9];
    const focus = sample(size, radius, pixelM, radial(optics, wavelength, terms, 0));
    const unit = 1 / (total(focus) * area);
    const crest = greatest(focus) * unit;
    const shifted = shift[0] !== 0 || shift[1] !== 0;
    if (depthM === 0 && !shifted) return { grid: focus.map((v) => v * unit), crest };
    const exact = radial(optics, wavelength, terms, depthM);
    const reach = (radius * Math.SQRT2 + 1) * pixelM + Math.hypot(...shift);
    const grid = sample(size, radius, pixelM, shifted ? tabulated(exact, reach) : exact, shift);
    return { grid: grid.map((v) => v * unit), crest };
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
