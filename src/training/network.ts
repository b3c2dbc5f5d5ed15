import { UsageError } from "../core/index.js";

/**
 * The quality networks, written once, as plain data. Training, ONNX export and TensorFlow.js export each
 * walk this list; none of them knows an architecture of its own.
 *
 * A unit is convolution 3x3 (zero padding 1) -> batch normalisation (all but the first) -> max pooling
 * 2x2 -> ELU. ELU grows with its argument, so pooling before it gives what pooling after it would, at a
 * quarter of the work. Before the first unit the normalised counts are compressed by ln(1 + x). Pooling rounds up (windows may hang over the lower and right border), so that no
 * row of the frame is ever left out: 224, 112, 56, 28, 14, 7, 4 at stride 2; one less each at stride 1.
 */
export type Layer =
  /** ln(1 + x): photon counts of all brightnesses in one range, so that batches resemble each other. */
  | { readonly op: "compress" }
  | {
      readonly op: "conv";
      readonly name: string;
      readonly kernel: 1 | 3;
      readonly inputs: number;
      readonly outputs: number;
      readonly batchNorm: boolean;
    }
  | { readonly op: "pool"; readonly stride: 1 | 2 }
  /** `name` makes the output available as a feature. */
  | { readonly op: "elu"; readonly name: string }
  | { readonly op: "flatten" }
  | { readonly op: "dense"; readonly name: string; readonly inputs: number; readonly outputs: number }
  | { readonly op: "sigmoid"; readonly name: "score" | "heatmap" }
  /** Mean of the heatmap over the foreground; the weight of a block of `block`² pixels is below. */
  | { readonly op: "foregroundMean"; readonly block: number };

export type Architecture = "cnn" | "fcn";

export interface NetworkOptions {
  readonly arch: Architecture;
  /** Stride of the 2x2 max pooling; 1 as the paper prints it, 2 as its authors later used. Default 2. */
  readonly poolStride?: 1 | 2;
  /** [height, width] of a frame in pixels. Default 224 x 224. */
  readonly input?: readonly [number, number];
  /** Channels of the six convolutions. */
  readonly channels?: readonly number[];
}

export interface NetworkSpec {
  readonly arch: Architecture;
  readonly poolStride: 1 | 2;
  readonly input: readonly [number, number];
  readonly layers: readonly Layer[];
  /** Names of the `elu` layers whose means over the frame are the features, in order. */
  readonly features: readonly string[];
}

export const defaultChannels: readonly number[] = [32, 48, 48, 64, 64, 64];
/** Added to the variance in batch normalisation. */
export const batchNormEpsilon = 1e-3;
/**
 * Foreground weight of a block whose mean is p in a frame whose mean is m (normalised counts):
 * min(1, max(0, (p − m)/(m + 0.001))) + 0.001. An empty frame weighs all blocks alike.
 */
export const foregroundFloor = 1e-3;
const denseUnits = 64;
const fcnPools = 3;

/** Size after pooling with a 2x2 window that may hang over the end. */
export function pooled(size: number, stride: 1 | 2): number {
  return Math.ceil((size - 2) / stride) + 1;
}

/**
 * The layer list of a network.
 * @throws UsageError BAD_NETWORK for an input that the architecture cannot take
 */
export function networkSpec(options: NetworkOptions): NetworkSpec {
  const { arch, poolStride = 2, input = [224, 224], channels = defaultChannels } = options;
  if (arch === "fcn" && poolStride !== 2) {
    throw new UsageError("BAD_NETWORK", "the fcn network pools with stride 2 only");
  }
  const layers: Layer[] = [{ op: "compress" }];
  let [height, width] = input;
  let inputs = 1;
  channels.forEach((outputs, i) => {
    const unit = i + 1;
    layers.push({ op: "conv", name: `conv${unit}`, kernel: 3, inputs, outputs, batchNorm: i > 0 });
    if (arch === "cnn" || i < fcnPools) {
      layers.push({ op: "pool", stride: poolStride });
      height = pooled(height, poolStride);
      width = pooled(width, poolStride);
    }
    layers.push({ op: "elu", name: `unit${unit}` });
    inputs = outputs;
  });
  if (Math.min(height, width) < 1) {
    throw new UsageError("BAD_NETWORK", `frames of ${input[0]}x${input[1]} are too small for this network`);
  }
  const last = `unit${channels.length}`;
  if (arch === "cnn") {
    layers.push(
      { op: "flatten" },
      { op: "dense", name: "fc1", inputs: inputs * height * width, outputs: denseUnits },
      { op: "elu", name: "fc1" },
      { op: "dense", name: "fc2", inputs: denseUnits, outputs: 1 },
      { op: "sigmoid", name: "score" },
    );
    return { arch, poolStride, input, layers, features: ["unit2", "unit4", "fc1"] };
  }
  const block = 2 ** fcnPools;
  if (input[0] % block !== 0 || input[1] % block !== 0) {
    throw new UsageError("BAD_NETWORK", `the fcn network takes frames whose sides are multiples of ${block}`);
  }
  layers.push(
    { op: "conv", name: "map", kernel: 1, inputs, outputs: 1, batchNorm: false },
    { op: "sigmoid", name: "heatmap" },
    { op: "foregroundMean", block },
  );
  return { arch, poolStride, input, layers, features: ["unit2", "unit4", last] };
}

export interface TableRow {
  readonly layer: string;
  /** [height, width, channels] or [units] */
  readonly output: readonly number[];
  readonly parameters: number;
  /** Multiply-adds for one frame. */
  readonly macs: number;
}

/** The network layer by layer: output shape, trained parameters, multiply-adds. */
export function networkTable(spec: NetworkSpec): TableRow[] {
  let [height, width] = spec.input;
  let channels = 1;
  let flat = 0;
  const rows: TableRow[] = [{ layer: "image", output: [height, width, 1], parameters: 0, macs: 0 }];
  const add = (layer: string, parameters = 0, macs = 0): void => {
    rows.push({ layer, output: flat > 0 ? [flat] : [height, width, channels], parameters, macs });
  };
  for (const layer of spec.layers) {
    if (layer.op === "conv") {
      channels = layer.outputs;
      const weights = layer.kernel ** 2 * layer.inputs * layer.outputs;
      // Batch normalisation takes the place of the bias by a scale and a shift.
      add(
        `${layer.name} ${layer.kernel}x${layer.kernel}${layer.batchNorm ? " + batch norm" : ""}`,
        weights + layer.outputs * (layer.batchNorm ? 2 : 1),
        weights * height * width,
      );
    } else if (layer.op === "pool") {
      height = pooled(height, layer.stride);
      width = pooled(width, layer.stride);
      add(`max pool 2x2, stride ${layer.stride}`);
    } else if (layer.op === "flatten") {
      flat = height * width * channels;
      add("flatten");
    } else if (layer.op === "dense") {
      flat = layer.outputs;
      add(layer.name, (layer.inputs + 1) * layer.outputs, layer.inputs * layer.outputs);
    } else if (layer.op === "foregroundMean") {
      flat = 1;
      add("foreground-weighted mean");
    } else add(layer.op === "compress" ? "ln(1 + x)" : layer.op);
  }
  return rows;
}

/** The table as Markdown, with the sums in the last row. */
export function printTable(rows: readonly TableRow[]): string {
  const million = (n: number): string => (n === 0 ? "" : (n / 1e6).toFixed(2));
  const sum = (key: "parameters" | "macs"): number => rows.reduce((s, r) => s + r[key], 0);
  const lines = rows.map(
    (r) => `| ${r.layer} | ${r.output.join(" × ")} | ${r.parameters || ""} | ${million(r.macs)} |`,
  );
  return [
    "| layer | output | parameters | million multiply-adds |",
    "|---|---|---|---|",
    ...lines,
    `| **sum** | | **${sum("parameters")}** | **${million(sum("macs"))}** |`,
  ].join("\n");
}
