import type { RandomStream } from "../core/index.js";
import { HyperObjective, type Priors, type Training, thetaBounds } from "./gp-objective.js";

const burnIn = 12;
const thin = 5;
const width = 1;

/**
 * Draws from the posterior of the hyperparameters by slice sampling, one coordinate after another (Neal 2003,
 * stepping out), started at the MAP. With few, noisy observations several explanations fit: a smooth function with
 * much noise, a rough one with little.
 */
export function sampleThetas(
  data: Training,
  priors: Priors,
  start: Float64Array,
  count: number,
  stream: RandomStream,
): Float64Array[] {
  const objective = new HyperObjective(data, priors);
  const { low, high } = thetaBounds(data.d);
  const theta = start.slice();
  let value = objective.evaluate(theta, null);
  const at = (j: number, x: number): number => {
    if (x <= (low[j] as number) || x >= (high[j] as number)) return Number.POSITIVE_INFINITY;
    const trial = theta.slice();
    trial[j] = x;
    return objective.evaluate(trial, null);
  };
  const sweep = (): void => {
    for (let j = 0; j < theta.length; j++) {
      const here = theta[j] as number;
      const level = value - Math.log(1 - stream.uniform());
      let left = here - width * stream.uniform();
      let right = left + width;
      for (let k = 0; k < 4 && at(j, left) < level; k++) left -= width;
      for (let k = 0; k < 4 && at(j, right) < level; k++) right += width;
      for (let k = 0; k < 20; k++) {
        const x = left + (right - left) * stream.uniform();
        const found = at(j, x);
        if (found < level) {
          theta[j] = x;
          value = found;
          break;
        }
        if (x < here) left = x;
        else right = x;
      }
    }
  };
  const out: Float64Array[] = [];
  for (let s = 0; s < burnIn; s++) sweep();
  while (out.length < count) {
    for (let s = 0; s < thin; s++) sweep();
    out.push(theta.slice());
  }
  return out;
}
