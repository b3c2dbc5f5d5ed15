import { foregroundFloor, type NetworkSpec } from "./network.js";
import { foldedWeights, type Weights, weight } from "./network-weights.js";
import { attribute, elementType, encodeModel, type OnnxNode, type OnnxTensor } from "./onnx-schema.js";

/**
 * The network as an ONNX file: input `image` float32 [N, 1, H, W] in normalised units; outputs `score` [N],
 * `features` [N, F] and, for fcn, `heatmap` [N, 1, h, w]. Batch normalisation is folded.
 */
export function exportOnnx(
  spec: NetworkSpec,
  weights: Weights,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const folded = foldedWeights(spec, weights);
  const [inputHeight, inputWidth] = spec.input;
  const node: OnnxNode[] = [];
  const initializer: OnnxTensor[] = [];
  const features: string[] = [];
  let featureCount = 0;
  let channels = 1;
  let flat = false;
  let afterFlatten = false;
  let current = "image";

  const add = (
    opType: string,
    output: string,
    input: readonly string[],
    attributes: OnnxNode["attribute"] = [],
  ): string => {
    node.push({ opType, name: `node_${output}`, input, output: [output], attribute: attributes });
    return output;
  };
  const floats = (name: string, values: Float32Array, dims: readonly number[]): string => {
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    initializer.push({ name, dims, dataType: elementType.float, rawData });
    return name;
  };
  const integers = (name: string, values: readonly number[]): string => {
    const rawData = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
    initializer.push({ name, dims: [values.length], dataType: elementType.int64, rawData });
    return name;
  };
  const spatial = (): string => (initializer.some((t) => t.name === "hw") ? "hw" : integers("hw", [2, 3]));

  for (const layer of spec.layers) {
    if (layer.op === "compress") {
      const one = floats("compress_one", Float32Array.of(1), []);
      current = add("Log", "compressed", [add("Add", "above_one", [current, one])]);
    } else if (layer.op === "conv") {
      const { name, kernel, inputs, outputs } = layer;
      const k = floats(`${name}_kernel`, toOihw(weight(folded, `${name}/kernel`), kernel, inputs, outputs), [
        outputs,
        inputs,
        kernel,
        kernel,
      ]);
      const b = floats(`${name}_bias`, weight(folded, `${name}/bias`), [outputs]);
      const pad = (kernel - 1) / 2;
      current = add(
        "Conv",
        name,
        [current, k, b],
        [attribute.ints("kernel_shape", [kernel, kernel]), attribute.ints("pads", [pad, pad, pad, pad])],
      );
      channels = outputs;
    } else if (layer.op === "pool") {
      current = add(
        "MaxPool",
        `${current}_pool`,
        [current],
        [
          attribute.ints("kernel_shape", [2, 2]),
          attribute.ints("strides", [layer.stride, layer.stride]),
          attribute.int("ceil_mode", 1),
        ],
      );
    } else if (layer.op === "elu") {
      current = add("Elu", `${layer.name}_elu`, [current]);
      if (spec.features.includes(layer.name)) {
        featureCount += channels;
        const mean = `${layer.name}_mean`;
        const keep = attribute.int("keepdims", 0);
        features.push(
          flat ? current : add("ReduceMean", mean, [current], [attribute.ints("axes", [2, 3]), keep]),
        );
      }
    } else if (layer.op === "flatten") {
      current = add("Flatten", "flat", [current], [attribute.int("axis", 1)]);
      flat = true;
      afterFlatten = true;
    } else if (layer.op === "dense") {
      const { name, inputs, outputs } = layer;
      const values = weight(folded, `${name}/kernel`);
      // After the flattening TensorFlow counts channels last, ONNX first.
      const ordered = afterFlatten ? channelsFirst(values, channels, outputs) : values;
      afterFlatten = false;
      const k = floats(`${name}_kernel`, ordered, [inputs, outputs]);
      current = add("Gemm", name, [
        current,
        k,
        floats(`${name}_bias`, weight(folded, `${name}/bias`), [outputs]),
      ]);
      channels = outputs;
    } else if (layer.op === "sigmoid") {
      if (layer.name === "heatmap") current = add("Sigmoid", "heatmap", [current]);
      else {
        const column = add("Sigmoid", "score_column", [current]);
        current = add("Reshape", "score", [column, integers("score_shape", [-1])]);
      }
    } else {
      const { block } = layer;
      const floor = floats("floor", Float32Array.of(foregroundFloor), []);
      const zero = floats("zero", Float32Array.of(0), []);
      const one = floats("one", Float32Array.of(1), []);
      const blocks = add(
        "AveragePool",
        "blocks",
        ["image"],
        [attribute.ints("kernel_shape", [block, block]), attribute.ints("strides", [block, block])],
      );
      const mean = add("ReduceMean", "blocks_mean", [blocks], [attribute.ints("axes", [2, 3])]);
      const excess = add("Sub", "excess", [blocks, mean]);
      const ratio = add("Div", "excess_ratio", [excess, add("Add", "mean_floor", [mean, floor])]);
      const share = add("Clip", "share", [ratio, zero, one]);
      const weights_ = add("Add", "foreground_weight", [share, floor]);
      const product = add("Mul", "weighted", [current, weights_]);
      const keep = attribute.int("keepdims", 0);
      const over = add("ReduceSum", "weighted_sum", [product, spatial()], [keep]);
      const under = add("ReduceSum", "weight_sum", [weights_, spatial()], [keep]);
      const column = add("Div", "score_column", [over, under]);
      current = add("Reshape", "score", [column, integers("score_shape", [-1])]);
    }
  }
  add("Concat", "features", features, [attribute.int("axis", 1)]);
  const block = spec.layers.find((l) => l.op === "foregroundMean")?.block;
  return encodeModel(
    {
      name: `stedloop-${spec.arch}`,
      node,
      initializer,
      input: [{ name: "image", shape: ["N", 1, inputHeight, inputWidth] }],
      output: [
        { name: "score", shape: ["N"] },
        { name: "features", shape: ["N", featureCount] },
        ...(block === undefined
          ? []
          : [{ name: "heatmap", shape: ["N", 1, inputHeight / block, inputWidth / block] }]),
      ],
    },
    metadata,
  );
}

/** [h, w, in, out] -> [out, in, h, w] */
function toOihw(values: Float32Array, kernel: number, inputs: number, outputs: number): Float32Array {
  const out = new Float32Array(values.length);
  const area = kernel * kernel;
  for (let p = 0; p < area; p++)
    for (let i = 0; i < inputs; i++)
      for (let o = 0; o < outputs; o++)
        out[(o * inputs + i) * area + p] = values[(p * inputs + i) * outputs + o] as number;
  return out;
}

/** Rows of a dense kernel from (position, channel) to (channel, position). */
function channelsFirst(values: Float32Array, channels: number, outputs: number): Float32Array {
  const out = new Float32Array(values.length);
  const positions = values.length / outputs / channels;
  for (let p = 0; p < positions; p++)
    for (let c = 0; c < channels; c++)
      for (let o = 0; o < outputs; o++)
        out[(c * positions + p) * outputs + o] = values[(p * channels + c) * outputs + o] as number;
  return out;
}
