import { InputError, type RandomStream } from "../core/index.js";
import { batchNormEpsilon, type NetworkSpec } from "./network.js";

/** A network's numbers by name, each row-major. Kernels are [height, width, in, out], dense [in, out]. */
export type Weights = ReadonlyMap<string, Float32Array>;

export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
  /** Moving means and variances are learnt by averaging, not by gradient. */
  readonly trainable: boolean;
  readonly start: "he" | "glorot" | "small" | "zeros" | "ones";
}

/** Every array of numbers of a network, in a fixed order. */
export function parameterShapes(spec: NetworkSpec): ParameterShape[] {
  const out: ParameterShape[] = [];
  for (const layer of spec.layers) {
    if (layer.op === "conv") {
      const { name, kernel, inputs, outputs } = layer;
      const vector = (what: string, start: "zeros" | "ones", trainable = true): void => {
        out.push({ name: `${name}/${what}`, shape: [outputs], trainable, start });
      };
      out.push({
        name: `${name}/kernel`,
        shape: [kernel, kernel, inputs, outputs],
        trainable: true,
        start: outputs === 1 ? "small" : "he",
      });
      if (layer.batchNorm) {
        vector("gamma", "ones");
        vector("beta", "zeros");
        vector("movingMean", "zeros", false);
        vector("movingVariance", "ones", false);
      } else vector("bias", "zeros");
    } else if (layer.op === "dense") {
      const { name, inputs, outputs } = layer;
      // The last one starts small: the score begins near the middle, where the sigmoid still has a slope.
      const start = outputs === 1 ? "small" : "glorot";
      out.push({ name: `${name}/kernel`, shape: [inputs, outputs], trainable: true, start });
      out.push({ name: `${name}/bias`, shape: [outputs], trainable: true, start: "zeros" });
    }
  }
  return out;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

const smallShare = 0.1;

/** Fresh weights: He (2015) normal for convolutions, Glorot (2010) uniform for dense layers. */
export function initialWeights(spec: NetworkSpec, random: RandomStream): Map<string, Float32Array> {
  const weights = new Map<string, Float32Array>();
  for (const { name, shape, start } of parameterShapes(spec)) {
    const values = new Float32Array(sizeOf(shape));
    const outputs = shape.at(-1) ?? 1;
    const inputs = values.length / outputs;
    if (start === "ones") values.fill(1);
    else if (start === "he") {
      const sd = Math.sqrt(2 / inputs);
      for (let i = 0; i < values.length; i++) values[i] = sd * random.normal();
    } else if (start === "glorot" || start === "small") {
      const limit = Math.sqrt(6 / (inputs + outputs)) * (start === "small" ? smallShare : 1);
      for (let i = 0; i < values.length; i++) values[i] = random.between(-limit, limit);
    }
    weights.set(name, values);
  }
  return weights;
}

export function weight(weights: Weights, name: string): Float32Array {
  const values = weights.get(name);
  if (values === undefined) throw new InputError("BAD_WEIGHTS", `the weights hold no '${name}'`);
  return values;
}

/**
 * The weights for inference: batch normalisation folded into kernel and bias, exact because it comes
 * straight after the convolution. Names: `<conv>/kernel`, `<conv>/bias`, `<dense>/kernel`, `<dense>/bias`.
 */
export function foldedWeights(spec: NetworkSpec, weights: Weights): Map<string, Float32Array> {
  const out = new Map<string, Float32Array>();
  for (const layer of spec.layers) {
    if (layer.op !== "conv" && layer.op !== "dense") continue;
    const kernel = Float32Array.from(weight(weights, `${layer.name}/kernel`));
    if (layer.op === "dense" || !layer.batchNorm) {
      out.set(`${layer.name}/kernel`, kernel);
      out.set(`${layer.name}/bias`, Float32Array.from(weight(weights, `${layer.name}/bias`)));
      continue;
    }
    const [gamma, beta, mean, variance] = ["gamma", "beta", "movingMean", "movingVariance"].map((what) =>
      weight(weights, `${layer.name}/${what}`),
    ) as [Float32Array, Float32Array, Float32Array, Float32Array];
    const bias = new Float32Array(layer.outputs);
    for (let c = 0; c < layer.outputs; c++) {
      const factor = (gamma[c] as number) / Math.sqrt((variance[c] as number) + batchNormEpsilon);
      bias[c] = (beta[c] as number) - (mean[c] as number) * factor;
      for (let i = c; i < kernel.length; i += layer.outputs) kernel[i] = (kernel[i] as number) * factor;
    }
    out.set(`${layer.name}/kernel`, kernel);
    out.set(`${layer.name}/bias`, bias);
  }
  return out;
}
