import { signed } from "./data.js";
import { nonDominated } from "./maths/hypervolume.js";
import type { Column, Model } from "./model.js";

/** The point under which volume counts, standardised and minimised, and what had to be done to get it. */
export interface Reference {
  readonly point: Float64Array;
  readonly notes: readonly string[];
}

/**
 * The user's "worst acceptable" where given; otherwise the predicted nadir + 10 % of the predicted range, from the
 * posterior-mean front over candidates *and* evaluated points: from evaluated points alone it collapses onto them
 * (optimiser.md §2.3). A threshold that no predicted point reaches is loosened, and said.
 * @param means standardised mean vectors of candidates and evaluated points
 */
export function referencePoint(model: Model, means: readonly Float64Array[]): Reference {
  const front = nonDominated(means).map((i) => means[i] as Float64Array);
  const notes: string[] = [];
  const point = Float64Array.from(model.columns, (c, j) => {
    let best = Number.POSITIVE_INFINITY;
    let nadir = Number.NEGATIVE_INFINITY;
    for (const f of front) {
      best = Math.min(best, f[j] as number);
      nadir = Math.max(nadir, f[j] as number);
    }
    const range = Math.max(nadir - best, 1e-6);
    const given = threshold(c);
    if (given === null) return nadir + 0.1 * range;
    if (given > best) return given;
    notes.push(
      `nothing is predicted to reach ${c.objective.label} ${c.objective.worstAcceptable}; loosened for now`,
    );
    return best + 0.1 * range;
  });
  return { point, notes };
}

function threshold(c: Column): number | null {
  const { objective, offset, scale } = c;
  if (objective.worstAcceptable === undefined) return null;
  return (signed(objective, objective.worstAcceptable) - offset) / scale;
}
