import type { Row } from "./data.js";
import { coldFit, type Fitted, type ThetaCache } from "./fit.js";
import type { Priors, Training } from "./gp-objective.js";
import { nonDominated } from "./maths/hypervolume.js";

/** Up to so many observations everything is exact; beyond, the model stands on so many well-chosen ones. */
export const exactUpTo = 224;
const kept = 192;
const recent = 96;

/**
 * The rows that a model stands on: all of them while that is quick; else this run's newest, those that no other
 * dominates, and of the rest those that lie farthest from what is already there. In their old order.
 */
export function activeRows(rows: readonly Row[], count = kept): readonly Row[] {
  if (rows.length <= Math.max(count, count === kept ? exactUpTo : 0)) return rows;
  const chosen = new Set<number>();
  const own = rows.flatMap((r, i) => (r.session === undefined ? [i] : []));
  for (const i of own.slice(-Math.min(recent, count))) chosen.add(i);
  const whole = rows.flatMap((r, i) => (r.failed || r.values.includes(null) ? [] : [i]));
  for (const k of nonDominated(whole.map((i) => (rows[i] as Row).values as number[]))) {
    if (chosen.size >= (3 * count) / 4) break;
    chosen.add(whole[k] as number);
  }
  farthest(rows, chosen, count);
  return [...chosen].sort((a, b) => a - b).map((i) => rows[i] as Row);
}

/** Adds the row whose nearest chosen one is farthest away, again and again. */
function farthest(rows: readonly Row[], chosen: Set<number>, count: number): void {
  const gap = new Float64Array(rows.length).fill(Number.POSITIVE_INFINITY);
  const see = (i: number): void => {
    const a = (rows[i] as Row).u;
    rows.forEach(({ u }, k) => {
      let squares = 0;
      for (let j = 0; j < u.length; j++) squares += ((u[j] as number) - (a[j] as number)) ** 2;
      if (squares < (gap[k] as number)) gap[k] = squares;
    });
  };
  for (const i of chosen) see(i);
  while (chosen.size < count) {
    let next = 0;
    for (let k = 1; k < gap.length; k++) if ((gap[k] as number) > (gap[next] as number)) next = k;
    // What is left repeats what is there.
    if (chosen.has(next)) break;
    chosen.add(next);
    see(next);
  }
}

/** Hyperparameters of many observations: from few of them, again after every 32 new ones. */
const refitEvery = 32;
const fitted = 128;

export function fitOnFew(
  rows: readonly Row[],
  training: (rows: readonly Row[]) => Training,
  cache: ThetaCache,
  prefix: string,
  priors: Priors,
): Fitted {
  const upTo = rows.length - (rows.length % refitEvery);
  const key = `${prefix} few:${upTo}`;
  const known = cache.get(key);
  if (known !== undefined) return { theta: Float64Array.from(known), value: Number.NaN, evaluations: 0 };
  const found = coldFit(training(activeRows(rows.slice(0, upTo), fitted)), priors, 1);
  cache.set(key, [...found.theta]);
  return found;
}
