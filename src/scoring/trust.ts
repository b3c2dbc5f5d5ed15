import type { Card } from "./card.js";
import type { Foreground } from "./foreground.js";
import { saturation } from "./saturation.js";

/** Interval around a score by the card's conformal quantiles; nulls where the card is not calibrated. */
export function interval(
  card: Card,
  score: number,
): { readonly lower: number | null; readonly upper: number | null } {
  const { conformal } = card;
  if (conformal === null) return { lower: null, upper: null };
  const { edges, quantiles } = conformal;
  let bin = 0;
  while (bin < quantiles.length - 1 && score >= (edges[bin + 1] as number)) bin++;
  const half = quantiles[bin] as number;
  return { lower: Math.max(0, score - half), upper: Math.min(1, score + half) };
}

/**
 * Squared whitened distance of features from the training set's mean, over the number of directions: about 1 inside
 * the domain. @param features [F] @returns NaN when the card knows another number of features
 */
export function featureDistance(domain: FeatureDomain, features: ArrayLike<number>): number {
  const { mean, whitening } = domain;
  const n = mean.length;
  if (features.length !== n) return Number.NaN;
  const { values, lengths } = flatten(domain);
  const centred = new Float64Array(n);
  for (let i = 0; i < n; i++) centred[i] = (features[i] as number) - (mean[i] as number);
  let sum = 0;
  for (let r = 0; r < lengths.length; r++) {
    const row = r * n;
    const length = lengths[r] as number;
    let dot = 0;
    for (let i = 0; i < length; i++) dot += (values[row + i] as number) * (centred[i] as number);
    sum += dot * dot;
  }
  return sum / whitening.length;
}

export interface FeatureDomain {
  readonly mean: readonly number[];
  readonly whitening: readonly (readonly number[])[];
}
/**
 * Logit of a linear probe that tells frames of the network's kind (low) from strangers (high):
 * bias + Σ wᵢ clip((fᵢ − meanᵢ)/scaleᵢ) + w_d ln(distance + 0.05). Learnt from strangers made of training frames ("outlier
 * exposure", Hendrycks et al. 2019): a distance alone cannot tell a confocal frame from a STED frame of little power.
 * @param distance of `featureDistance` @returns NaN when the card knows another number of features
 */
export function probeLogit(
  mean: readonly number[],
  probe: DomainProbe,
  features: ArrayLike<number>,
  distance: number,
): number {
  const { scale, weights } = probe;
  if (features.length !== weights.length || mean.length !== weights.length) return Number.NaN;
  let sum = probe.bias + probe.distanceWeight * Math.log(distance + distanceFloor);
  for (let i = 0; i < weights.length; i++) {
    const z = ((features[i] as number) - (mean[i] as number)) / (scale[i] as number);
    sum += (weights[i] as number) * Math.max(-mostDeviation, Math.min(mostDeviation, z));
  }
  return sum;
}

/** Deviations beyond this many standard deviations say no more: a far stranger must not seem at home by one odd feature. */
export const mostDeviation = 6;
export const distanceFloor = 0.05;

export interface DomainProbe {
  readonly scale: readonly number[];
  readonly weights: readonly number[];
  readonly distanceWeight: number;
  readonly bias: number;
}
interface Flat {
  readonly values: Float64Array;
  /** Of each row without the zeros at its end: a whitening is often a triangle. */
  readonly lengths: Int32Array;
}
const flats = new WeakMap<FeatureDomain, Flat>();

function flatten(domain: FeatureDomain): Flat {
  const known = flats.get(domain);
  if (known !== undefined) return known;
  const flat: Flat = {
    values: Float64Array.from(domain.whitening.flat()),
    lengths: Int32Array.from(domain.whitening, (row) => row.findLastIndex((v) => v !== 0) + 1),
  };
  flats.set(domain, flat);
  return flat;
}

/** Pixel sizes that a network for 20 nm can be asked about at all. */
const plausiblePixelSizeNm: readonly [number, number] = [8, 50];

/** Why the network should not be believed on this frame, in words; empty when it may be. */
export function doubts(
  card: Card,
  foreground: Foreground,
  pixels: number,
  pixelSizeNm: number,
  distance: number | null,
  probe: number | null,
): string[] {
  const found: string[] = [];
  const saturated = saturation(foreground, pixels);
  if (saturated !== null) found.push(saturated);
  const [least, most] = card.domain?.pixelSizeNm ?? plausiblePixelSizeNm;
  if (pixelSizeNm < least || pixelSizeNm > most) {
    found.push(`pixels of ${round(pixelSizeNm)} nm are outside ${least} to ${most} nm`);
  }
  const counts = card.domain?.counts;
  if (counts) {
    const [low, high] = counts.foregroundMean;
    const mean = foreground.mean;
    if (mean < low)
      found.push(`too few photons: ${round(mean)} counts in the foreground, trained on ${low} up`);
    if (mean > high)
      found.push(`too many photons: ${round(mean)} counts in the foreground, trained up to ${high}`);
  }
  const features = card.domain?.features;
  const far = features && distance !== null && !(distance <= features.threshold);
  const strange = card.domain?.probe && probe !== null && !(probe <= card.domain.probe.threshold);
  if (far || strange) {
    found.push("unlike the frames that the network was trained on");
  }
  return found;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
