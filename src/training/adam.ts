import type { Weights } from "./network-weights.js";

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-7;

/** Adam (Kingma and Ba 2015) on plain arrays: the same numbers whatever backend made the gradients. */
export class Adam {
  /** Steps done. */
  steps = 0;
  readonly first = new Map<string, Float32Array>();
  readonly second = new Map<string, Float32Array>();

  /** Moves `weights` against `gradients` in place. @param rate learning rate of this step */
  step(weights: Weights, gradients: Weights, rate: number): void {
    this.steps++;
    const correction1 = 1 - beta1 ** this.steps;
    const correction2 = 1 - beta2 ** this.steps;
    for (const [name, gradient] of gradients) {
      const values = weights.get(name);
      if (values === undefined) continue;
      const m = this.moment(this.first, name, values.length);
      const v = this.moment(this.second, name, values.length);
      for (let i = 0; i < values.length; i++) {
        const g = gradient[i] as number;
        const mi = beta1 * (m[i] as number) + (1 - beta1) * g;
        const vi = beta2 * (v[i] as number) + (1 - beta2) * g * g;
        m[i] = mi;
        v[i] = vi;
        values[i] =
          (values[i] as number) - (rate * (mi / correction1)) / (Math.sqrt(vi / correction2) + epsilon);
      }
    }
  }

  private moment(store: Map<string, Float32Array>, name: string, length: number): Float32Array {
    const found = store.get(name) ?? new Float32Array(length);
    store.set(name, found);
    return found;
  }
}

/** Share of the steps over which the rate rises from nothing. */
const warmUp = 0.05;
/** The last steps' rate as a share of the peak. */
const floor = 0.01;

/** Learning rate: a linear rise, then half a cosine down. @param done share of all steps, 0..1 */
export function learningRate(peak: number, done: number): number {
  if (done < warmUp) return peak * Math.max(floor, done / warmUp);
  const phase = Math.min(1, (done - warmUp) / (1 - warmUp));
  return peak * (floor + ((1 - floor) * (1 + Math.cos(Math.PI * phase))) / 2);
}
