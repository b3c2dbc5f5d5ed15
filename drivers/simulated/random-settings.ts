/** Settings for training frames: wide, and steered to the rating that is wanted. */
import type { RandomStream, Settings } from "../../src/core/index.js";

/**
 * Settings drawn wide; for low ratings more often of the kind that gives them: little depletion or few photons.
 * @param after what the last attempt, if any, turned out to be: too good or not good enough
 */
export function randomSettings(
  random: RandomStream,
  wanted: readonly [number, number],
  after: "first" | "too-good" | "too-bad",
): Settings {
  const log = (low: number, high: number): number => low * (high / low) ** random.uniform();
  const low = (wanted[0] + wanted[1]) / 2 < 0.45 || after === "too-good";
  const blurred = low && random.uniform() < 0.6;
  const dim = low && !blurred;
  const bad = after === "too-bad";
  const lines = random.uniform() < 0.7 ? 1 : 2 + random.int(3);
  const pixelUs = dim ? log(1, 10) : bad ? log(40, 100) : log(5, 80);
  return {
    depletionPowerMw: rounded(blurred ? random.between(0, 70) : bad ? log(110, 220) : log(60, 350), 0.1),
    excitationPowerUw: rounded(dim ? log(0.3, 6) : bad ? log(8, 20) : log(3, 20), 0.01),
    dwellTimeUs: rounded(Math.max(1, pixelUs / lines), 0.1),
    lineRepeats: lines,
  };
}

interface Rated {
  readonly settings: Settings;
  readonly truth: { readonly rating: number };
}

/** Settings on the way from one attempt to another, where the rating should be `rating` if it changed evenly. */
export function settingsBetween(a: Rated, b: Rated, rating: number): Settings {
  const share = (rating - a.truth.rating) / (b.truth.rating - a.truth.rating);
  const part = Math.min(0.85, Math.max(0.15, share));
  const out: Record<string, number> = {};
  for (const [name, from] of Object.entries(a.settings)) {
    const to = b.settings[name] ?? from;
    const step = name === "depletionPowerMw" ? 0.1 : name === "lineRepeats" ? 1 : 0.01;
    const even = name === "depletionPowerMw" ? from + part * (to - from) : from * (to / from) ** part;
    out[name] = rounded(even, step);
  }
  return out;
}

function rounded(value: number, step: number): number {
  return Number((Math.round(value / step) * step).toFixed(4));
}
