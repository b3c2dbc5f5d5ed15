import { InputError } from "../core/index.js";
import type { TorchWeights } from "./import-torch-weights.js";
import { attribute, elementType, encodeModel, type OnnxNode, type OnnxTensor } from "./onnx-schema.js";

/** What the authors' network adds to the variance in batch normalisation. */
const epsilon = 1e-5;
/** heat = sigmoid(1.5 z − 0.25) */
const gain = 1.5;
const shift = -0.25;

/**
 * The published fully convolutional network as ONNX: `image` [N, 1, H, W] (H, W multiples of 32) to `heatmap`
 * [N, 1, H, W]. Batch normalisation is folded into the convolution before it, never past the pooling behind it: a
 * negative gamma would turn the greatest value into the least.
 */
export function exportPublished(
  weights: TorchWeights,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const node: OnnxNode[] = [];
  const initializer: OnnxTensor[] = [];
  const get = (name: string): Float32Array => {
    const values = weights.get(name);
    if (values === undefined)
      throw new InputError("TORCH_KEYS", `not the published network: ${name} is missing`);
    return values;
  };
  const constant = (name: string, values: Float32Array, dims: readonly number[]): string => {
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    initializer.push({ name, dims, dataType: elementType.float, rawData });
    return name;
  };
  const add = (
    opType: string,
    output: string,
    input: readonly string[],
    attributes: OnnxNode["attribute"] = [],
  ): string => {
    node.push({ opType, name: `node_${output}`, input, output: [output], attribute: attributes });
    return output;
  };
  const square = (n: number) => attribute.ints("kernel_shape", [n, n]);
  const strides = (n: number) => attribute.ints("strides", [n, n]);
  const pads = (n: number) => attribute.ints("pads", [n, n, n, n]);

  const unit = (input: string, n: number): string => {
    const { kernel, bias } = folded(get, n);
    const outputs = bias.length;
    const inputs = kernel.length / outputs / 9;
    const k = constant(`conv${n}_kernel`, kernel, [outputs, inputs, 3, 3]);
    const b = constant(`conv${n}_bias`, bias, [outputs]);
    let current = add("Conv", `conv${n}`, [input, k, b], [square(3), pads(1)]);
    // The first pool's windows start one pixel outside: {0}, {1, 2}, … {223}.
    const outside = n === 1 ? [pads(1), attribute.int("ceil_mode", 1)] : [];
    if (n < 6) current = add("MaxPool", `pool${n}`, [current], [square(2), strides(2), ...outside]);
    return add("Elu", `elu${n}`, [current]);
  };
  const map = (input: string, name: string): string => {
    const values = get(`${name}.weight`);
    const k = constant(`${name}_kernel`, values, [1, values.length, 1, 1]);
    return add("Conv", name, [input, k, constant(`${name}_bias`, get(`${name}.bias`), [1])], [square(1)]);
  };
  const doubled = (input: string, name: string): string => {
    const k = constant(`${name}_kernel`, get(`${name}.weight`), [1, 1, 4, 4]);
    // Cropping a pixel on each side is padding 1.
    return add("ConvTranspose", name, [input, k], [square(4), strides(2), pads(1)]);
  };

  const stage3 = unit(unit(unit("image", 1), 2), 3);
  const stage4 = unit(stage3, 4);
  const stage6 = unit(unit(stage4, 5), 6);
  const a = doubled(map(stage6, "map7x7"), "upscore2");
  const b = doubled(add("Add", "sum14", [map(stage4, "map14x14"), a]), "upscore2b");
  const c = add("Add", "sum28", [map(stage3, "map28x28"), b]);
  const k = constant(
    "upscore8_kernel",
    get("upscore8.weight").map((v) => v * gain),
    [1, 1, 8, 8],
  );
  const last = constant("heat_shift", Float32Array.of(shift), [1]);
  const z = add("ConvTranspose", "upscore8", [c, k, last], [square(8), strides(8)]);
  add("Sigmoid", "heatmap", [z]);
  return encodeModel(
    {
      name: "published-fcn",
      node,
      initializer,
      input: [{ name: "image", shape: ["N", 1, "H", "W"] }],
      output: [{ name: "heatmap", shape: ["N", 1, "H", "W"] }],
    },
    metadata,
  );
}

/** Convolution and batch normalisation as one convolution, worked out in double precision. */
function folded(
  get: (name: string) => Float32Array,
  n: number,
): { readonly kernel: Float32Array; readonly bias: Float32Array } {
  const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((part) =>
    get(`conv${n}_bn.${part}`),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const scale = Float64Array.from(gamma, (g, o) => g / Math.sqrt((variance[o] as number) + epsilon));
  const kernel = get(`conv${n}.weight`);
  const each = kernel.length / gamma.length;
  const bias = get(`conv${n}.bias`);
  return {
    kernel: kernel.map((v, i) => v * (scale[Math.floor(i / each)] as number)),
    bias: bias.map((v, o) => (v - (mean[o] as number)) * (scale[o] as number) + (beta[o] as number)),
  };
}
