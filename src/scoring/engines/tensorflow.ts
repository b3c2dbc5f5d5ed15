import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import util from "node:util";
import { ScoreError } from "../../core/index.js";
import type { Batch, Engine, EngineFactory, EngineOutput } from "../engine.js";

type Tf = typeof import("@tensorflow/tfjs");
type GraphModel = import("@tensorflow/tfjs").GraphModel;
type Tensor = import("@tensorflow/tfjs").Tensor;

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
  return new TensorflowEngine(
    tf,
    model,
    `TensorFlow ${backend.binding.TF_Version} (${device})`,
    source.threads,
  );
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

class TensorflowEngine implements Engine {
  readonly name = "tensorflow";
  readonly maxBatch = batchLimit;
  private readonly outputs: readonly string[];

  constructor(
    private readonly tf: Tf,
    private readonly model: GraphModel,
    readonly version: string,
    readonly threads: number,
  ) {
    this.outputs = ["score", "features", "heatmap"].filter(
      (name) =>
        Object.hasOwn(model.modelStructuredOutputKeys ?? {}, name) || model.outputNodes.includes(name),
    );
  }

  async score({ data, n, height, width }: Batch): Promise<EngineOutput> {
    const image = this.tf.tensor4d(data, [n, height, width, 1]);
    const made: Tensor[] = [image];
    try {
      const result = this.model.execute({ image }, [...this.outputs]);
      const tensors = Array.isArray(result) ? result : [result as Tensor];
      made.push(...tensors);
      const named = new Map(this.outputs.map((name, i) => [name, tensors[i] as Tensor]));
      const read = async (name: string): Promise<Float32Array | null> => {
        const tensor = named.get(name);
        return tensor === undefined ? null : ((await tensor.data()) as Float32Array);
      };
      const heat = named.get("heatmap");
      const heatData = await read("heatmap");
      return {
        score: (await read("score")) ?? new Float32Array(n).fill(Number.NaN),
        features: await read("features"),
        heatmap:
          heat === undefined || heatData === null
            ? null
            : { data: heatData, height: heat.shape[1] ?? 1, width: heat.shape[2] ?? 1 },
      };
    } finally {
      for (const tensor of made) tensor.dispose();
    }
  }

  async close(): Promise<void> {
    this.model.dispose();
  }
}
