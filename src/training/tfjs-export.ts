import { foregroundFloor, type NetworkSpec } from "./network.js";
import { foldedWeights, type Weights, weight } from "./network-weights.js";

/** Files of a TensorFlow.js graph model: `model.json` and one file of weights. */
export interface GraphModelFiles {
  readonly modelJson: string;
  readonly weights: Uint8Array;
}

interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, unknown>>;
}

const weightsFile = "weights.bin";
const float = { T: { type: "DT_FLOAT" } };
const text = (value: string) => ({ s: Buffer.from(value).toString("base64") });
const list = (values: readonly number[]) => ({ list: { i: values.map(String) } });
const dimensions = (shape: readonly number[]) => ({ dim: shape.map((size) => ({ size: String(size) })) });

/**
 * The same network as a TensorFlow graph for `tf.loadGraphModel`, written node by node: input `image`
 * [N, H, W, 1], outputs `score` [N], `features` [N, F] and, for fcn, `heatmap` [N, h, w, 1].
 */
export function exportTfjs(spec: NetworkSpec, weights: Weights): GraphModelFiles {
  const folded = foldedWeights(spec, weights);
  const nodes: GraphNode[] = [];
  const manifest: { name: string; shape: number[]; dtype: string }[] = [];
  const chunks: Buffer[] = [];
  const features: string[] = [];
  let flat = false;
  let current = "image";

  const node = (op: string, name: string, input: readonly string[] = [], attr = {}): string => {
    nodes.push({ name, op, ...(input.length > 0 ? { input } : {}), attr });
    return name;
  };
  const constant = (name: string, values: Float32Array | Int32Array, shape: readonly number[]): string => {
    const whole = values instanceof Int32Array;
    const type = whole ? "DT_INT32" : "DT_FLOAT";
    chunks.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    manifest.push({ name, shape: [...shape], dtype: whole ? "int32" : "float32" });
    const tensor = { dtype: type, tensorShape: dimensions(shape) };
    return node("Const", name, [], { dtype: { type }, value: { tensor } });
  };
  const axes = (name: string, values: readonly number[]): string =>
    constant(name, Int32Array.from(values), [values.length]);
  const reduce = (op: "Mean" | "Sum", name: string, input: string, over: string, keep = false): string =>
    node(op, name, [input, over], { ...float, Tidx: { type: "DT_INT32" }, keep_dims: { b: keep } });
  const biased = (op: string, name: string, input: string, shape: readonly number[], attr = {}): string => {
    const kernel = constant(`${name}/kernel`, weight(folded, `${name}/kernel`), shape);
    const bias = constant(`${name}/bias`, weight(folded, `${name}/bias`), [shape.at(-1) ?? 1]);
    const product = node(op, `${name}/product`, [input, kernel], { ...float, ...attr });
    return node("BiasAdd", name, [product, bias], { ...float, data_format: text("NHWC") });
  };
  const pool = (
    op: "MaxPool" | "AvgPool",
    name: string,
    input: string,
    size: number,
    stride: number,
    same: boolean,
  ) =>
    node(op, name, [input], {
      ...float,
      ksize: list([1, size, size, 1]),
      strides: list([1, stride, stride, 1]),
      padding: text(same ? "SAME" : "VALID"),
      data_format: text("NHWC"),
    });

  const image = dimensions([-1, ...spec.input, 1]);
  node("Placeholder", "image", [], { dtype: { type: "DT_FLOAT" }, shape: { shape: image } });
  const plane = axes("axes", [1, 2]);
  for (const layer of spec.layers) {
    if (layer.op === "compress") current = node("Log1p", "compressed", [current], float);
    else if (layer.op === "conv") {
      const shape = [layer.kernel, layer.kernel, layer.inputs, layer.outputs];
      current = biased("Conv2D", layer.name, current, shape, {
        strides: list([1, 1, 1, 1]),
        dilations: list([1, 1, 1, 1]),
        padding: text("SAME"),
        data_format: text("NHWC"),
      });
    } else if (layer.op === "pool") {
      current = pool("MaxPool", `${current}/pool`, current, 2, layer.stride, layer.stride === 2);
    } else if (layer.op === "elu") {
      current = node("Elu", `${layer.name}/elu`, [current], float);
      if (spec.features.includes(layer.name)) {
        features.push(flat ? current : reduce("Mean", `${layer.name}/mean`, current, plane));
      }
    } else if (layer.op === "flatten") {
      const next = spec.layers.find((l) => l.op === "dense");
      const shape = axes("flat/shape", [-1, next?.inputs ?? 1]);
      current = node("Reshape", "flat", [current, shape], { ...float, Tshape: { type: "DT_INT32" } });
      flat = true;
    } else if (layer.op === "dense") {
      const no = { b: false };
      const attr = { transpose_a: no, transpose_b: no };
      current = biased("MatMul", layer.name, current, [layer.inputs, layer.outputs], attr);
    } else if (layer.op === "sigmoid" && layer.name === "heatmap") {
      current = node("Sigmoid", "heatmap", [current], float);
    } else {
      const column =
        layer.op === "sigmoid" ? node("Sigmoid", "score/column", [current], float) : foreground(layer.block);
      const shape = axes("score/shape", [-1]);
      current = node("Reshape", "score", [column, shape], { ...float, Tshape: { type: "DT_INT32" } });
    }
  }

  function foreground(block: number): string {
    const scalar = (name: string, value: number): string => constant(name, Float32Array.of(value), []);
    const floor = scalar("floor", foregroundFloor);
    const blocks = pool("AvgPool", "blocks", "image", block, block, false);
    const mean = reduce("Mean", "blocks/mean", blocks, plane, true);
    const excess = node("Sub", "excess", [blocks, mean], float);
    const ratio = node(
      "RealDiv",
      "excess/ratio",
      [excess, node("AddV2", "mean/floor", [mean, floor], float)],
      float,
    );
    const above = node("Maximum", "share/above", [ratio, scalar("zero", 0)], float);
    const share = node("Minimum", "share", [above, scalar("one", 1)], float);
    const weightOf = node("AddV2", "foreground", [share, floor], float);
    const over = reduce("Sum", "over", node("Mul", "weighted", [current, weightOf], float), plane);
    return node("RealDiv", "score/column", [over, reduce("Sum", "under", weightOf, plane)], float);
  }

  const axis = constant("features/axis", Int32Array.of(1), []);
  const count = { N: { i: String(features.length) }, Tidx: { type: "DT_INT32" } };
  node("ConcatV2", "features", [...features, axis], { ...float, ...count });
  const outputs = ["score", "features", ...(spec.arch === "fcn" ? ["heatmap"] : [])];
  const model = {
    format: "graph-model",
    generatedBy: "stedloop",
    convertedBy: "stedloop",
    signature: {
      inputs: { image: { name: "image:0", dtype: "DT_FLOAT", tensorShape: image } },
      outputs: Object.fromEntries(outputs.map((name) => [name, { name: `${name}:0`, dtype: "DT_FLOAT" }])),
    },
    modelTopology: { node: nodes, library: {}, versions: { producer: 1087 } },
    weightsManifest: [{ paths: [weightsFile], weights: manifest }],
  };
  return { modelJson: `${JSON.stringify(model)}\n`, weights: Buffer.concat(chunks) };
}

/** Name of the file of weights beside model.json. */
export const graphWeightsFile = weightsFile;
