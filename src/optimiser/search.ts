import { type CandidateSource, separation } from "./candidates.js";
import type { Acquisition } from "./nehvi.js";
import { batchSize, type WorkMeter } from "./strategies/contract.js";

export interface Scored {
  readonly u: Float64Array;
  readonly value: number;
}
const refinements = [0.05, 0.017];
const refineBest = 3;
const refineCount = 60;

/** Values of the acquisition at `points`, batch by batch until the meter says stop; best first. */
function rank(acquisition: Acquisition, points: readonly Float64Array[], meter: WorkMeter): Scored[] {
  const scored: Scored[] = [];
  for (let i = 0; i < points.length && meter.next(); i += batchSize) {
    const batch = points.slice(i, i + batchSize);
    const values = acquisition(batch);
    batch.forEach((u, k) => {
      const value = values[k] as number;
      scored.push({ u, value: Number.isFinite(value) ? value : 0 });
    });
  }
  return best(scored);
}

/** Best first; the earlier one where two are equal (Array.sort is stable). */
function best(scored: readonly Scored[]): Scored[] {
  return [...scored].sort((a, b) => b.value - a.value);
}

/** Ranks `candidates`, then looks twice around the three best, closer each time. */
export function search(
  acquisition: Acquisition,
  candidates: readonly Float64Array[],
  source: CandidateSource,
  meter: WorkMeter,
): Scored[] {
  let ranked = rank(acquisition, candidates, meter);
  for (const scale of refinements) {
    const centres = ranked.slice(0, refineBest).map((s) => s.u);
    const near = source.around(centres, refineBest * refineCount, [scale]);
    ranked = best([...ranked, ...rank(acquisition, near, meter)]);
  }
  return ranked;
}

/**
 * Moves every coordinate about which the acquisition is indifferent to the middle of what is allowed, or half way:
 * ends have the largest variance, and the search would otherwise pick one of them for a knob that seems not to
 * matter. At most the share `price` of the value is given up in all.
 */
export function inward(
  chosen: Scored,
  acquisition: Acquisition,
  source: CandidateSource,
  price: number,
): Scored {
  let current = chosen;
  const least = chosen.value * (1 - price);
  for (let j = 0; j < chosen.u.length; j++) {
    for (const part of [1, 0.5]) {
      const moved = source.towardsMiddle(current.u, j, part);
      if (moved === null) continue;
      const value = acquisition([moved])[0] as number;
      if (value < least) continue;
      current = { u: moved, value };
      break;
    }
  }
  return current;
}

const closeBy = 1e-3;
const repeatsAllowed = 3;

/** The best that has not been taken three times already; noise makes a repeat legitimate, but not for ever. */
export function firstFresh(ranked: readonly Scored[], taken: readonly Float64Array[]): Scored | null {
  for (const s of ranked) {
    let repeats = 0;
    for (const t of taken) if (separation(s.u, t) <= closeBy) repeats++;
    if (repeats < repeatsAllowed) return s;
  }
  return null;
}
