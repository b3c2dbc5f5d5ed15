import type { RandomStream } from "../../../src/core/index.js";

const cells = 4096;

/** Upper quantiles of the normal distribution by Newton's method on the error function's series. */
function quantiles(): Float64Array {
  const out = new Float64Array(cells + 1);
  const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  const distribution = (x: number): number => {
    let term = x;
    let sum = x;
    for (let k = 1; k < 200 && Math.abs(term) > 1e-17; k++) {
      term *= (x * x) / (2 * k + 1);
      sum += term;
    }
    return 0.5 + sum * density(x);
  };
  let x = 0;
  for (let i = cells / 2; i < cells; i++) {
    // The outermost cell ends at 4 sd.
    for (let step = 0; step < 30; step++) x -= (distribution(x) - i / cells) / density(x);
    out[i] = x;
    out[cells - i] = -x;
  }
  out[cells] = 4;
  out[0] = -4;
  return out;
}
const table = quantiles();

/**
 * A normal deviate good enough for where a label sits: the distribution's quantiles, interpolated, ending at 4 sd.
 * One draw and no logarithm, four times as fast as an exact one.
 */
export function scatter(random: RandomStream): number {
  const at = random.uniform32() * cells;
  const i = Math.floor(at);
  const low = table[i] as number;
  return low + (at - i) * ((table[i + 1] as number) - low);
}
