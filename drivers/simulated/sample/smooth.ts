/** Smooth random functions of arc length: widths, coverage and label density that change along a process. */
import type { RandomStream } from "../../../src/core/index.js";

const stepNm = 20;
/** Arc lengths from -2 to 22 µm have an entry. */
const [origin, entries] = [100, 1200];

/** Mean 0, sd about 1, wavelengths between the two (nm, both well above 20). Values are kept, every 20 nm. */
export function smoothNoise(random: RandomStream, shortNm: number, longNm: number): (s: number) => number {
  const waves = Array.from({ length: 5 }, () => ({
    k: (2 * Math.PI) / (shortNm * (longNm / shortNm) ** random.uniform()),
    phase: random.between(0, 2 * Math.PI),
  }));
  const scale = Math.sqrt(2 / waves.length);
  const known = new Float64Array(entries).fill(Number.NaN);
  return (s) => {
    const i = Math.min(entries - 1, Math.max(0, Math.round(s / stepNm) + origin));
    const before = known[i] as number;
    if (!Number.isNaN(before)) return before;
    let sum = 0;
    for (const w of waves) sum += Math.sin(w.k * (i - origin) * stepNm + w.phase);
    known[i] = scale * sum;
    return scale * sum;
  };
}

/** Share 0..1 that is near 1 over about `coverage` of the length and falls softly to 0 elsewhere. */
export function softCoverage(random: RandomStream, coverage: number): (s: number) => number {
  const noise = smoothNoise(random, 1200, 6000);
  // Where a unit normal exceeds the level with that probability; the logistic's slope keeps the edges about 300 nm wide.
  const level = coverage >= 0.999 ? -4 : coverage <= 0.001 ? 4 : -Math.log(1 / (1 - coverage) - 1) / 1.702;
  return (s) => 1 / (1 + Math.exp(-4 * (noise(s) - level)));
}

/** Deviate with mean 1 and relative sd 1/√shape, for any labelling that comes in clumps. */
export { gammaOfShape } from "./strand.js";
