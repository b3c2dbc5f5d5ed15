import type { Batch, Engine, EngineOutput } from "../engine.js";

export type Tf = typeof import("@tensorflow/tfjs");
type GraphModel = import("@tensorflow/tfjs").GraphModel;
type Tensor = import("@tensorflow/tfjs").Tensor;

/** A TensorFlow.js graph on whichever backend `tf` runs. */
export class GraphEngine implements Engine {
  private readonly outputs: readonly string[];

  constructor(
    readonly name: string,
    readonly maxBatch: number,
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
