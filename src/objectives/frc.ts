import type { Estimate, ObjectiveDefinition } from "./contract.js";
import { crossingOf } from "./crossing.js";
import type { FrameSpectrum } from "./frame-spectrum.js";

/** Correlation of two halves at which the whole correlates 0.5 with the truth (Rosenthal and Henderson 2003). */
const threshold = 1 / 7;
/** The alias of a checkerboard must lie this much further out than the frequency itself. */
const aliasMargin = 1.2;
/** Rings of which less than this is free of aliases are not used. */
const leastRingShare = 0.15;
/** Rings averaged: the one and so many on either side. */
const reach = 2;
/** From twice the threshold to the threshold the frequency may grow by this: a Gaussian beam's falls faster. */
const greatestFade = 1.2;
/** Standard deviation of the answer: two of them stay within 15 %. */
const greatestSd = 0.07;
/** Coarsest ring that may be the answer: a fifth of the field. */
const firstRing = 5;

interface Rings {
  /** Fourier ring correlation by ring; ring i lies at i/side cycles per pixel. */
  readonly correlation: readonly number[];
  /** Independent complex coefficients of each ring. */
  readonly independent: readonly number[];
}

/**
 * Correlation of the black squares of the checkerboard with the white ones, ring by ring. Both halves stay where they
 * are, the other half's pixels set to zero, so that there is no half-pixel shift between them to be calibrated:
 * masking by (1 ± (−1)^(x+y))/2 gives the spectra (F(q) ± F(q+Q))/2 with Q = (½, ½) cycles per pixel. The price is the
 * alias at q+Q, so only frequencies count whose alias lies further out, where the beam passes less.
 */
export function checkerboardRings({ spectrum: s, ring: ringOf, side, independent }: FrameSpectrum): Rings {
  const { rows, columns, re, im } = s;
  const half = columns / 2 + 1;
  const rings = Math.floor(side / 2);
  const cross = new Float64Array(rings);
  const black = new Float64Array(rings);
  const white = new Float64Array(rings);
  const used = new Float64Array(rings);
  const all = new Float64Array(rings);
  const margin = aliasMargin * aliasMargin;
  for (let y = 0; y < rows; y++) {
    const fy = Math.min(y, rows - y) / rows;
    for (let x = 0; x < half; x++) {
      const i = y * half + x;
      const ring = ringOf[i] as number;
      if (ring >= rings) continue;
      const fx = x / columns;
      // Inner columns of a half spectrum stand for their mirror images, too.
      const weight = x === 0 || x === half - 1 ? 0.5 : 1;
      all[ring] = (all[ring] as number) + weight;
      if ((0.5 - fx) ** 2 + (0.5 - fy) ** 2 < margin * (fx * fx + fy * fy)) continue;
      // The alias in the stored half: (y, x) + (rows, columns)/2, mirrored back.
      const alias = ((rows + rows / 2 - y) % rows) * half + (half - 1 - x);
      const a = re[i] as number;
      const b = im[i] as number;
      const c = re[alias] as number;
      const d = -(im[alias] as number);
      cross[ring] = (cross[ring] as number) + weight * (a * a + b * b - c * c - d * d);
      black[ring] = (black[ring] as number) + weight * ((a + c) ** 2 + (b + d) ** 2);
      white[ring] = (white[ring] as number) + weight * ((a - c) ** 2 + (b - d) ** 2);
      used[ring] = (used[ring] as number) + weight;
    }
  }
  const open = used.findIndex((n, i) => n < leastRingShare * (all[i] as number));
  const count = open < 0 ? rings : open;
  return {
    correlation: Array.from({ length: count }, (_, i) => {
      const norm = (black[i] as number) * (white[i] as number);
      return norm > 0 ? (cross[i] as number) / Math.sqrt(norm) : 0;
    }),
    independent: Array.from({ length: count }, (_, i) => (used[i] as number) * independent),
  };
}

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
 * Period at which the halves of the checkerboard correlate 1/7. The first five rings whose mean lies below say where about;
 * the crossing itself is that of a Gaussian transfer fitted to all rings around it, which halves the scatter.
 */
export function ringCorrelationEstimate(seen: FrameSpectrum): Estimate {
  const { correlation, independent } = checkerboardRings(seen);
  const below = firstBelow(correlation);
  if (below === null) return { reason: "the halves correlate up to the frequency limit of the pixels" };
  if (below === reach) return { reason: "the halves of the frame do not correlate: too few photons" };
  const crossing = crossingOf(correlation, independent, below, threshold);
  if (crossing === null)
    return { reason: "the correlation of the halves does not fall through 1/7 just once" };
  const { ring, relativeSd, fade } = crossing;
  if (ring < firstRing) return { reason: "nothing finer than a fifth of the field correlates" };
  if (fade > greatestFade) return { reason: "the correlation fades too slowly to name a resolution" };
  if (relativeSd > greatestSd) {
    return {
      reason: `the resolution is uncertain by ${Math.round(100 * relativeSd)} %: too little structure`,
    };
  }
  return { valueNm: (seen.side * seen.pixelSizeNm) / ring };
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
