import { batchPixels, type FrameSet, type Item, type Normalisation, plainItems } from "./batches.js";
import type { NetworkSpec } from "./network.js";
import { forward, type Limits, tensorWeights } from "./network-tf.js";
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

/** Loss, its gradients and the batch's statistics for one batch of training frames. */
export async function gradientStep(
  tf: Tf,
  spec: NetworkSpec,
  weights: ReadonlyMap<string, Float32Array>,
  train: FrameSet,
  items: readonly Item[],
  normalisation: Normalisation,
  limits?: Limits,
): Promise<{ loss: number; gradients: Map<string, Float32Array>; statistics: Map<string, Float32Array> }> {
  const tensors = tensorWeights(tf, spec, weights);
  const trained = parameterShapes(spec)
    .filter((p) => p.trainable)
    .map((p) => p.name);
  const kept = new Map<string, Tensor>();
  const result = tf.tidy(() => {
    const x = image(tf, spec, train, items, normalisation);
    const target = tf.tensor1d(items.map(({ index }) => train.ratings[index] as number));
    const lossOf = (...values: Tensor[]): Tensor => {
      const all = new Map(tensors);
      for (const [i, name] of trained.entries()) all.set(name, values[i] as Tensor);
      const out = forward(tf, spec, all, x, true, limits);
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
