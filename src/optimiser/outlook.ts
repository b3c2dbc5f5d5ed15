import type { RandomStream } from "../core/index.js";
import { CandidateSource } from "./candidates.js";
import { utilityOf } from "./composite.js";
import type { Allowed } from "./domain.js";
import { hypervolume, nonDominated } from "./maths/hypervolume.js";
import type { Model } from "./model.js";
import { pathwiseDraw } from "./pathwise.js";
import { referencePoint } from "./reference.js";
import type { OptimiserSpace } from "./space.js";
import { utilityFrom } from "./utility.js";

/** What further images can still be expected to bring. */
export interface Outlook {
  /**
   * Mapping the trade-off: share of the reachable volume that no tried setting reaches yet, 0..1. With weights: what
   * s = max wT + 0.05 Σ wT can still fall by (T runs from 0, ideal, to 1, worst acceptable).
   */
  readonly remaining: number;
  /** Standard deviation over draws of what the objectives may be. */
  readonly sd: number;
  /** Whether the rest is too little to spend light on. */
  readonly stop: boolean;
  /** One plain sentence. */
  readonly text: string;
}

const draws = 8;
const features = 256;
const spreadCount = 384;
const aroundCount = 192;
/** Less than this, with its uncertainty, is not worth an image. */
const enough = 0.03;

/**
 * Expected remaining improvement: in each of eight draws of what the objectives may be (pathwise, so that each can be
 * searched), the best of some 600 settings against the best of those already tried. Draws nothing from the stream of
 * proposals and changes none.
 */
export function outlookOf(
  space: OptimiserSpace,
  model: Model,
  allowed: Allowed,
  stream: (name: string) => RandomStream,
  prefer: boolean,
): Outlook {
  const source = new CandidateSource(model.domain, allowed, {}, stream("outlook/candidates"));
  const tried = model.points;
  const spread = source.spread(spreadCount);
  const front = nonDominated(model.meanVectors([...tried, ...spread]));
  const centres = front.map((i) => [...tried, ...spread][i] as Float64Array);
  const all = [...tried, ...spread, ...source.around(centres, aroundCount, [0.03, 0.1])];
  const reference = referencePoint(model, model.meanVectors(all));
  const utility = utilityFrom(space, model, reference);
  const inputs = all.map((u) => model.lift.point(u));
  const shares = Array.from({ length: draws }, (_, s) => {
    const columns = model.columns.map((c) =>
      c.gp === null
        ? model.knownScaled(c, all)
        : pathwiseDraw(c.gp, stream(`outlook/${c.objective.name}/${s}`), features)(inputs),
    );
    const world = all.map((_u, i) => Float64Array.from(columns, (v) => v[i] as number));
    if (!prefer) return missedVolume(world, tried.length, reference.point);
    const values = world.map((w) =>
      utilityOf(
        utility,
        w.map((v, j) => (model.columns[j]?.offset ?? 0) + (model.columns[j]?.scale ?? 1) * v),
      ),
    );
    return Math.min(...values.slice(0, tried.length)) - Math.min(...values);
  });
  const remaining = shares.reduce((a, b) => a + b, 0) / draws;
  const sd = Math.sqrt(shares.reduce((a, b) => a + (b - remaining) ** 2, 0) / (draws - 1));
  const stop = remaining + sd < enough;
  return { remaining, sd, stop, text: inWords(remaining, sd, stop, prefer) };
}

/** Beyond three objectives exact volumes of long fronts take too long; the best along few pairs says as much. */
const mostObjectives = 3;

function missedVolume(world: readonly Float64Array[], tried: number, reference: Float64Array): number {
  const m = reference.length;
  const share = (columns: readonly number[]): number => {
    const cut = world.map((w) => columns.map((j) => w[j] as number));
    const under = columns.map((j) => reference[j] as number);
    const whole = hypervolume(cut, under);
    return whole > 0 ? 1 - hypervolume(cut.slice(0, tried), under) / whole : 0;
  };
  if (m <= mostObjectives) return share(Array.from({ length: m }, (_, j) => j));
  const pairs = Array.from({ length: m }, (_, j) => [j, (j + 1) % m]);
  return pairs.reduce((sum, pair) => sum + share(pair), 0) / pairs.length;
}

function inWords(remaining: number, sd: number, stop: boolean, prefer: boolean): string {
  const percent = (x: number): string => `${(100 * x).toFixed(100 * x < 1 ? 1 : 0)} %`;
  const what = prefer ? "of the way from worst to ideal" : "of the trade-off";
  const left = `about ${percent(remaining)} ± ${percent(sd)} ${what} is still to be gained`;
  return stop ? `You could stop: ${left}.` : `Worth going on: ${left}.`;
}
