import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Card } from "../../src/scoring/index.js";
import {
  attribute,
  elementType,
  encodeModel,
  type OnnxNode,
  type OnnxTensor,
} from "../../src/training/onnx-schema.js";

/** The tiny network: heat = sigmoid(slope × (mean of a block of 8 x 8) + shift); score = mean of heat. */
export const tiny = { slope: 4, shift: -1, block: 8, size: 224 } as const;

/** Its score worked out by plain arithmetic, for one tile of normalised values. */
export function tinyScore(tile: ArrayLike<number>): number {
  const { slope, shift, block, size } = tiny;
  let sum = 0;
  for (let by = 0; by < size; by += block) {
    for (let bx = 0; bx < size; bx += block) {
      let mean = 0;
      for (let y = by; y < by + block; y++) {
        for (let x = bx; x < bx + block; x++) mean += (tile[y * size + x] as number) / block ** 2;
      }
      sum += 1 / (1 + Math.exp(-(slope * mean + shift)));
    }
  }
  return sum / (size / block) ** 2;
}

export function tinyModel(): Uint8Array {
  return buildModel(false);
}

/** The tiny network, but its engine throws on a frame with a normalised value of 2. */
export function brittleModel(): Uint8Array {
  return buildModel(true);
}

function buildModel(brittle: boolean): Uint8Array {
  const { block, size, slope, shift } = tiny;
  const floats = (name: string, values: number[], dims: number[]): OnnxTensor => ({
    name,
    dims,
    dataType: elementType.float,
    rawData: new Uint8Array(Float32Array.from(values).buffer),
  });
  const node = (
    opType: string,
    input: string[],
    output: string,
    attributes: OnnxNode["attribute"] = [],
  ): OnnxNode => ({ opType, name: `n_${output}`, input, output: [output], attribute: attributes });
  const mean = [attribute.ints("axes", [1, 2, 3]), attribute.int("keepdims", 0)];
  return encodeModel(
    {
      name: "tiny",
      node: [
        node("AveragePool", ["image"], "blocks", [
          attribute.ints("kernel_shape", [block, block]),
          attribute.ints("strides", [block, block]),
        ]),
        node("Conv", ["blocks", "w", "b"], "raised", [attribute.ints("kernel_shape", [1, 1])]),
        node("Sigmoid", ["raised"], "heatmap"),
        node("ReduceMean", ["heatmap"], brittle ? "mean" : "score", mean),
        // Picks entry floor(max) of a list of two: there is no entry 2.
        ...(brittle
          ? [
              node("ReduceMax", ["image"], "max", [attribute.int("keepdims", 0)]),
              node("Cast", ["max"], "index", [attribute.int("to", elementType.int64)]),
              node("Gather", ["list", "index"], "picked"),
              node("Add", ["mean", "picked"], "score"),
            ]
          : []),
        node("ReduceMean", ["blocks"], "features", [
          attribute.ints("axes", [2, 3]),
          attribute.int("keepdims", 0),
        ]),
      ],
      initializer: [
        floats("w", [slope], [1, 1, 1, 1]),
        floats("b", [shift], [1]),
        ...(brittle ? [floats("list", [0, 0], [2])] : []),
      ],
      input: [{ name: "image", shape: ["N", 1, size, size] }],
      output: [
        { name: "score", shape: ["N"] },
        { name: "features", shape: ["N", 1] },
        { name: "heatmap", shape: ["N", 1, size / block, size / block] },
      ],
    },
    {},
  );
}

export function tinyCard(model: Uint8Array, change: Partial<Card> = {}): Card {
  return {
    schema: 1,
    name: "tiny",
    version: "1",
    notice: "a toy for tests",
    architecture: "fcn",
    poolStride: 2,
    input: { height: tiny.size, width: tiny.size, pixelSizeNm: 20, unit: "photon counts" },
    normalisation: { offset: 0, scale: 50, clip: 2 },
    structures: ["actin"],
    training: {},
    metrics: {},
    conformal: { level: 0.9, method: "split-binned", edges: [0, 0.5, 1], quantiles: [0.1, 0.2] },
    domain: {
      features: { mean: [0.2], whitening: [[10]], threshold: 9 },
      counts: { foregroundMean: [1, 400] },
    },
    scoring: { rule: "graph" },
    licence: "MIT",
    created: "2026-01-01T00:00:00Z",
    sourceCommit: "0",
    weights: { "model.onnx": createHash("sha256").update(model).digest("hex") },
    ...change,
  };
}

/** Writes the tiny bundle into a fresh folder. */
export function writeTinyBundle(change: Partial<Card> = {}, model = tinyModel()): string {
  const folder = mkdtempSync(join(tmpdir(), "stedloop-bundle-"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "model.onnx"), model);
  writeFileSync(join(folder, "card.json"), JSON.stringify(tinyCard(model, change)));
  return folder;
}

/** Filaments with photon noise: a frame with foreground. Deterministic. */
export function filaments(height: number, width: number, brightness = 30, seed = 1): Uint16Array {
  const pixels = new Uint16Array(height * width);
  let state = seed >>> 0 || 1;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const wave = Math.abs(((x + 20 * Math.sin(y / 25)) % 40) - 20);
      const mean = 2 + brightness * Math.exp(-(wave * wave) / 8);
      let count = 0;
      for (let p = Math.exp(-mean), u = uniform(), s = p; u > s && count < 500; ) {
        count++;
        p *= mean / count;
        s += p;
      }
      pixels[y * width + x] = count;
    }
  }
  return pixels;
}
