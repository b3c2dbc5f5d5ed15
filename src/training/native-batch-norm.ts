import { batchNormEpsilon } from "./network.js";
import type { Tensor, Tf } from "./tf-types.js";

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}
/** What tfjs-node's backend offers beside TensorFlow.js' own operations: any operation of the library by its name. */
interface NativeBackend {
  readonly binding: Readonly<Record<string, number>>;
  executeMultipleOutputs(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly Tensor[],
    outputs: number,
  ): Tensor[];
}

/**
 * Batch normalisation in training by the native library's own operation and its gradient: one pass over the
 * frames each where single operations take a dozen.
 */
export function nativeBatchNorm(
  tf: Tf,
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  statistics: (mean: Tensor, variance: Tensor) => void,
): Tensor {
  const backend = tf.backend() as unknown as NativeBackend;
  const { binding } = backend;
  const attribute = (name: string, type: string, value: unknown): Attribute => ({
    name,
    type: binding[type] as number,
    value,
  });
  const attributes = [
    attribute("T", "TF_ATTR_TYPE", binding["TF_FLOAT"]),
    attribute("U", "TF_ATTR_TYPE", binding["TF_FLOAT"]),
    attribute("epsilon", "TF_ATTR_FLOAT", batchNormEpsilon),
    attribute("data_format", "TF_ATTR_STRING", "NHWC"),
    attribute("is_training", "TF_ATTR_BOOL", true),
  ];
  const execute = (name: string, inputs: readonly Tensor[], outputs: number): Tensor[] =>
    backend.executeMultipleOutputs(name, attributes, inputs, outputs);
  const run = tf.customGrad((...args: unknown[]) => {
    const [input, scale, shift, save] = args as [Tensor, Tensor, Tensor, (t: Tensor[]) => void];
    const none = tf.tensor1d([]);
    const out = execute("FusedBatchNormV3", [input, scale, shift, none, none], 6);
    const [value, mean, variance, ...reserved] = out as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    statistics(mean, variance);
    save([input, scale, ...reserved]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] =>
      execute("FusedBatchNormGradV3", [dy, ...saved], 5).slice(0, 3);
    return { value, gradFunc };
  });
  return run(x, gamma, beta);
}
