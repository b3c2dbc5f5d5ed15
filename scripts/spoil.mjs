// Ways to spoil a frame of counts by degrees, for scripts/looked-at.mjs and scripts/real-frames.mjs. Counts stay counts.
import { gaussianBlur, poissonCount } from "../dist/src/core/index.js";

function thinned(count, share, random) {
  let kept = 0;
  for (let i = 0; i < count; i++) if (random.uniform32() < share) kept++;
  return kept;
}

/** (pixels, strength, [height, width], random) -> pixels */
export const spoil = {
  /** Keeps this share of the photons. */
  thin: (pixels, share, _shape, random) => pixels.map((v) => thinned(v, share, random)),
  /** Blurs by this many pixels (sd) and draws the photons anew. */
  blur: (pixels, sigma, [height, width], random) =>
    sigma === 0
      ? pixels
      : Uint16Array.from(gaussianBlur(pixels, height, width, sigma), (v) => poissonCount(v, random)),
  /** Adds an even background of this many times the frame's mean. */
  background: (pixels, times, _shape, random) => {
    const mean = pixels.reduce((a, b) => a + b, 0) / pixels.length;
    return pixels.map((v) => v + poissonCount(times * mean, random));
  },
  /** Bleaches from top to bottom: the last row keeps 1 - strength of its photons. */
  bleaching: (pixels, strength, [height, width], random) =>
    pixels.map((v, i) => thinned(v, 1 - (strength * Math.floor(i / width)) / (height - 1), random)),
};
