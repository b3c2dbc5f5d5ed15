/** From expected counts to what the counter shows: photon noise, background, dead time, afterpulses, the counter's end. */
import type { RandomStream } from "../../../src/core/index.js";
import type { Detector, Microscope } from "../physics/profile.js";
import { binomial, poisson } from "./noise.js";

/** Expected background and dark counts of one pixel. The gate is open for width × rate of the time. @param timeS dwell × lines */
export function backgroundCounts(m: Microscope, timeS: number, factor = 1): number {
  const { detector } = m;
  const open = detector.gateWidthS * m.rateHz;
  return (detector.backgroundPerS * factor + detector.darkPerS) * open * timeS;
}

export interface Detected {
  readonly pixels: Uint16Array;
  /** Pixels at the detector's limit: clipped, or 95 % of what its dead time lets through. */
  readonly saturated: number;
}

/**
 * @param expected counts per pixel from the sample (>= 0) @param background expected counts per pixel
 * @param timeS dwell × lines, for the dead time
 */
export function detect(
  expected: ArrayLike<number>,
  background: number,
  detector: Detector,
  timeS: number,
  random: RandomStream,
): Detected {
  const pixels = new Uint16Array(expected.length);
  const load = detector.deadTimeS / timeS;
  const clip = Math.min(detector.clip, 65535);
  const most = load > 0 ? Math.min(clip, 0.95 / load) : clip;
  let saturated = 0;
  for (let i = 0; i < pixels.length; i++) {
    let k = poisson((expected[i] as number) + background, random);
    if (load > 0 && k > 1) {
      // Non-paralysable: the first photon always counts, so k - 1 of the others stand behind a dead time.
      const seen = k / (1 + load * (k - 1));
      const whole = Math.floor(seen);
      k = whole + (random.uniform32() < seen - whole ? 1 : 0);
    }
    if (detector.afterpulse > 0 && k > 0) k += binomial(k, detector.afterpulse, random);
    if (k >= most) saturated++;
    pixels[i] = Math.min(k, clip);
  }
  return { pixels, saturated };
}
