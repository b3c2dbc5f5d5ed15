import type { Row } from "./data.js";

const width = 0.15;
/** Weight of the belief that a setting works before anything is known near it. */
const priorWeight = 0.5;
const floor = 0.05;

/**
 * Probability that an acquisition at u succeeds, 0.05..1: a kernel vote of the successes and failures near it
 * (width 0.15 √d of the cube). Null while nothing has failed. Failed settings never enter the Gaussian processes.
 */
export function feasibility(rows: readonly Row[]): ((u: Float64Array) => number) | null {
  if (!rows.some((r) => r.failed)) return null;
  return (u) => {
    const scale = 2 * width * width * u.length;
    let yes = priorWeight;
    let all = priorWeight;
    for (const r of rows) {
      let distance = 0;
      for (let j = 0; j < u.length; j++) distance += ((u[j] as number) - (r.u[j] as number)) ** 2;
      const vote = Math.exp(-distance / scale);
      all += vote;
      if (!r.failed) yes += vote;
    }
    return Math.max(floor, yes / all);
  };
}
