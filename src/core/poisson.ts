import type { RandomStream } from "./random.js";

/**
 * Poisson count: Knuth's product of uniforms up to a mean of 30, the normal limit above. For spoiled and made-up frames; the
 * simulator's own deviates are exact and quicker (`drivers/simulated/frame/noise.ts`), with other draws. @param mean >= 0
 */
export function poissonCount(mean: number, random: RandomStream): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
  const limit = Math.exp(-Math.max(0, mean));
  let n = 0;
  for (let p = random.uniform(); p > limit; p *= random.uniform()) n++;
  return n;
}
