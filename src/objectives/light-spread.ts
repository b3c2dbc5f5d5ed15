/** How many independent coefficients the rings of a spectrum really have, when the light comes from few places. */
import type { Image } from "../core/index.js";
import { reachShare } from "./crossing.js";
import { type FrameSpectrum, varianceSpectrum } from "./frame-spectrum.js";

/**
 * Shot noise of an evenly lit field is independent from coefficient to coefficient, but for what window and padding share.
 * Where the light comes from few places it is not: its values at two frequencies correlate |Λ(Δ)/Λ(0)|, Δ being their
 * difference and Λ the transform of the noise's variance (counts × window²). Ten small clusters leave but a small share of
 * the field's independent coefficients, and the sum of |Λ(Δ)/Λ(0)|² over all pairs of the rings that the crossing is fitted
 * to says how small: the variance of a sum of correlated powers.
 * @param ring where the halves correlate 1/7 @returns independent coefficients over those of an even field, 0..1
 */
export function litShare(image: Image, seen: FrameSpectrum, ring: number): number {
  const { spectrum, total, ownNoise } = varianceSpectrum(image);
  const { columns, re, im } = spectrum;
  const half = columns / 2 + 1;
  const [inner, outer] = [(1 - reachShare) * ring, (1 + reachShare) * ring];
  const rings = Math.ceil(2 * outer);
  const overlaps = Float64Array.from({ length: rings }, (_, r) => annulusOverlap(inner, outer, r));
  let pairs = 0;
  for (let i = 0, x = 0; i < re.length; i++, x = x === half - 1 ? 0 : x + 1) {
    const r = seen.ring[i] as number;
    if (r >= rings) continue;
    // Inner columns of a half spectrum stand for their mirror images, too.
    const both = x === 0 || x === half - 1 ? 1 : 2;
    const power = (re[i] as number) ** 2 + (im[i] as number) ** 2 - ownNoise;
    pairs += both * power * (overlaps[r] as number);
  }
  const even = (overlaps[0] as number) * total ** 2;
  return pairs > 0 ? Math.min(1, even / (pairs * seen.independent)) : 1;
}

/** Area that an annulus shares with itself moved by `by`, all in rings. */
function annulusOverlap(inner: number, outer: number, by: number): number {
  return discOverlap(outer, outer, by) - 2 * discOverlap(inner, outer, by) + discOverlap(inner, inner, by);
}

/** Area that two discs share whose centres are `by` apart. @param a the smaller radius @param b the greater */
function discOverlap(a: number, b: number, by: number): number {
  if (by >= a + b) return 0;
  if (by <= b - a) return Math.PI * a * a;
  // The two circles cross at this distance from either centre along the line between them.
  const x = (by * by + a * a - b * b) / (2 * by);
  return segment(a, x) + segment(b, by - x);
}

/** Area of a disc's part beyond a chord. @param chord its distance from the centre, negative on the far side */
function segment(radius: number, chord: number): number {
  const c = Math.max(-1, Math.min(1, chord / radius));
  return radius * radius * (Math.acos(c) - c * Math.sqrt(1 - c * c));
}
