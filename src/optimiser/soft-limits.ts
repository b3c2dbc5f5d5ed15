import { signed } from "./data.js";
import { normalCdf } from "./maths/normal.js";
import type { Column, Model } from "./model.js";
import type { Acquisition } from "./nehvi.js";
import { inSentence, plain } from "./plain.js";
import type { OptimiserSpace } from "./space.js";

/** A value that should not be passed but can only be learned: bleaching at most 0.4. */
interface SoftLimit {
  readonly column: Column;
  readonly index: number;
  /** Minimise convention. */
  readonly most: number;
}

function limitsOf(model: Model): SoftLimit[] {
  return model.columns.flatMap((column, index) => {
    const { limit } = column.objective;
    return limit === undefined ? [] : [{ column, index, most: signed(column.objective, limit) }];
  });
}

/** Per objective with a soft limit: the probability that settings keep it, at each point. Exact ones: 0 or 1. */
export function withinLimits(
  model: Model,
  points: readonly Float64Array[],
): Readonly<Record<string, Float64Array>> {
  const soft = limitsOf(model);
  if (soft.length === 0) return {};
  const { mean, sd } = model.predict(points);
  return Object.fromEntries(
    soft.map(({ column, index, most }) => [
      column.objective.name,
      Float64Array.from(points, (_, i) => {
        const gap = most - ((mean[index] as Float64Array)[i] as number);
        const spread = (sd[index] as Float64Array)[i] as number;
        return spread > 0 ? normalCdf(gap / spread) : gap >= 0 ? 1 : 0;
      }),
    ]),
  );
}

/** Cautious: at most one image in ten past a limit, if the model is right. */
export const defaultSure = 0.9;
/** Left of the value of settings that are not sure enough: taken only where nothing is. */
const reluctance = 1e-6;

/** The acquisition times the probability that all soft limits are kept; settings less sure than `sure` come last. */
export function keepingLimits(acquisition: Acquisition, model: Model, sure: number): Acquisition {
  if (limitsOf(model).length === 0) return acquisition;
  return (points) => {
    const values = acquisition(points);
    const kept = probabilityOfAll(model, points);
    return values.map((v, i) => {
      const p = kept[i] as number;
      return v * p * (p >= sure ? 1 : reluctance);
    });
  };
}

export function probabilityOfAll(model: Model, points: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(points.length).fill(1);
  for (const p of Object.values(withinLimits(model, points)))
    for (let i = 0; i < all.length; i++) all[i] = (all[i] as number) * (p[i] as number);
  return all;
}

/** "bleaching at most 0.40 with 93 % probability" for every soft limit at u, and the numbers. */
export function limitsInWords(
  model: Model,
  u: Float64Array,
): { readonly text: string; readonly within: Readonly<Record<string, number>> } | null {
  const found = Object.entries(withinLimits(model, [u]));
  if (found.length === 0) return null;
  const within = Object.fromEntries(found.map(([name, p]) => [name, p[0] as number]));
  const text = limitsOf(model)
    .map(({ column: { objective } }) => {
      const side = objective.direction === "minimise" ? "at most" : "at least";
      const percent = Math.round(100 * (within[objective.name] as number));
      return `${inSentence(objective.label)} ${side} ${plain(objective.limit as number)} with ${percent} % probability`;
    })
    .join(", ");
  return { text, within };
}

/** What to say where no settings are sure enough. */
export function limitNote(space: OptimiserSpace, model: Model, u: Float64Array): string[] {
  const p = probabilityOfAll(model, [u])[0] as number;
  const sure = space.sure ?? defaultSure;
  return limitsOf(model).length === 0 || p >= sure
    ? []
    : [`no settings are known to keep the soft limits with ${Math.round(100 * sure)} % probability yet`];
}
