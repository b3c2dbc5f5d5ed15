import type { Observation, RandomStream, TradeOff } from "../core/index.js";
import { CandidateSource, separation } from "./candidates.js";
import { signed } from "./data.js";
import type { Allowed } from "./domain.js";
import { expectedAt } from "./explain.js";
import { nonDominated } from "./maths/hypervolume.js";
import type { Model } from "./model.js";
import type { OptimiserSpace } from "./space.js";
import { measured } from "./summary.js";

const spreadCount = 1024;
const aroundCount = 256;
/** More than a person can tell apart helps nobody choose. */
const shown = 40;

/** This run's observations that no other dominates, as measured; those with a missing value are left out. */
export function evaluatedFront(space: OptimiserSpace, observations: readonly Observation[]): TradeOff[] {
  const whole = observations.flatMap((o) => {
    const objectives = o.session === undefined ? measured(space.objectives, o) : null;
    return objectives === null ? [] : [{ settings: o.settings, objectives }];
  });
  const points = whole.map((w) => space.objectives.map((o) => signed(o, w.objectives[o.name] as number)));
  return nonDominated(points).map((i) => whole[i] as TradeOff);
}

/** Predicted trade-offs: candidates and evaluated points that are non-dominated in the posterior mean, spread out, at most 40. */
export function predictedFront(model: Model, allowed: Allowed, stream: RandomStream): TradeOff[] {
  const source = new CandidateSource(model.domain, allowed, {}, stream);
  const evaluated = model.points
    .map((u) => source.snapped(u))
    .filter((u) => allowed.test(source.settings(u)));
  const spread = [...evaluated, ...source.spread(spreadCount)];
  const coarse = front(model, spread);
  const fine = front(model, [...coarse, ...source.around(coarse, aroundCount, [0.03, 0.1])]);
  const vectors = model.meanVectors(fine);
  return spreadOut(vectors, shown).map((i) => {
    const u = fine[i] as Float64Array;
    const { expected, uncertainty } = expectedAt(model, u);
    return { settings: source.settings(u), objectives: expected, sd: uncertainty };
  });
}

function front(model: Model, points: readonly Float64Array[]): Float64Array[] {
  return nonDominated(model.meanVectors(points)).map((i) => points[i] as Float64Array);
}

/** Farthest-point picks among the vectors, scaled to their range; the first is the best in the first objective. */
function spreadOut(vectors: readonly Float64Array[], count: number): number[] {
  if (vectors.length === 0) return [];
  const m = (vectors[0] as Float64Array).length;
  const scaled = vectors.map((v) => v.slice());
  for (let j = 0; j < m; j++) {
    const column = vectors.map((v) => v[j] as number);
    const low = Math.min(...column);
    const range = Math.max(...column) - low || 1;
    for (const v of scaled) v[j] = ((v[j] as number) - low) / range;
  }
  let next = 0;
  scaled.forEach((v, i) => {
    if ((v[0] as number) < ((scaled[next] as Float64Array)[0] as number)) next = i;
  });
  const picked: number[] = [];
  const distance = new Float64Array(vectors.length).fill(Number.POSITIVE_INFINITY);
  while (picked.length < count) {
    picked.push(next);
    const last = scaled[next] as Float64Array;
    let farthest = 0;
    scaled.forEach((v, i) => {
      distance[i] = Math.min(distance[i] as number, separation(v, last));
      if ((distance[i] as number) > farthest) {
        farthest = distance[i] as number;
        next = i;
      }
    });
    // What is left foretells the same as what was picked: it is no other trade-off.
    if (farthest === 0) break;
  }
  return picked;
}
