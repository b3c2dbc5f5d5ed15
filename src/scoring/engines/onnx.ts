import { createRequire } from "node:module";
import type { InferenceSession } from "onnxruntime-node";
import { ScoreError } from "../../core/index.js";
import type { Batch, Engine, EngineFactory, EngineOutput, EngineSource } from "../engine.js";
import { withoutOnnx } from "./driver.js";

const providers = { "onnx-cpu": "cpu", "onnx-cuda": "cuda", "onnx-webgpu": "webgpu" } as const;
type OnnxName = keyof typeof providers;
type Ort = typeof import("onnxruntime-node");

const require = createRequire(import.meta.url);
/** Frames that go to a graphics card at once: its memory stays below about 200 MB for networks of ours. */
const gpuBatch = 8;

export function onnxEngine(name: OnnxName): EngineFactory {
  return async (source) => {
    const ort = load(name);
    // Errors come as exceptions; the library must not write them to stderr as well, past the logger.
    ort.env.logLevel = "fatal";
    const session = await open(ort, name, source);
    return new OnnxEngine(ort, session, name, source.threads);
  };
}

function load(name: OnnxName): Ort {
  try {
    return require("onnxruntime-node") as Ort;
  } catch (cause) {
    const text = (cause as Error).message.split("\n")[0] ?? "";
    throw withoutOnnx(`${name}: onnxruntime-node cannot be loaded: ${text}`, cause);
  }
}

async function open(ort: Ort, name: OnnxName, source: EngineSource): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [providers[name]],
    graphOptimizationLevel: "all",
    intraOpNumThreads: source.threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    logSeverityLevel: 4,
  };
  let session: InferenceSession;
  try {
    session = await ort.InferenceSession.create(source.onnx, options);
  } catch (cause) {
    const text = (cause as Error).message.split("\n")[0] ?? "";
    throw new ScoreError("ENGINE_UNAVAILABLE", `${name}: ${text}`, { cause });
  }
  if (!session.inputNames.includes("image")) {
    throw new ScoreError("BAD_NETWORK", "model.onnx has no input `image`", {
      hint: "export it again with `stedloop train`",
    });
  }
  return session;
}

class OnnxEngine implements Engine {
  readonly version: string;
  readonly maxBatch: number;

  constructor(
    private readonly ort: Ort,
    private readonly session: InferenceSession,
    readonly name: OnnxName,
    readonly threads: number,
  ) {
    this.version = `onnxruntime ${ort.env.versions.common}`;
    // On the processor a batch runs no faster, and frame by frame a score never depends on its neighbours.
    this.maxBatch = name === "onnx-cpu" ? 1 : gpuBatch;
  }

  async score({ data, n, height, width }: Batch): Promise<EngineOutput> {
    const image = new this.ort.Tensor("float32", data, [n, 1, height, width]);
    const out = await this.session.run({ image });
    const heatmap = out.heatmap;
    const score = out.score;
    if (score === undefined && heatmap === undefined) {
      throw new ScoreError("BAD_NETWORK", "model.onnx gives neither `score` nor `heatmap`");
    }
    return {
      score: score === undefined ? new Float32Array(n).fill(Number.NaN) : floats(score),
      features: out.features === undefined ? null : floats(out.features),
      heatmap:
        heatmap === undefined
          ? null
          : { data: floats(heatmap), height: heatmap.dims[2] ?? 1, width: heatmap.dims[3] ?? 1 },
    };
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}

function floats(tensor: InferenceSession.ReturnType[string]): Float32Array {
  return tensor.data as Float32Array;
}
