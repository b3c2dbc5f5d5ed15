import { RandomStream } from "../core/index.js";
import { networkSpec } from "./network.js";
import { initialWeights } from "./network-weights.js";
import { gradientStep } from "./step.js";
import { loadTf } from "./tensorflow.js";

/** Run as a script by `setup webgpu`: gradients of the network itself on the card and by the plain backend. */
const spec = networkSpec({ arch: "cnn", input: [64, 64], channels: [4, 4, 4, 4, 4, 4] });
const random = RandomStream.of(1, "verify");
const set = {
  ids: ["a", "b", "c", "d"],
  frames: Array.from({ length: 4 }, () => Uint16Array.from({ length: 64 * 64 }, () => random.int(40))),
  height: 64,
  width: 64,
  ratings: [0.1, 0.4, 0.6, 0.9],
  trueRatings: [],
};
const items = set.ids.map((_, index) => ({ index, turn: 0, top: 0, left: 0 }));
const normalisation = { offset: 0, scale: 4, clip: 100 };
const step = async (backend: "webgpu" | "wasm") => {
  const { tf, description } = await loadTf(backend);
  const weights = initialWeights(spec, RandomStream.of(2, "weights"));
  return { description, ...(await gradientStep(tf, spec, weights, set, items, normalisation)) };
};
const card = await step("webgpu");
const plain = await step("wasm");
let difference = Math.abs(card.loss - plain.loss);
for (const [name, values] of card.gradients) {
  const expected = plain.gradients.get(name) as Float32Array;
  const scale = Math.max(1e-3, ...expected.map(Math.abs));
  for (const [i, v] of values.entries()) {
    difference = Math.max(difference, Math.abs(v - (expected[i] as number)) / scale);
  }
}
process.stdout.write(`${JSON.stringify({ webgpu: card.description, difference })}\n`);
// Dawn's threads would keep the process.
process.exit(0);
