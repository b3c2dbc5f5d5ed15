import { checkerboardRings, type Rings } from "./checkerboard.js";
import type { ObjectiveDefinition } from "./contract.js";
import { type Crossing, crossingOf } from "./crossing.js";
import type { FrameSpectrum, Untrusted } from "./frame-spectrum.js";

/** Correlation of two halves at which the whole correlates 0.5 with the truth (Rosenthal and Henderson 2003). */
const threshold = 1 / 7;
/** Rings averaged: the one and so many on either side. */
const reach = 2;
/** From twice the threshold to the threshold the frequency may grow by this: a Gaussian beam's falls faster. */
const greatestFade = 1.2;
/** Standard deviation that the answer may have: two of them stay within 15 %. */
export const greatestSd = 0.075;
/** Coarsest ring that may be the answer: a fifth of the field. */
const firstRing = 5;

/** First ring whose mean with two neighbours on either side is below the threshold. */
function firstBelow(correlation: readonly number[]): number | null {
  for (let i = reach; i < correlation.length - reach; i++) {
    let mean = 0;
    for (let k = i - reach; k <= i + reach; k++) mean += (correlation[k] as number) / (2 * reach + 1);
    if (mean < threshold) return i;
  }
  return null;
}

/**
 * Where the halves of the checkerboard correlate 1/7. The first five rings whose mean lies below say where about; the
 * crossing itself is that of a Gaussian transfer fitted to all rings around it, which scatters less.
 */
export function halvesCrossing(seen: FrameSpectrum): (Crossing & { readonly rings: Rings }) | Untrusted {
  const rings = checkerboardRings(seen);
  const { correlation, independent } = rings;
  const below = firstBelow(correlation);
  if (below === null) return { reason: "the halves correlate up to the frequency limit of the pixels" };
  if (below === reach) return { reason: "the halves of the frame do not correlate: too few photons" };
  const crossing = crossingOf(correlation, independent, below, threshold);
  if (crossing === null) {
    return { reason: "the correlation of the halves does not fall through 1/7 just once" };
  }
  return { ...crossing, rings };
}

/** Period of a ring, nm. */
export const periodNm = ({ side, pixelSizeNm }: FrameSpectrum, ring: number): number =>
  (side * pixelSizeNm) / ring;

/** What ring correlation says: its period, the ring that has it, its standard deviation, and all rings. */
export interface RingEstimate {
  readonly valueNm: number;
  readonly ring: number;
  /** As a share of the period, for an evenly lit field. */
  readonly relativeSd: number;
  readonly rings: Rings;
}

/** Period at which the halves correlate 1/7, where it is one and known well enough. */
export function ringCorrelationEstimate(seen: FrameSpectrum): RingEstimate | Untrusted {
  const crossing = halvesCrossing(seen);
  if ("reason" in crossing) return crossing;
  const { ring, relativeSd, fade, rings } = crossing;
  if (ring < firstRing) return { reason: "nothing finer than a fifth of the field correlates" };
  if (fade > greatestFade) return { reason: "the correlation fades too slowly to name a resolution" };
  if (relativeSd > greatestSd) {
    return {
      reason: `the resolution is uncertain by ${Math.round(100 * relativeSd)} %: too little structure`,
    };
  }
  return { valueNm: periodNm(seen, ring), ring, relativeSd, rings };
}

/**
 * How much coarser the sample is shown than the halves say, when their common detail is not all the sample's: of signal and
 * noise S and N a frame correlates γ √(S/(S+N)) with a sample that its signal correlates γ with. That is 0.5 where the
 * halves correlate 1/(8γ² − 1), which is 1/7 for γ = 1.
 * @param estimate where the halves correlate 1/7 @param coherence γ, 0..1
 * @returns factor of the period, at least 1; null where no such point is near
 */
export function coarserBy(
  { ring, rings }: Pick<RingEstimate, "ring" | "rings">,
  coherence: number,
): number | null {
  const needed = 8 * Math.min(1, coherence) ** 2 - 1;
  // Twice the threshold must be a correlation, too.
  if (!(coherence > 0 && needed > 2)) return null;
  const crossing = crossingOf(rings.correlation, rings.independent, ring, 1 / needed);
  return crossing === null ? null : Math.max(1, ring / crossing.ring);
}

/**
 * Single-image Fourier ring correlation, nm: the period at which the two halves of the checkerboard correlate 1/7 (ring
 * correlation after Saxton and Baumeister 1982, threshold of Rosenthal and Henderson 2003). Each half holds half the
 * photons, so 1/7 is where the whole frame's spectral signal-to-noise ratio is 1/3 and its correlation with a noise-free
 * truth 0.5. Needs independent pixels of photon counts, and a decorrelation analysis that confirms it.
 */
export const frcNm: ObjectiveDefinition = {
  name: "frcNm",
  label: "FRC resolution",
  unit: "nm",
  direction: "minimise",
  needs: ["sted"],
  ideal: 40,
  worstAcceptable: 200,
  evaluate(_triple, shared) {
    const { ringCorrelation } = shared.resolution();
    if ("reason" in ringCorrelation) return { value: null, unit: "nm", reason: ringCorrelation.reason };
    return { value: ringCorrelation.valueNm, unit: "nm" };
  },
};
