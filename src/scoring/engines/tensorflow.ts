import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import util from "node:util";
import { ScoreError } from "../../core/index.js";
import type { EngineFactory } from "../engine.js";
import { GraphEngine, type Tf } from "./graph.js";

const require = createRequire(import.meta.url);
const batchLimit = 8;

/** TensorFlow through @tensorflow/tfjs-node-gpu, on the graphics card when it finds one. */
export const tensorflowEngine: EngineFactory = async (source) => {
  if (source.tfjs === null) {
    throw new ScoreError("ENGINE_UNAVAILABLE", "tensorflow: this model has no TensorFlow form (tfjs/)");
  }
  const tf = load();
  await tf.setBackend("tensorflow");
  await tf.ready();
  const backend = tf.backend() as unknown as { binding: { TF_Version: string }; isUsingGpuDevice: boolean };
  const device = backend.isUsingGpuDevice ? "GPU" : "CPU";
  const model = await tf.loadGraphModel(`${pathToFileURL(source.tfjs).href}/model.json`);
  const version = `TensorFlow ${backend.binding.TF_Version} (${device})`;
  return new GraphEngine("tensorflow", batchLimit, tf, model, version, source.threads);
};

function load(): Tf {
  // Node 23 took away what tfjs-node still calls.
  const legacy = util as unknown as { isNullOrUndefined?: (v: unknown) => boolean };
  legacy.isNullOrUndefined ??= (v) => v === null || v === undefined;
  const { log, warn, info } = console;
  const nothing = (): void => undefined;
  // The package greets on stdout, where only our own lines may stand.
  Object.assign(console, { log: nothing, warn: nothing, info: nothing });
  try {
    const tf = require("@tensorflow/tfjs-node-gpu") as Tf;
    tf.env().set("IS_TEST", true);
    return tf;
  } catch (cause) {
    const text = (cause as Error).message.split("\n")[0] ?? "";
    throw new ScoreError("ENGINE_UNAVAILABLE", `tensorflow: ${text}`, {
      hint: "stedloop setup tensorflow",
      cause,
    });
  } finally {
    Object.assign(console, { log, warn, info });
  }
}
