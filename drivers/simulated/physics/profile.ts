/**
 * Constants of the simulated microscope, SI units. Source: shared specification §1.1, the `gym` profile of
 * pySTED (FLClab, CC-BY 4.0) and gym-sted; formulas and numbers only.
 */
export const planckTimesC = 6.62606957e-34 * 299792458;

export interface Optics {
  readonly numericalAperture: number;
  readonly refractiveIndex: number;
  readonly excitationM: number;
  readonly depletionM: number;
  readonly emissionM: number;
  /** Transmission of the objective, 0..1, at the three wavelengths. */
  readonly transmission: {
    readonly excitation: number;
    readonly depletion: number;
    readonly emission: number;
  };
  /** Share of the doughnut's crest that is left in its centre (before lifting), >= 0. */
  readonly zeroResidual: number;
  /** Shift of the doughnut against the excitation, nm (x, y). */
  readonly doughnutShiftNm: readonly [number, number];
  /** Pinhole diameter in Airy units. */
  readonly pinholeAiry: number;
}
export interface Dye {
  /** Quantum yield, 0..1. */
  readonly quantumYield: number;
  /** Absorption cross-section at the excitation wavelength, m². */
  readonly absorptionM2: number;
  /** Absorption cross-section at the depletion wavelength, m²; used only with anti-Stokes excitation. */
  readonly antiStokesM2: number;
  /** Cross-section of stimulated emission, m². */
  readonly stimulatedM2: number;
  /** Fluorescence lifetime, s. */
  readonly lifetimeS: number;
  /** Vibrational relaxation, s. */
  readonly vibrationalS: number;
  /** Triplet build-up time, s. */
  readonly tripletS: number;
  /** Bleaching constants of k0 I + k1 I^b. */
  readonly k0: number;
  readonly k1: number;
  readonly b: number;
}
export interface Detector {
  /** Photon collection and detection efficiencies, 0..1. */
  readonly collection: number;
  readonly detection: number;
  readonly gateDelayS: number;
  readonly gateWidthS: number;
  readonly backgroundPerS: number;
  readonly darkPerS: number;
  /** Non-paralysable dead time, s; 0 = none. */
  readonly deadTimeS: number;
  /** Probability that a count is followed by a false one in the same pixel. */
  readonly afterpulse: number;
  /** Largest count a pixel can hold. */
  readonly clip: number;
}
export interface Microscope {
  readonly optics: Optics;
  readonly dye: Dye;
  readonly detector: Detector;
  readonly pulseS: number;
  readonly rateHz: number;
  readonly antiStokes: boolean;
  /** Share of the bleaching that runs through the triplet state and so needs time to build up (0 = anchor). */
  readonly tripletFraction: number;
  /** Bleaching per excitation without depletion light (Phi_b); 0 = anchor, where a confocal is free. */
  readonly excitationBleachYield: number;
}

const gymDye: Dye = {
  quantumYield: 0.65,
  absorptionM2: 3.2e-21,
  antiStokesM2: 3.5e-25,
  stimulatedM2: 3e-22,
  lifetimeS: 3.5e-9,
  vibrationalS: 1e-12,
  tripletS: 1.2e-6,
  k0: 0,
  k1: 2.9e-16,
  b: 1.66,
};

export const dyes = {
  gym: gymDye,
  atto: { ...gymDye, absorptionM2: 2.14e-20, k1: 1.3e-15, b: 1.6 },
} as const satisfies Record<string, Dye>;
export type DyeName = keyof typeof dyes;

/** The published model exactly (anchor mode). @param dye name of the dye, default `gym` */
export function anchorMicroscope(dye: DyeName = "gym"): Microscope {
  return {
    optics: {
      numericalAperture: 1.4,
      refractiveIndex: 1.5,
      excitationM: 635e-9,
      depletionM: 750e-9,
      emissionM: 690e-9,
      transmission: { excitation: 0.84, depletion: 0.77, emission: 0.82 },
      zeroResidual: 0.01,
      doughnutShiftNm: [0, 0],
      pinholeAiry: 0.7,
    },
    dye: dyes[dye],
    detector: {
      collection: 0.1,
      detection: 0.5,
      gateDelayS: 750e-12,
      gateWidthS: 8e-9,
      backgroundPerS: 0.5 / (3 * 10e-6),
      darkPerS: 0,
      deadTimeS: 0,
      afterpulse: 0,
      clip: Number.POSITIVE_INFINITY,
    },
    pulseS: 400e-12,
    rateHz: 40e6,
    antiStokes: false,
    tripletFraction: 0,
    excitationBleachYield: 0,
  };
}

/** What real rigs add, each a switch; 0 turns it off. */
export interface Realism {
  /** Share of the bleaching that builds up with the triplet state, 0..1; default 0.5. */
  readonly tripletFraction?: number | undefined;
  /** Bleaching per excitation without depletion light; default 3e-6. */
  readonly excitationBleachYield?: number | undefined;
  /** Of the photon counter, non-paralysable; default 50 ns. */
  readonly deadTimeNs?: number | undefined;
  /** Probability that a count is followed by a false one; default 0.01. */
  readonly afterpulse?: number | undefined;
  /** Dark counts per second; default 200. */
  readonly darkPerS?: number | undefined;
}

/**
 * Rig mode: the published model and what real rigs add (`Realism`), with a counter that ends at 65535. Without it
 * excitation, dwell and lines are one knob and a confocal frame is free (specification §1.8).
 */
export function rigMicroscope(dye: DyeName = "gym", realism: Realism = {}): Microscope {
  const anchor = anchorMicroscope(dye);
  const { tripletFraction = 0.5, excitationBleachYield = 3e-6, deadTimeNs = 50 } = realism;
  const { afterpulse = 0.01, darkPerS = 200 } = realism;
  return {
    ...anchor,
    tripletFraction,
    excitationBleachYield,
    detector: { ...anchor.detector, deadTimeS: deadTimeNs * 1e-9, afterpulse, darkPerS, clip: 65535 },
  };
}
