/** The weights that a training begins with, out of a bundle: its checkpoint, or the network that it ships. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../core/index.js";
import { openBundle } from "../scoring/index.js";
import type { Normalisation } from "./batches.js";
import { readCheckpoint } from "./checkpoint.js";
import { type Architecture, batchNormEpsilon } from "./network.js";
import type { Weights } from "./network-weights.js";

export interface Beginning {
  readonly weights: Weights;
  readonly normalisation: Normalisation;
  readonly architecture: Architecture;
  /** Which network it is and how it was trained, for the card of the one that begins with it. */
  readonly origin: Readonly<Record<string, unknown>>;
}

const manifestSchema = z.object({
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string().regex(/^[\w.-]+$/)),
      weights: z.array(
        z.object({
          name: z.string(),
          shape: z.array(z.int().min(0)),
          dtype: z.enum(["float32", "int32"]),
        }),
      ),
    }),
  ),
});

/**
 * Weights, normalisation and architecture of a bundle to begin with. A bundle trained here has its checkpoint; one that came
 * from elsewhere (the shipped ones, a colleague's) has the network itself, in which batch normalisation is folded into the
 * convolutions: it is unfolded as the normalisation that changes nothing, so that the network begins with the same scores.
 * @param nameOrFolder as `openBundle` takes it
 * @throws InputError NO_WEIGHTS where a bundle has neither, BAD_WEIGHTS where its files are not those of a network of ours
 */
export async function startWeights(nameOrFolder: string): Promise<Beginning> {
  const { card, folder, tfjs, hash } = await openBundle(nameOrFolder);
  const { name, version, created, sourceCommit, normalisation, architecture, training } = card;
  const told = ["dataset", "datasetSha256", "datasetCommand", "frames", "epochsRun", "command", "begunWith"];
  const itsTraining = Object.fromEntries(
    told.flatMap((key) => (key in training ? [[key, training[key]]] : [])),
  );
  const origin = { name, version, created, sourceCommit, onnxSha256: hash, training: itsTraining };
  const found = readCheckpoint(join(folder, "checkpoints", "best.ckpt"));
  if (found !== null) return { weights: found.arrays, normalisation, architecture, origin };
  if (tfjs === null) {
    throw new InputError("NO_WEIGHTS", "this bundle has neither checkpoints nor a TensorFlow form (tfjs/)", {
      where: folder,
      hint: "begin with a bundle that `stedloop train` wrote",
    });
  }
  return { weights: unfolded(readArrays(tfjs)), normalisation, architecture, origin };
}

/** Arrays of float32 of a TensorFlow.js graph model, by name. */
function readArrays(folder: string): Map<string, Float32Array> {
  const bad = (what: string, cause?: unknown): InputError =>
    new InputError("BAD_WEIGHTS", what, { where: folder, cause });
  let manifest: z.infer<typeof manifestSchema>["weightsManifest"];
  try {
    manifest = manifestSchema.parse(
      JSON.parse(readFileSync(join(folder, "model.json"), "utf8")),
    ).weightsManifest;
  } catch (cause) {
    throw bad("model.json names no weights that can be read", cause);
  }
  const arrays = new Map<string, Float32Array>();
  for (const { paths, weights } of manifest) {
    const bytes = Buffer.concat(paths.map((path) => readFileSync(join(folder, path))));
    let at = 0;
    for (const { name, shape, dtype } of weights) {
      const length = 4 * shape.reduce((a, b) => a * b, 1);
      if (at + length > bytes.length) throw bad("the file of weights is cut short");
      if (dtype === "float32") {
        const copy = new Uint8Array(length);
        copy.set(bytes.subarray(at, at + length));
        arrays.set(name, new Float32Array(copy.buffer));
      }
      at += length;
    }
  }
  return arrays;
}

/** γ = 1, σ² + ε = 1, mean 0: y = x + β, with the folded bias as β. Layers without normalisation take the bias as it is. */
function unfolded(arrays: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> {
  const out = new Map<string, Float32Array>();
  for (const [name, values] of arrays) {
    if (!/\/(kernel|bias)$/.test(name)) continue;
    out.set(name, values);
    const layer = name.slice(0, -"/bias".length);
    if (!name.endsWith("/bias") || !layer.startsWith("conv")) continue;
    out.set(`${layer}/beta`, values);
    out.set(`${layer}/gamma`, new Float32Array(values.length).fill(1));
    out.set(`${layer}/movingMean`, new Float32Array(values.length));
    out.set(`${layer}/movingVariance`, new Float32Array(values.length).fill(1 - batchNormEpsilon));
  }
  return out;
}
