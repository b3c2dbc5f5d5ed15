import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { ScoreError } from "../../core/index.js";
import type { EngineFactory } from "../engine.js";
import { GraphEngine, type Tf } from "./graph.js";

type Wasm = typeof import("@tensorflow/tfjs-backend-wasm");
interface ModelJson {
  readonly modelTopology: object;
  readonly format?: string;
  readonly signature?: object;
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly import("@tensorflow/tfjs").io.WeightsManifestEntry[];
  }[];
}

const require = createRequire(import.meta.url);

/** TensorFlow.js' WebAssembly backend: needs nothing but Node, one thread; the last resort. */
export const wasmEngine: EngineFactory = async (source) => {
  if (source.tfjs === null) {
    throw new ScoreError("ENGINE_UNAVAILABLE", "wasm: this model has no TensorFlow form (tfjs/)");
  }
  const tf = require("@tensorflow/tfjs") as Tf;
  const wasm = require("@tensorflow/tfjs-backend-wasm") as Wasm;
  const root = dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"));
  wasm.setWasmPaths(join(root, "wasm-out") + sep);
  if (!(await withoutHandlers(() => tf.setBackend("wasm")))) {
    throw new ScoreError(
      "ENGINE_UNAVAILABLE",
      "wasm: TensorFlow.js' WebAssembly backend does not start here",
    );
  }
  tf.enableProdMode();
  const { tfjs } = source;
  const model = await tf.loadGraphModel({ load: async () => readModel(tfjs) });
  return new GraphEngine("wasm", 1, tf, model, `TensorFlow.js ${tf.version.tfjs}, WebAssembly`, 1);
};

function readModel(folder: string): import("@tensorflow/tfjs").io.ModelArtifacts {
  const json = JSON.parse(readFileSync(join(folder, "model.json"), "utf8")) as ModelJson;
  const files = json.weightsManifest.flatMap(({ paths }) => paths);
  const bytes = Buffer.concat(files.map((file) => readFileSync(join(folder, file))));
  return {
    modelTopology: json.modelTopology,
    ...(json.format === undefined ? {} : { format: json.format }),
    ...(json.signature === undefined ? {} : { signature: json.signature }),
    weightSpecs: json.weightsManifest.flatMap(({ weights }) => [...weights]),
    weightData: Uint8Array.from(bytes).buffer,
  };
}

/** The compiled module makes itself the judge of every error of this process: that stays ours. */
async function withoutHandlers<T>(load: () => Promise<T>): Promise<T> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => process.rawListeners(event));
  try {
    return await load();
  } finally {
    for (const [i, event] of events.entries()) {
      for (const listener of process.rawListeners(event)) {
        if (!before[i]?.includes(listener)) process.removeListener(event, listener as () => void);
      }
    }
  }
}
