import type { RandomStream } from "../../core/index.js";

/** Weights of an m-10-10-1 network with ReLU, as PrefNet of the authors: objectives in, how much they are liked out. */
const width = 10;
export interface Net {
  readonly m: number;
  readonly weights: Float64Array;
}
/** One comparison: the first was preferred to the second. */
export type Pair = readonly [Float64Array, Float64Array];

const sizeOf = (m: number): number => width * (m + 1) + width * (width + 1) + width;

export function freshNet(m: number, stream: RandomStream): Net {
  const weights = new Float64Array(sizeOf(m));
  const fill = (from: number, count: number, inputs: number): void => {
    for (let i = 0; i < count; i++) weights[from + i] = stream.normal() * Math.sqrt(2 / inputs);
  };
  fill(0, width * m, m);
  fill(width * (m + 1), width * width, width);
  fill(width * (m + 1) + width * (width + 1), width, width);
  return { m, weights };
}

interface Trace {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** Forward pass; `trace` keeps the layers for the way back. */
export function scoreOf({ m, weights }: Net, x: ArrayLike<number>, trace: Trace | null = null): number {
  const first = trace?.first ?? new Float64Array(width);
  const second = trace?.second ?? new Float64Array(width);
  const bias1 = width * m;
  const layer2 = width * (m + 1);
  const bias2 = layer2 + width * width;
  const layer3 = bias2 + width;
  for (let i = 0; i < width; i++) {
    let sum = weights[bias1 + i] as number;
    for (let j = 0; j < m; j++) sum += (weights[i * m + j] as number) * (x[j] as number);
    first[i] = Math.max(0, sum);
  }
  let out = 0;
  for (let i = 0; i < width; i++) {
    let sum = weights[bias2 + i] as number;
    for (let j = 0; j < width; j++) sum += (weights[layer2 + i * width + j] as number) * (first[j] as number);
    second[i] = Math.max(0, sum);
    out += (weights[layer3 + i] as number) * (second[i] as number);
  }
  return out;
}

/** Adds `slope` × ∂score/∂weights at x to `gradient`. */
function backward(
  { m, weights }: Net,
  x: Float64Array,
  trace: Trace,
  slope: number,
  gradient: Float64Array,
): void {
  const layer2 = width * (m + 1);
  const bias2 = layer2 + width * width;
  const layer3 = bias2 + width;
  const { first, second } = trace;
  const back = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    gradient[layer3 + i] = (gradient[layer3 + i] as number) + slope * (second[i] as number);
    if ((second[i] as number) <= 0) continue;
    const d = slope * (weights[layer3 + i] as number);
    gradient[bias2 + i] = (gradient[bias2 + i] as number) + d;
    for (let j = 0; j < width; j++) {
      const at = layer2 + i * width + j;
      gradient[at] = (gradient[at] as number) + d * (first[j] as number);
      back[j] = (back[j] as number) + d * (weights[at] as number);
    }
  }
  for (let i = 0; i < width; i++) {
    if ((first[i] as number) <= 0) continue;
    const d = back[i] as number;
    gradient[width * m + i] = (gradient[width * m + i] as number) + d;
    for (let j = 0; j < m; j++) gradient[i * m + j] = (gradient[i * m + j] as number) + d * (x[j] as number);
  }
}

const rate = 0.01;
const decay = 2e-3;
const epochs = 60;
const batch = 32;

/**
 * Adam on −log σ(s(preferred) − s(other)), the pairwise loss of Bradley and Terry: unlike PrefNet's hinge its
 * differences are log odds, so that they can be read as probabilities.
 */
export function trainNet(net: Net, pairs: readonly Pair[], stream: RandomStream): void {
  const { weights } = net;
  const gradient = new Float64Array(weights.length);
  const mean = new Float64Array(weights.length);
  const square = new Float64Array(weights.length);
  const traces = [0, 1].map(() => ({ first: new Float64Array(width), second: new Float64Array(width) }));
  const [one, two] = traces as [Trace, Trace];
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let from = 0; from < pairs.length; from += batch) {
      gradient.fill(0);
      const count = Math.min(batch, pairs.length - from);
      for (let k = 0; k < count; k++) {
        const [better, worse] = pairs[stream.int(pairs.length)] as Pair;
        const gap = scoreOf(net, better, one) - scoreOf(net, worse, two);
        const slope = -1 / (1 + Math.exp(gap)) / count;
        backward(net, better, one, slope, gradient);
        backward(net, worse, two, -slope, gradient);
      }
      step++;
      for (let i = 0; i < weights.length; i++) {
        const g = (gradient[i] as number) + decay * (weights[i] as number);
        mean[i] = 0.9 * (mean[i] as number) + 0.1 * g;
        square[i] = 0.999 * (square[i] as number) + 0.001 * g * g;
        const m = (mean[i] as number) / (1 - 0.9 ** step);
        const v = (square[i] as number) / (1 - 0.999 ** step);
        weights[i] = (weights[i] as number) - (rate * m) / (Math.sqrt(v) + 1e-8);
      }
    }
  }
}
