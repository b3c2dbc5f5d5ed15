import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import { type NetworkOptions, networkSpec, networkTable } from "../../src/training/network.js";
import { forward, tensorWeights } from "../../src/training/network-tf.js";
import {
  foldedWeights,
  initialWeights,
  parameterShapes,
  sizeOf,
} from "../../src/training/network-weights.js";
import { exportOnnx } from "../../src/training/onnx-export.js";
import { loadTf } from "../../src/training/tensorflow.js";
import type { Tensor, Tensor4D } from "../../src/training/tf-types.js";
import { exportTfjs, graphWeightsFile } from "../../src/training/tfjs-export.js";

const networks: NetworkOptions[] = [
  { arch: "cnn", input: [64, 48] },
  { arch: "cnn", poolStride: 1, input: [20, 24], channels: [8, 12, 12, 16, 16, 16] },
  { arch: "cnn", input: [56, 56], channels: [8, 12, 12, 16, 16, 16] },
  { arch: "fcn", input: [64, 48] },
];

function fill(values: Float32Array, draw: () => number): void {
  for (let i = 0; i < values.length; i++) values[i] = draw();
}

/** Weights as after some training: batch statistics off their start, scales of either sign. */
function livedInWeights(options: NetworkOptions) {
  const spec = networkSpec(options);
  const random = RandomStream.of(7, "weights");
  const weights = initialWeights(spec, random);
  for (const { name } of parameterShapes(spec)) {
    const values = weights.get(name) as Float32Array;
    if (name.endsWith("movingMean")) fill(values, () => random.between(-0.3, 0.3));
    if (name.endsWith("movingVariance")) fill(values, () => random.between(0.2, 2));
    if (name.endsWith("gamma")) fill(values, () => random.between(-1.5, 1.5));
    if (/(beta|bias)$/.test(name)) fill(values, () => random.between(-0.2, 0.2));
  }
  return { spec, weights };
}

async function predictions(options: NetworkOptions) {
  const { tf } = await loadTf("wasm");
  const { spec, weights } = livedInWeights(options);
  const random = RandomStream.of(8, "image");
  const [height, width] = spec.input;
  const n = 3;
  const image = Float32Array.from({ length: n * height * width }, () => 2 * random.uniform() ** 3);
  const x = tf.tensor4d(image, [n, height, width, 1]);
  const tensors = tensorWeights(tf, spec, weights);
  const own = forward(tf, spec, tensors, x, false);
  const numbers = (t: Tensor | null): Float32Array => t?.dataSync() as Float32Array;
  const ours = {
    score: numbers(own.score),
    features: numbers(own.features),
    heatmap: own.heatmap && numbers(own.heatmap),
  };
  return { tf, spec, weights, image, x, ours, n, height, width };
}

function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] as number) - (b[i] as number)));
  return most;
}

describe.each(networks)("one network, three forms: $arch, stride $poolStride, $input", (options) => {
  it("the ONNX file gives the same numbers", async () => {
    const { spec, weights, image, ours, n, height, width } = await predictions(options);
    const session = await ort.InferenceSession.create(exportOnnx(spec, weights, { hello: "world" }));
    const out = await session.run({ image: new ort.Tensor("float32", image, [n, 1, height, width]) });
    expect(out.score?.dims).toEqual([n]);
    expect(greatestDifference(out.score?.data as Float32Array, ours.score)).toBeLessThan(1e-5);
    expect(greatestDifference(out.features?.data as Float32Array, ours.features)).toBeLessThan(1e-4);
    expect(new Set(ours.score).size).toBe(n);
    if (ours.heatmap) {
      expect(out.heatmap?.dims).toEqual([n, 1, height / 8, width / 8]);
      expect(greatestDifference(out.heatmap?.data as Float32Array, ours.heatmap)).toBeLessThan(1e-5);
    } else expect(session.outputNames).not.toContain("heatmap");
  });

  it("the TensorFlow.js graph gives the same numbers", async () => {
    const { tf, spec, weights, x, ours } = await predictions(options);
    const files = exportTfjs(spec, weights);
    const json = JSON.parse(files.modelJson);
    expect(json.weightsManifest[0].paths).toEqual([graphWeightsFile]);
    const model = await tf.loadGraphModel({
      load: async () => ({
        modelTopology: json.modelTopology,
        signature: json.signature,
        format: json.format,
        weightSpecs: json.weightsManifest[0].weights,
        weightData: Uint8Array.from(files.weights).buffer,
      }),
    });
    const names = ["score", "features", ...(ours.heatmap ? ["heatmap"] : [])];
    const out = model.execute({ image: x as Tensor4D }, names) as Tensor[];
    expect(greatestDifference(out[0]?.dataSync() ?? [], ours.score)).toBeLessThan(1e-5);
    expect(greatestDifference(out[1]?.dataSync() ?? [], ours.features)).toBeLessThan(1e-4);
    if (ours.heatmap) expect(greatestDifference(out[2]?.dataSync() ?? [], ours.heatmap)).toBeLessThan(1e-5);
  });
});

describe("layer table", () => {
  it("matches network.md: channels, and 0.28 GMAC a frame at stride 2", () => {
    const rows = networkTable(networkSpec({ arch: "cnn" }));
    const macs = rows.reduce((s, r) => s + r.macs, 0);
    expect(macs / 1e9).toBeCloseTo(0.28, 1);
    const convolutions = rows.filter((r) => r.layer.startsWith("conv")).map((r) => r.output);
    expect(convolutions).toEqual([
      [224, 224, 32],
      [112, 112, 48],
      [56, 56, 48],
      [28, 28, 64],
      [14, 14, 64],
      [7, 7, 64],
    ]);
  });

  it("stride 1 on 224 x 224 flattens 218 x 218 x 64, 195 million weights in FC 64", () => {
    const rows = networkTable(networkSpec({ arch: "cnn", poolStride: 1 }));
    expect(rows.find((r) => r.layer === "flatten")?.output).toEqual([218 * 218 * 64]);
    expect((rows.find((r) => r.layer === "fc1")?.parameters ?? 0) / 1e6).toBeCloseTo(194.7, 1);
  });

  it.each(networks)("counts the numbers that are really there: $arch $poolStride $input", (options) => {
    const spec = networkSpec(options);
    const trained = parameterShapes(spec).filter((p) => p.trainable);
    const count = trained.reduce((s, p) => s + sizeOf(p.shape), 0);
    expect(networkTable(spec).reduce((s, r) => s + r.parameters, 0)).toBe(count);
  });

  it.each(["cnn", "fcn"] as const)("%s stays below 3 MB", (arch) => {
    const spec = networkSpec({ arch });
    const file = exportOnnx(spec, initialWeights(spec, RandomStream.of(1, "w")));
    expect(file.length).toBeLessThan(3e6);
  });
});

describe("bad networks are refused", () => {
  it.each([
    { arch: "fcn", poolStride: 1 },
    { arch: "fcn", input: [60, 64] },
    { arch: "cnn", poolStride: 1, input: [6, 6] },
  ] as NetworkOptions[])("%o", (options) => {
    expect(() => networkSpec(options)).toThrow(expect.objectContaining({ code: "BAD_NETWORK", exitCode: 2 }));
  });
});

describe("folded batch normalisation", () => {
  it("agrees with the formula on one channel", () => {
    const { spec, weights } = livedInWeights({ arch: "cnn", input: [56, 56] });
    const folded = foldedWeights(spec, weights);
    const get = (name: string, i: number): number => weights.get(`conv2/${name}`)?.[i] as number;
    const c = 5;
    const factor = get("gamma", c) / Math.sqrt(get("movingVariance", c) + 0.001);
    expect(folded.get("conv2/kernel")?.[c]).toBeCloseTo(get("kernel", c) * factor, 6);
    expect(folded.get("conv2/bias")?.[c]).toBeCloseTo(get("beta", c) - get("movingMean", c) * factor, 6);
  });
});
