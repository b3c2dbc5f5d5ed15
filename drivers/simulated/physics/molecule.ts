/**
 * What one molecule at an offset from the beam's axis emits and how fast it bleaches.
 * Source: gated stimulated-emission model (specification §1.4, Leutenegger et al. as used by pySTED),
 * bleaching of §1.6 (Oracz et al.), both as pySTED states them. SI units.
 */
import type { Beams } from "./beams.js";
import { type Microscope, planckTimesC } from "./profile.js";

export interface Powers {
  /** Time-averaged, before the objective, W. */
  readonly excitationW: number;
  readonly depletionW: number;
}
/** Grids of odd `size`, row-major (dy, dx), cropped to the square outside which both are zero. */
export interface MoleculeResponse {
  readonly size: number;
  /** Detected counts per second and molecule. */
  readonly countsPerS: Float64Array;
  /** Bleaching rate, 1/s. */
  readonly bleachPerS: Float64Array;
}

/** Re-excitation factor gamma: saturates at k_v/k_s. @param zeta in-pulse depletion intensity over I_sat */
export function depletionFactor(zeta: number, lifetimeS: number, vibrationalS: number): number {
  const ks = 1 / lifetimeS;
  const kv = 1 / vibrationalS;
  return (zeta * kv) / (zeta * ks + kv);
}

/** Saturation intensity h c / (tau lambda sigma), W/m². */
export function saturationIntensity(m: Microscope): number {
  return planckTimesC / (m.dye.lifetimeS * m.optics.depletionM * m.dye.stimulatedM2);
}

/** Share of the excited state's photons that falls in the gate, 0..1, given gamma of the depletion pulse. */
export function gatedShare(m: Microscope, gamma: number): number {
  const ks = 1 / m.dye.lifetimeS;
  const pulse = m.pulseS;
  const delay = m.detector.gateDelayS;
  const end = delay + m.detector.gateWidthS;
  const period = 1 - Math.exp(-ks / m.rateHz);
  if (delay >= pulse) {
    return (Math.exp(-ks * gamma * pulse) * (Math.exp(-ks * delay) - Math.exp(-ks * end))) / period;
  }
  const inside =
    (Math.exp(-ks * delay * (1 + gamma)) + gamma * Math.exp(-ks * pulse * (1 + gamma))) / (1 + gamma);
  return (inside - Math.exp(-ks * (gamma * pulse + end))) / period;
}

/** Factor on the bleaching rate when a share f of it needs the triplet to build up during the dwell: (1-f) + f (x+e^-x-1)/x. */
export function tripletFactor(m: Microscope, dwellS: number): number {
  const f = m.tripletFraction;
  if (f === 0) return 1;
  const x = dwellS / m.dye.tripletS;
  return 1 - f + (f * (x + Math.exp(-x) - 1)) / x;
}

/**
 * @param beams of the same microscope @param powers W @param dwellS needed only for the triplet's share
 * @returns detected counts/s and bleaching rate at every offset
 */
export function moleculeResponse(
  m: Microscope,
  beams: Beams,
  powers: Powers,
  dwellS: number,
): MoleculeResponse {
  const { dye, optics, detector } = m;
  const period = 1 / m.rateHz;
  const ks = 1 / dye.lifetimeS;
  const saturation = saturationIntensity(m);
  const perWatt = optics.excitationM / planckTimesC;
  // Photon energy of the depletion wavelength at emission, of the emission wavelength at detection: the anchor's quirk.
  const photons = (m.rateHz * optics.emissionM) / optics.depletionM;
  const efficiency = detector.collection * detector.detection;
  const triplet = tripletFactor(m, dwellS);
  const { size } = beams;
  const counts = new Float64Array(size * size);
  const bleach = new Float64Array(size * size);
  const at = (i: number): void => {
    const ex = powers.excitationW * (beams.excitation[i] as number);
    if (ex === 0 && !m.antiStokes) return;
    const st = powers.depletionW * (beams.depletion[i] as number);
    const flux = ex * perWatt;
    const excited = 1 - Math.exp(-dye.absorptionM2 * flux * period);
    const gamma = depletionFactor(st / saturation, dye.lifetimeS, dye.vibrationalS);
    let perPulse = dye.quantumYield * excited;
    if (m.antiStokes) {
      const stFlux = (st * m.pulseS * optics.depletionM) / planckTimesC;
      perPulse += dye.antiStokesM2 * dye.quantumYield * stFlux;
    }
    if (perPulse > 0) {
      counts[i] =
        efficiency * Math.floor(perPulse * photons * gatedShare(m, gamma) * (beams.detection[i] as number));
    }
    if (excited > 0) {
      const duringPulse = (1 - Math.exp(-ks * m.pulseS * (1 + gamma))) / (ks * (1 + gamma));
      const byDepletion =
        st > 0 ? ((dye.k0 * st + dye.k1 * st ** dye.b) * excited * duringPulse) / period : 0;
      bleach[i] = byDepletion * triplet + m.excitationBleachYield * dye.absorptionM2 * flux;
    }
  };
  const [shiftX, shiftY] = optics.doughnutShiftNm;
  if (shiftX !== 0 || shiftY !== 0) for (let i = 0; i < size * size; i++) at(i);
  else eightfold(size, at, counts, bleach);
  return crop(size, counts, bleach);
}

/** Radial patterns: one octant is computed, the other seven copied. */
function eightfold(size: number, at: (i: number) => void, ...grids: readonly Float64Array[]): void {
  const c = (size - 1) / 2;
  for (let dy = 0; dy <= c; dy++) {
    for (let dx = 0; dx <= dy; dx++) {
      const from = (c + dy) * size + c + dx;
      at(from);
      for (const [a, b] of [
        [dy, dx],
        [dx, dy],
      ] as const) {
        for (const grid of grids) {
          const v = grid[from] as number;
          grid[(c + a) * size + c + b] = v;
          grid[(c + a) * size + c - b] = v;
          grid[(c - a) * size + c + b] = v;
          grid[(c - a) * size + c - b] = v;
        }
      }
    }
  }
}

function crop(size: number, counts: Float64Array, bleach: Float64Array): MoleculeResponse {
  const centre = (size - 1) / 2;
  let radius = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (counts[y * size + x] !== 0 || bleach[y * size + x] !== 0) {
        radius = Math.max(radius, Math.abs(y - centre), Math.abs(x - centre));
      }
    }
  }
  const n = 2 * radius + 1;
  const cut = (from: Float64Array): Float64Array => {
    const out = new Float64Array(n * n);
    for (let y = 0; y < n; y++) {
      const start = (y + centre - radius) * size + centre - radius;
      out.set(from.subarray(start, start + n), y * n);
    }
    return out;
  };
  return { size: n, countsPerS: cut(counts), bleachPerS: cut(bleach) };
}
