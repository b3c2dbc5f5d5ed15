import type { RandomStream } from "../core/index.js";
import { signed } from "./data.js";
import { nonDominated } from "./maths/hypervolume.js";
import { dotAt } from "./maths/linalg.js";
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
 * @param means standardised mean vectors of evaluated points
 * @param likely nadir that is at least as likely as not, from draws of the truth; never inside the mean's
 * @param candidates their mean vectors: computed only where the evaluated points alone do not answer
 */
export function referencePoint(
  model: Model,
  means: readonly Float64Array[],
  likely: Float64Array | null = null,
  candidates: () => readonly Float64Array[] = () => [],
): Reference {
  const told = model.columns.flatMap((c) => threshold(c) ?? []);
  const reached = (worst: number, j: number): boolean => means.some((f) => (f[j] as number) < worst);
  if (told.length === model.columns.length && told.every(reached))
    return { point: Float64Array.from(told), notes: [] };
  const all = [...candidates(), ...means];
  const front = nonDominated(all).map((i) => all[i] as Float64Array);
  const notes: string[] = [];
  const point = Float64Array.from(model.columns, (c, j) => {
    let best = Number.POSITIVE_INFINITY;
    let nadir = Number.NEGATIVE_INFINITY;
    for (const f of front) {
      best = Math.min(best, f[j] as number);
      nadir = Math.max(nadir, f[j] as number);
    }
    const given = threshold(c);
    if (given === null) nadir = Math.max(nadir, likely?.[j] ?? nadir);
    const range = Math.max(nadir - best, 1e-6);
    if (given === null) return nadir + 0.1 * range;
    if (given > best) return given;
    notes.push(
      `nothing is predicted to reach ${c.objective.label} ${c.objective.worstAcceptable}; loosened for now`,
    );
    return best + 0.1 * range;
  });
  return { point, notes };
}

const draws = 9;
const looked = 160;

/**
 * Where no threshold is given: the median nadir of the fronts of nine joint draws at `points`. A mean that is flat
 * where nothing was tried yet has a front of one point; its draws do not, and the search is not drawn together there.
 * Null where every threshold is given.
 */
export function likelyNadir(
  model: Model,
  points: readonly Float64Array[],
  stream: (name: string) => RandomStream,
): Float64Array | null {
  if (model.columns.every((c) => threshold(c) !== null)) return null;
  const some = points.slice(0, looked);
  const inputs = some.map((u) => model.lift.point(u));
  const columns = model.columns.map((c): readonly Float64Array[] => {
    if (c.gp === null) return Array(draws).fill(model.knownScaled(c, some));
    const { mean, factor } = c.gp.joint(inputs);
    const own = stream(`reference/${c.objective.name}`);
    return Array.from({ length: draws }, () => {
      const z = Float64Array.from(some, () => own.normal());
      return mean.map((m, i) => m + dotAt(factor, i * some.length, z, 0, i + 1));
    });
  });
  const nadirs = Array.from({ length: draws }, (_, s) => {
    const world = some.map((_u, i) => Float64Array.from(columns, (c) => (c[s] as Float64Array)[i] as number));
    const front = nonDominated(world).map((i) => world[i] as Float64Array);
    return model.columns.map((_c, j) => Math.max(...front.map((f) => f[j] as number)));
  });
  return Float64Array.from(model.columns, (_c, j) => {
    const sorted = nadirs.map((n) => n[j] as number).sort((a, b) => a - b);
    return sorted[(draws - 1) / 2] as number;
  });
}

function threshold(c: Column): number | null {
  const { objective, offset, scale } = c;
  if (objective.worstAcceptable === undefined) return null;
  return (signed(objective, objective.worstAcceptable) - offset) / scale;
}
