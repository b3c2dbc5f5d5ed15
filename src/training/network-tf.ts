import { nativeBatchNorm } from "./native-batch-norm.js";
import { batchNormEpsilon, foregroundFloor, type NetworkSpec } from "./network.js";
import { parameterShapes, type Weights, weight } from "./network-weights.js";
import type { Tensor, Tensor4D, Tf } from "./tf-types.js";

export interface Forward {
  /** [N] */
  readonly score: Tensor;
  /** [N, F]; null in training, where nobody asks for them. */
  readonly features: Tensor | null;
  /** fcn: [N, h, w, 1] */
  readonly heatmap: Tensor | null;
  /** In training: mean and variance of this batch for every batch normalisation; the caller disposes of them. */
  readonly batchStatistics: ReadonlyMap<string, { readonly mean: Tensor; readonly variance: Tensor }>;
}

export type TensorWeights = ReadonlyMap<string, Tensor>;

/** The weights as tensors of the given backend; dispose of them with `tf.dispose`. */
export function tensorWeights(tf: Tf, spec: NetworkSpec, weights: Weights): Map<string, Tensor> {
  return new Map(
    parameterShapes(spec).map((p) => [p.name, tf.tensor(weight(weights, p.name), [...p.shape], "float32")]),
  );
}

/**
 * The network in TensorFlow.js operations. @param image [N, H, W, 1], normalised
 * @param training batch normalisation uses this batch's statistics instead of the moving ones; "held": the moving ones as
 *   they are, with a gradient for all else
 */
export function forward(
  tf: Tf,
  spec: NetworkSpec,
  weights: TensorWeights,
  image: Tensor4D,
  training: boolean | "held",
): Forward {
  const get = (name: string): Tensor => {
    const tensor = weights.get(name);
    if (tensor === undefined) throw new Error(`no weight '${name}'`);
    return tensor;
  };
  const batchStatistics = new Map<string, { mean: Tensor; variance: Tensor }>();
  const features: Tensor[] = [];
  let current: Tensor = image;
  let heatmap: Tensor | null = null;
  /** The greatest of values that share a bias is the greatest plus that bias: added after the pooling it costs a quarter. */
  let bias: Tensor | null = null;
  for (const [i, layer] of spec.layers.entries()) {
    if (layer.op === "compress") current = tf.log1p(current);
    else if (layer.op === "conv") {
      const { name } = layer;
      current = tf.conv2d(current as Tensor4D, get(`${name}/kernel`) as Tensor4D, 1, "same");
      if (!layer.batchNorm) {
        if (spec.layers[i + 1]?.op === "pool") bias = get(`${name}/bias`);
        else current = tf.add(current, get(`${name}/bias`));
      } else if (training === "held") {
        const [gamma, beta, mean, variance] = ["gamma", "beta", "movingMean", "movingVariance"].map((p) =>
          get(`${name}/${p}`),
        ) as [Tensor, Tensor, Tensor, Tensor];
        current = normaliseHeld(tf, current, gamma, beta, mean, variance);
      } else if (training) {
        const statistics = (mean: Tensor, variance: Tensor): void => {
          batchStatistics.set(name, { mean: tf.keep(mean.clone()), variance: tf.keep(variance.clone()) });
        };
        const normalise = tf.getBackend() === "tensorflow" ? nativeBatchNorm : batchNormalise;
        current = normalise(tf, current, get(`${name}/gamma`), get(`${name}/beta`), statistics);
      } else {
        current = tf.batchNorm(
          current as Tensor4D,
          get(`${name}/movingMean`) as never,
          get(`${name}/movingVariance`) as never,
          get(`${name}/beta`) as never,
          get(`${name}/gamma`) as never,
          batchNormEpsilon,
        );
      }
    } else if (layer.op === "pool") {
      // Rounding up is "same" at stride 2 and "valid" at stride 1.
      current = tf.maxPool(current as Tensor4D, 2, layer.stride, layer.stride === 2 ? "same" : "valid");
      if (bias !== null) current = tf.add(current, bias);
      bias = null;
    } else if (layer.op === "elu") {
      current = tf.elu(current);
      if (!training && spec.features.includes(layer.name)) {
        features.push(current.rank === 4 ? tf.mean(current, [1, 2]) : current);
      }
    } else if (layer.op === "flatten") {
      current = tf.reshape(current, [image.shape[0], -1]);
    } else if (layer.op === "dense") {
      current = tf.add(
        tf.matMul(current, get(`${layer.name}/kernel`) as Tensor4D),
        get(`${layer.name}/bias`),
      );
    } else if (layer.op === "sigmoid") {
      current = tf.sigmoid(current);
      if (layer.name === "heatmap") heatmap = current;
      else current = tf.reshape(current, [image.shape[0]]);
    } else {
      const weightOf = foregroundWeight(tf, image, layer.block);
      const over = tf.sum(tf.mul(current, weightOf), [1, 2, 3]);
      current = tf.div(over, tf.sum(weightOf, [1, 2, 3]));
    }
  }
  return { score: current, features: training ? null : tf.concat(features, 1), heatmap, batchStatistics };
}

/** See `foregroundFloor` in network.ts. [N, H/block, W/block, 1] */
function foregroundWeight(tf: Tf, image: Tensor4D, block: number): Tensor {
  const blocks = tf.avgPool(image, block, block, "valid");
  const mean = tf.mean(blocks, [1, 2], true);
  const ratio = tf.div(tf.sub(blocks, mean), tf.add(mean, foregroundFloor));
  return tf.add(tf.clipByValue(ratio, 0, 1), foregroundFloor);
}

/**
 * Batch normalisation in training with its gradient in closed form (Ioffe and Szegedy 2015):
 * dx = γ/σ · (dy − mean(dy) − x̂ · mean(dy · x̂)). The chain of single operations takes twice as long.
 */
function batchNormalise(
  tf: Tf,
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  statistics: (mean: Tensor, variance: Tensor) => void,
): Tensor {
  const run = tf.customGrad((...args: unknown[]) => {
    const [input, scale, shift, save] = args as [Tensor, Tensor, Tensor, (t: Tensor[]) => void];
    const mean = tf.mean(input, [0, 1, 2]);
    const variance = tf.mean(tf.squaredDifference(input, mean), [0, 1, 2]);
    statistics(mean, variance);
    const inverse = tf.rsqrt(tf.add(variance, batchNormEpsilon));
    const factor = tf.mul(scale, inverse);
    const value = tf.add(tf.mul(input, factor), tf.sub(shift, tf.mul(mean, factor)));
    save([input, scale, mean, inverse]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [savedInput, savedScale, m, inv] = saved as [Tensor, Tensor, Tensor, Tensor];
      const count = dy.size / (dy.shape.at(-1) ?? 1);
      const normal = tf.mul(tf.sub(savedInput, m), inv);
      const sumDy = tf.sum(dy, [0, 1, 2]);
      const sumDyNormal = tf.sum(tf.mul(dy, normal), [0, 1, 2]);
      const a = tf.mul(savedScale, inv);
      const dx = tf.sub(
        tf.mul(dy, a),
        tf.add(tf.mul(normal, tf.div(tf.mul(a, sumDyNormal), count)), tf.div(tf.mul(a, sumDy), count)),
      );
      return [dx, sumDyNormal, sumDy];
    };
    return { value, gradFunc };
  });
  return run(x, gamma, beta);
}

/** Normalisation by given statistics: y = γ (x − m)/σ + β, one multiplication and one addition, and the gradient's sums. */
function normaliseHeld(
  tf: Tf,
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  mean: Tensor,
  variance: Tensor,
): Tensor {
  const run = tf.customGrad((...args: unknown[]) => {
    const [input, scale, shift, save] = args as [Tensor, Tensor, Tensor, (t: Tensor[]) => void];
    const inverse = tf.rsqrt(tf.add(variance, batchNormEpsilon));
    const factor = tf.mul(scale, inverse);
    const value = tf.add(tf.mul(input, factor), tf.sub(shift, tf.mul(mean, factor)));
    save([input, factor, inverse]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [savedInput, a, inv] = saved as [Tensor, Tensor, Tensor];
      const sumDy = tf.sum(dy, [0, 1, 2]);
      const along = tf.sub(tf.sum(tf.mul(dy, savedInput), [0, 1, 2]), tf.mul(mean, sumDy));
      return [tf.mul(dy, a), tf.mul(inv, along), sumDy];
    };
    return { value, gradFunc };
  });
  return run(x, gamma, beta);
}
