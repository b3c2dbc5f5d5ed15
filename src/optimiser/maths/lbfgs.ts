/** Bounded quasi-Newton minimisation for a handful of variables. */

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly evaluations: number;
}
/** Value at `x`, the gradient written into `gradient`. A value that is not finite is a step too far. */
export type Differentiable = (x: Float64Array, gradient: Float64Array) => number;

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}
const memory = 7;
/**
 * A step that gains less than this share of the value ends the search. Near rounding: where one stiff coordinate held at a
 * bound makes the value large, 1e-9 of it still hid errors of 1e-3 in the soft ones.
 */
const leastGain = 1e-13;

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Two-loop recursion of L-BFGS (Nocedal 1980): minus the approximate inverse Hessian times `gradient`. */
function direction(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const q = gradient.slice();
  const alpha: number[] = [];
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, rho } = pairs[i] as Pair;
    const a = rho * dot(s, q);
    alpha[i] = a;
    for (let k = 0; k < q.length; k++) q[k] = (q[k] as number) - a * (y[k] as number);
  }
  const last = pairs.at(-1);
  const scale =
    last === undefined ? 1 / Math.max(1, Math.sqrt(dot(q, q))) : 1 / (last.rho * dot(last.y, last.y));
  for (let k = 0; k < q.length; k++) q[k] = (q[k] as number) * scale;
  for (let i = 0; i < pairs.length; i++) {
    const { s, y, rho } = pairs[i] as Pair;
    const b = rho * dot(y, q);
    for (let k = 0; k < q.length; k++)
      q[k] = (q[k] as number) + (s[k] as number) * ((alpha[i] as number) - b);
  }
  for (let k = 0; k < q.length; k++) q[k] = -(q[k] as number);
  return q;
}

/**
 * Projected L-BFGS with Armijo backtracking inside the box [low, high]. Coordinates at a bound whose
 * gradient points outward are held. Stops at a projected gradient below `tolerance`, at a step that
 * gains nothing but rounding, or after `limit` evaluations.
 */
export function minimise(
  f: Differentiable,
  start: Float64Array,
  low: Float64Array,
  high: Float64Array,
  limit: number,
  tolerance = 1e-4,
): Minimum {
  const d = start.length;
  const clip = (v: number, k: number): number => Math.min(high[k] as number, Math.max(low[k] as number, v));
  let x = start.map(clip);
  let g = new Float64Array(d);
  let value = f(x, g);
  let evaluations = 1;
  let pairs: Pair[] = [];
  while (evaluations < limit && Number.isFinite(value)) {
    const held = g.map((gk, k) =>
      (gk > 0 && (x[k] as number) <= (low[k] as number)) ||
      (gk < 0 && (x[k] as number) >= (high[k] as number))
        ? 1
        : 0,
    );
    const free = g.map((gk, k) => (held[k] === 1 ? 0 : gk));
    if (Math.sqrt(dot(free, free)) < tolerance) break;
    let step = direction(free, pairs);
    for (let k = 0; k < d; k++) if (held[k] === 1) step[k] = 0;
    if (!(dot(step, free) < 0)) {
      pairs = [];
      step = direction(free, pairs);
    }
    const trial = new Float64Array(d);
    const trialGradient = new Float64Array(d);
    let t = 1;
    let accepted = false;
    let trialValue = Number.POSITIVE_INFINITY;
    while (evaluations < limit && t > 1e-7) {
      for (let k = 0; k < d; k++) trial[k] = clip((x[k] as number) + t * (step[k] as number), k);
      trialValue = f(trial, trialGradient);
      evaluations++;
      let slope = 0;
      for (let k = 0; k < d; k++) slope += (free[k] as number) * ((trial[k] as number) - (x[k] as number));
      if (Number.isFinite(trialValue) && trialValue <= value + 1e-4 * slope) {
        accepted = true;
        break;
      }
      t *= 0.4;
    }
    if (!accepted) {
      if (pairs.length === 0) break;
      pairs = [];
      continue;
    }
    const s = trial.map((v, k) => v - (x[k] as number));
    const y = trialGradient.map((v, k) => v - (g[k] as number));
    const sy = dot(s, y);
    if (sy > 1e-10 * dot(y, y)) pairs = [...pairs, { s, y, rho: 1 / sy }].slice(-memory);
    const gain = value - trialValue;
    x = trial;
    g = trialGradient;
    value = trialValue;
    if (gain < leastGain * Math.max(1, Math.abs(value))) break;
  }
  return { x, value, evaluations };
}
