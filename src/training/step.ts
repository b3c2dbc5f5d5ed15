import { batchPixels, type FrameSet, type Item, type Normalisation, plainItems } from "./batches.js";
import type { NetworkSpec } from "./network.js";
import { forward, tensorWeights } from "./network-tf.js";
import { parameterShapes } from "./network-weights.js";
import type { Tensor, Tensor4D, Tf } from "./tf-types.js";

/** Scores and features of every frame of a set. */
export async function predict(
  tf: Tf,
  spec: NetworkSpec,
  weights: ReadonlyMap<string, Float32Array>,
  set: FrameSet,
  normalisation: Normalisation,
): Promise<{ readonly scores: Float32Array; readonly features: Float32Array[] }> {
  const tensors = tensorWeights(tf, spec, weights);
  const scores = new Float32Array(set.frames.length);
  const features: Float32Array[] = [];
  const items = plainItems(set, spec.input);
  const batch = 16;
  for (let at = 0; at < items.length; at += batch) {
    const part = items.slice(at, at + batch);
    const [score, feature] = tf.tidy(() => {
      const out = forward(tf, spec, tensors, image(tf, spec, set, part, normalisation), false);
      return [out.score, out.features as Tensor] as const;
    });
    scores.set((await score.data()) as Float32Array, at);
    const values = (await feature.data()) as Float32Array;
    const width = values.length / part.length;
    for (let i = 0; i < part.length; i++) features.push(values.slice(i * width, (i + 1) * width));
    tf.dispose([score, feature]);
  }
  tf.dispose([...tensors.values()]);
  return { scores, features };
}

function image(tf: Tf, spec: NetworkSpec, set: FrameSet, items: readonly Item[], n: Normalisation): Tensor4D {
  return tf.tensor4d(batchPixels(set, items, spec.input, n), [items.length, ...spec.input, 1]);
}

/**
 * Loss, its gradients and the batch's statistics for one batch of training frames.
 * @param frozen layers whose weights stay as they are: no gradient is worked out for them
 * @param held normalise by the moving statistics, as scoring does, instead of the batch's own; none come back then
 */
export async function gradientStep(
  tf: Tf,
  spec: NetworkSpec,
  weights: ReadonlyMap<string, Float32Array>,
  train: FrameSet,
  items: readonly Item[],
  normalisation: Normalisation,
  frozen: readonly string[] = [],
  held = false,
): Promise<{ loss: number; gradients: Map<string, Float32Array>; statistics: Map<string, Float32Array> }> {
  const tensors = tensorWeights(tf, spec, weights);
  const trained = parameterShapes(spec)
    .filter((p) => p.trainable && !frozen.includes(p.name.split("/")[0] as string))
    .map((p) => p.name);
  const kept = new Map<string, Tensor>();
  const result = tf.tidy(() => {
    const x = image(tf, spec, train, items, normalisation);
    const target = tf.tensor1d(items.map(({ index }) => train.ratings[index] as number));
    const lossOf = (...values: Tensor[]): Tensor => {
      const all = new Map(tensors);
      for (const [i, name] of trained.entries()) all.set(name, values[i] as Tensor);
      const out = forward(tf, spec, all, x, held ? "held" : true);
      for (const [name, { mean, variance }] of out.batchStatistics) {
        kept.set(`${name}/movingMean`, mean).set(`${name}/movingVariance`, variance);
      }
      return tf.mean(tf.squaredDifference(out.score, target));
    };
    return tf.valueAndGrads(lossOf)(trained.map((name) => tensors.get(name) as Tensor));
  });
  const numbers = async (t: Tensor): Promise<Float32Array> => (await t.data()) as Float32Array;
  const loss = (await numbers(result.value))[0] ?? Number.NaN;
  const gradients = new Map<string, Float32Array>();
  for (const [i, name] of trained.entries()) gradients.set(name, await numbers(result.grads[i] as Tensor));
  const statistics = new Map<string, Float32Array>();
  for (const [name, tensor] of kept) statistics.set(name, await numbers(tensor));
  tf.dispose([...tensors.values(), ...kept.values(), result.value, ...result.grads]);
  return { loss, gradients, statistics };
}

/**
 * Moving statistics of the batch normalisations as the mean over many training batches with the weights as they are now
 * ("precise batch norm", Wu and Johnson 2021): averages taken while the weights moved are of networks that are gone.
 */
export async function reestimate(
  tf: Tf,
  spec: NetworkSpec,
  weights: ReadonlyMap<string, Float32Array>,
  train: FrameSet,
  batches: readonly (readonly Item[])[],
  normalisation: Normalisation,
): Promise<void> {
  const tensors = tensorWeights(tf, spec, weights);
  const sums = new Map<string, { readonly mean: Float64Array; readonly square: Float64Array }>();
  for (const items of batches) {
    const statistics = new Map<string, { readonly mean: Tensor; readonly variance: Tensor }>();
    tf.tidy(() => {
      const out = forward(tf, spec, tensors, image(tf, spec, train, items, normalisation), true);
      for (const [name, kept] of out.batchStatistics) statistics.set(name, kept);
    });
    for (const [name, { mean, variance }] of statistics) {
      const [m, v] = [(await mean.data()) as Float32Array, (await variance.data()) as Float32Array];
      const sum = sums.get(name) ?? { mean: new Float64Array(m.length), square: new Float64Array(m.length) };
      sums.set(name, sum);
      for (let i = 0; i < m.length; i++) {
        const middle = m[i] as number;
        sum.mean[i] = (sum.mean[i] as number) + middle / batches.length;
        sum.square[i] = (sum.square[i] as number) + ((v[i] as number) + middle * middle) / batches.length;
      }
      tf.dispose([mean, variance]);
    }
  }
  tf.dispose([...tensors.values()]);
  for (const [name, { mean, square }] of sums) {
    weights.get(`${name}/movingMean`)?.set(mean);
    weights.get(`${name}/movingVariance`)?.set(square.map((q, i) => q - (mean[i] as number) ** 2));
  }
}
