import { defaultTheta, HyperObjective, type Priors, type Training, thetaBounds } from "./gp-objective.js";
import { minimise } from "./maths/lbfgs.js";

/** Fits are counted, so that replay can be told where to stop (design.md §3, Determinism). */
export interface Fitted {
  readonly theta: Float64Array;
  readonly evaluations: number;
  /** Negative log posterior reached. */
  readonly value: number;
}
export type ThetaCache = Map<string, readonly number[]>;

const firstAnchor = 25;
const freshLimit = 64;
const coldLimit = 60;

/** A fit from `starts` (1 to 3) fixed starting points. */
export function coldFit(data: Training, priors: Priors, starts: number): Fitted {
  const { low, high } = thetaBounds(data.d);
  const objective = new HyperObjective(data, priors);
  const evaluate = (x: Float64Array, g: Float64Array): number => objective.evaluate(x, g);
  let best = { x: defaultTheta(data.d), value: Number.POSITIVE_INFINITY };
  let evaluations = 0;
  for (let s = 0; s < starts; s++) {
    const start = defaultTheta(data.d);
    // A second start with short lengthscales and a third with much noise: the two other optima seen in practice.
    for (let j = 0; j < data.d; j++) start[j] = Math.log([0.7, 0.25, 1.5][s] as number);
    start[data.d + 1] = [-3.5, -5, -1][s] as number;
    const found = minimise(evaluate, start, low, high, coldLimit, 1e-3);
    evaluations += found.evaluations;
    if (found.value < best.value) best = found;
  }
  return { theta: best.x, value: best.value, evaluations };
}

function warm(data: Training, priors: Priors, start: Float64Array, limit: number): Fitted {
  const { low, high } = thetaBounds(data.d);
  const objective = new HyperObjective(data, priors);
  const found = minimise((x, g) => objective.evaluate(x, g), start, low, high, limit, 1e-3);
  return Number.isFinite(found.value)
    ? { theta: found.x, value: found.value, evaluations: found.evaluations }
    : { theta: start, value: Number.POSITIVE_INFINITY, evaluations: found.evaluations };
}

const everyFrom = 64;
const stride = 8;

/**
 * How many of n observations the hyperparameters of a proposal rest on: all of them while each still tells much; later
 * the last multiple of 8 before the newest, so that the fit can run while the image is being taken.
 */
export function fittedCount(n: number): number {
  return n <= everyFrom ? n : n - 1 - ((n - 1) % stride);
}

/**
 * MAP hyperparameters for the first `n` observations, as a pure function of them: a cold fit from three starts
 * up to 25 observations; beyond, a chain of warm fits at 25, 50, 100, … and at n. The chain's inner links are
 * kept in `cache` (key: prefix:n), which saves time and changes nothing.
 */
export function fitTheta(
  n: number,
  training: (n: number) => Training,
  cache: ThetaCache,
  prefix: string,
  priors: Priors,
): Fitted {
  const key = `${prefix}:${n}`;
  const known = cache.get(key);
  if (known !== undefined) return { theta: Float64Array.from(known), value: Number.NaN, evaluations: 0 };
  let fitted: Fitted;
  if (n <= firstAnchor) {
    fitted = coldFit(training(n), priors, 3);
  } else {
    let anchor = firstAnchor;
    while (anchor * 2 < n) anchor *= 2;
    const before = fitTheta(anchor, training, cache, prefix, priors);
    const data = training(n);
    const after = warm(data, priors, before.theta, n <= freshLimit ? 40 : n <= 128 ? 14 : 8);
    // An early fit may have taken everything for noise; as long as it is cheap, look from the outside again.
    const fresh = n <= freshLimit ? coldFit(data, priors, 2) : null;
    const better = fresh !== null && fresh.value < after.value ? fresh : after;
    const evaluations = before.evaluations + after.evaluations + (fresh?.evaluations ?? 0);
    fitted = { theta: better.theta, value: better.value, evaluations };
  }
  cache.set(key, [...fitted.theta]);
  return fitted;
}

/** What of the cache is worth saving: per objective the chain's links and the newest fit. */
export function pruneCache(cache: ThetaCache): Record<string, number[]> {
  const newest = new Map<string, number>();
  const split = (key: string): { prefix: string; n: number } => {
    const at = key.lastIndexOf(":");
    return { prefix: key.slice(0, at), n: Number(key.slice(at + 1)) };
  };
  for (const key of cache.keys()) {
    const { prefix, n } = split(key);
    newest.set(prefix, Math.max(newest.get(prefix) ?? 0, n));
  }
  const kept = [...cache].filter(([key]) => {
    const { prefix, n } = split(key);
    const link = Math.log2(n / firstAnchor);
    return n === newest.get(prefix) || (link >= 0 && Number.isInteger(link));
  });
  return Object.fromEntries(kept.map(([key, theta]) => [key, [...theta]]));
}
