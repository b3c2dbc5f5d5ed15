import type { Estimate, ObjectiveDefinition } from "./contract.js";
import type { FrameSpectrum } from "./frame-spectrum.js";

/** Sums over rings of the spectrum; ring i lies at i/side cycles per pixel, the last at Nyquist. */
export interface RingSums {
  readonly amplitude: Float64Array;
  readonly power: Float64Array;
  readonly count: Float64Array;
}

/** Least fall of the curve behind a peak (Descloux et al. 2019). */
const leastFall = 5e-4;
/** High-pass filters (1 − exp(−2 (width · q)²))^order, q in units of Nyquist; the published analysis stops at the first order. */
const orders = 4;
/** Widths tried in each of two rounds. */
const steps = 28;
const strongest = 0.15;
/**
 * Cut-off of the analysis over the frequency where the spectral signal-to-noise ratio is 1/3: mean over Gaussian
 * transfers of any width on white noise, signal 1e3 … 1e5 times the noise and structure spectra from flat to 1/q² (all
 * between 0.88 and 1.02; computed in test/objectives/resolution.test.ts).
 */
export const cutOffShare = 0.97;

/** Spectral signal-to-noise ratio at the resolution: a ring correlation of 1/7 between halves. */
const criterion = 1 / 3;
/** Share of Nyquist above which too few rings beyond prove that the signal has ended. */
const limit = 0.85;
/** Rings are averaged over this share of their frequency to either side, and at least over `leastReach` rings. */
const reachShare = 0.1;
const leastReach = 2;
/** Coarsest ring that may be the answer: a fifth of the field. */
const firstRing = 5;

export function ringSums({ spectrum: s, ring: ringOf, side }: FrameSpectrum): RingSums {
  const half = s.columns / 2 + 1;
  const rings = Math.floor(side / 2) + 1;
  const amplitude = new Float64Array(rings);
  const power = new Float64Array(rings);
  const count = new Float64Array(rings);
  for (let y = 0; y < s.rows; y++) {
    for (let x = 0; x < half; x++) {
      const i = y * half + x;
      const ring = ringOf[i] as number;
      if (ring >= rings) continue;
      const weight = x === 0 || x === half - 1 ? 0.5 : 1;
      const p = (s.re[i] as number) ** 2 + (s.im[i] as number) ** 2;
      amplitude[ring] = (amplitude[ring] as number) + weight * Math.sqrt(p);
      power[ring] = (power[ring] as number) + weight * p;
      count[ring] = (count[ring] as number) + weight;
    }
  }
  return { amplitude, power, count };
}

/**
 * Ring sums with the scatter taken out: each ring gets the mean of its neighbours. The highest of many peaks is taken, and
 * rings of few coefficients have peaks of their own, so that without this the answer scatters and comes out too fine.
 */
export function smoothed({ amplitude, power, count }: RingSums): RingSums {
  const over = (values: Float64Array): Float64Array =>
    values.map((_, ring) => {
      const wanted = Math.max(leastReach, Math.round(reachShare * ring));
      const reach = Math.min(wanted, ring, values.length - 1 - ring);
      let sum = 0;
      let n = 0;
      for (let k = ring - reach; k <= ring + reach; k++) {
        sum += values[k] as number;
        n += count[k] as number;
      }
      return n > 0 ? (sum / n) * (count[ring] as number) : 0;
    });
  return { amplitude: over(amplitude), power: over(power), count };
}

/**
 * Highest frequency (0..1 of Nyquist) at which a decorrelation curve peaks, 0 when none does. The curve is the
 * correlation d(r) = Σ_{q<r} |F| / √(Σ |F|² · Σ_{q<r} 1) of the frame with its own phases inside radius r; it peaks
 * where the amplitude has fallen to half of its mean inside. Filters attenuate low frequencies more and more, so that
 * the last, weak part of the signal comes to its own peak.
 * @param stands whether a peak (0..1 of Nyquist) may count; noise has small peaks of its own
 */
export function cutOff(sums: RingSums, stands: (peak: number) => boolean = () => true): number {
  // Widths from half the field to the strongest, evenly in their logarithm; then finer about the best.
  const span = Math.log((sums.amplitude.length - 1) / 2 / strongest);
  const coarse = bestPeak(sums, stands, 0, span);
  if (coarse.at === 0) return 0;
  const step = span / (steps - 1);
  const fine = bestPeak(sums, stands, coarse.width - step, coarse.width + step);
  return Math.max(coarse.at, fine.at);
}

/** Highest peak that counts, over all orders and widths. @param from @param to logarithm of half the field over the width */
function bestPeak(
  { amplitude, power, count }: RingSums,
  stands: (peak: number) => boolean,
  from: number,
  to: number,
): { at: number; width: number } {
  const rings = amplitude.length;
  const last = rings - 1;
  const filter = new Float64Array(rings);
  const filteredAmplitude = new Float64Array(rings);
  const filteredPower = new Float64Array(rings);
  const curve = new Float64Array(rings);
  let best = { at: 0, width: 0 };
  for (let w = 0; w < steps; w++) {
    const width = from + ((to - from) * w) / (steps - 1);
    const scale = (last / 2) * Math.exp(-width);
    for (let r = 0; r < rings; r++) filter[r] = -Math.expm1(-2 * (scale * (r / last)) ** 2);
    filteredAmplitude.set(amplitude);
    filteredPower.set(power);
    for (let order = 1; order <= orders; order++) {
      let total = 0;
      for (let r = 0; r < rings; r++) {
        const h = filter[r] as number;
        filteredAmplitude[r] = (filteredAmplitude[r] as number) * h;
        filteredPower[r] = (filteredPower[r] as number) * h * h;
        total += filteredPower[r] as number;
      }
      if (!(total > 0)) continue;
      let sum = 0;
      let n = 0;
      for (let r = 0; r < rings; r++) {
        sum += filteredAmplitude[r] as number;
        n += count[r] as number;
        curve[r] = sum / Math.sqrt(total * n);
      }
      const at = lastPeak(curve) / last;
      if (at > best.at && stands(at)) best = { at, width };
    }
  }
  return best;
}

/** Greatest value that is followed by a fall of at least `leastFall`, to a fraction of a ring; 0 when there is none. */
function lastPeak(curve: Float64Array): number {
  let end = curve.length;
  while (end > 2) {
    let at = 0;
    for (let r = 1; r < end; r++) if ((curve[r] as number) > (curve[at] as number)) at = r;
    if (at === 0) return 0;
    if (at < curve.length - 1) {
      let least = Number.POSITIVE_INFINITY;
      for (let r = at; r < curve.length; r++) least = Math.min(least, curve[r] as number);
      const [a, b, c] = [curve[at - 1], curve[at], curve[at + 1]] as [number, number, number];
      if (b - least >= leastFall) {
        const offset = (a - c) / (2 * (a - 2 * b + c));
        return at + (Math.abs(offset) < 1 ? offset : 0);
      }
    }
    end = at;
  }
  return 0;
}

/** Mean power over the noise, less one, between two shares of the cut-off. */
function signalToNoise(sums: RingSums, noisePower: number, from: number, to: number): number {
  const last = sums.count.length - 1;
  let power = 0;
  let n = 0;
  for (let r = Math.max(1, Math.round(from * last)); r <= Math.min(last, Math.round(to * last)); r++) {
    power += sums.power[r] as number;
    n += sums.count[r] as number;
  }
  return n > 0 ? power / (n * noisePower) - 1 : 0;
}

/**
 * Period by image decorrelation analysis (Descloux, Grußmayer and Radenovic 2019), with three changes. High-pass filters
 * go up to the fourth order, because one order leaves the cut-off of a bright frame at about the width of the beam, however
 * much finer the signal reaches. Rings are averaged over their neighbours. The cut-off is divided by the share
 * (`cutOffShare`) that it has by theory of the frequency at which the spectral signal-to-noise ratio is 1/3. A peak counts
 * only where the power just inside it is signal; whether it is the end of the signal, ring correlation says.
 */
export function decorrelationEstimate(seen: FrameSpectrum): Estimate {
  const sums = smoothed(ringSums(seen));
  const cut = cutOff(sums, (peak) => signalToNoise(sums, seen.noisePower, 0.9 * peak, peak) >= criterion);
  if (cut === 0) return { reason: "no decorrelation peak stands on signal: too few photons" };
  const frequency = cut / cutOffShare;
  if (frequency > limit) return { reason: "the decorrelation peak is at the frequency limit of the pixels" };
  if (frequency * (seen.side / 2) < firstRing) return { reason: "nothing finer than a fifth of the field" };
  return { valueNm: (2 * seen.pixelSizeNm) / frequency };
}

/**
 * Resolution, nm: decorrelation analysis, averaged (geometrically) with the ring correlation of `frcNm`, which must name the
 * same period within 15 %. They are the same resolution by different evidence, amplitudes and halves, and the mean scatters
 * less than either.
 */
export const resolutionNm: ObjectiveDefinition = {
  name: "resolutionNm",
  label: "Resolution",
  unit: "nm",
  direction: "minimise",
  needs: ["sted"],
  ideal: 40,
  worstAcceptable: 200,
  evaluate(_triple, shared) {
    const { decorrelation, ringCorrelation } = shared.resolution();
    if ("reason" in decorrelation) return { value: null, unit: "nm", reason: decorrelation.reason };
    if ("reason" in ringCorrelation) return { value: null, unit: "nm", reason: ringCorrelation.reason };
    return { value: Math.sqrt(decorrelation.valueNm * ringCorrelation.valueNm), unit: "nm" };
  },
};
