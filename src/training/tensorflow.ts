import { createRequire } from "node:module";
import util from "node:util";
import { UsageError } from "../core/index.js";
import type { Tf } from "./tf-types.js";
import { loadWebGpu } from "./webgpu.js";

export const trainingBackends = ["auto", "tensorflow", "webgpu", "wasm"] as const;
export type TrainingBackend = (typeof trainingBackends)[number];

export interface LoadedTf {
  readonly tf: Tf;
  readonly backend: Exclude<TrainingBackend, "auto">;
  /** One line for a report: library and version. */
  readonly description: string;
  /** Why `auto` did not take the faster one. */
  readonly note?: string;
}

const require = createRequire(import.meta.url);

/**
 * Loads TensorFlow.js with the backend asked for. `auto` takes the native TensorFlow when its binding loads, else a
 * graphics card when WebGPU is set up and finds a real one, else the plain backend, which needs nothing but Node.
 * @throws UsageError NO_TENSORFLOW, NO_WEBGPU when a backend is named and cannot load
 */
export async function loadTf(backend: TrainingBackend = "auto"): Promise<LoadedTf> {
  let note: string | undefined;
  if (backend === "auto" || backend === "tensorflow") {
    try {
      return await loadNative();
    } catch (cause) {
      note = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0] ?? "";
      if (backend === "tensorflow") {
        throw new UsageError("NO_TENSORFLOW", `the native TensorFlow does not load: ${note}`, {
          hint: "stedloop setup tensorflow, or --backend wasm",
          cause,
        });
      }
    }
  }
  if (backend === "auto" || backend === "webgpu") {
    try {
      const { tf, adapter, software } = await loadWebGpu();
      if (backend === "webgpu" || !software) {
        quiet(tf);
        const description = `TensorFlow.js ${tf.version.tfjs} on WebGPU, ${adapter}`;
        return { tf, backend: "webgpu", description, ...(note === undefined ? {} : { note }) };
      }
    } catch (cause) {
      if (backend === "webgpu") throw cause;
    }
  }
  const tf = require("@tensorflow/tfjs") as Tf;
  quiet(tf);
  const { installMatrixKernels } = await import("./matrix-kernels.js");
  await installMatrixKernels(tf);
  const description = `TensorFlow.js ${tf.version.tfjs}, own WebAssembly matrix kernels, one thread`;
  return { tf, backend: "wasm", description, ...(note === undefined ? {} : { note }) };
}

async function loadNative(): Promise<LoadedTf> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "3";
  // oneDNN's convolutions make a training step here 1.8 times as fast; TensorFlow 2.15 leaves them off on some processors.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= "1";
  // Node 23 took away what tfjs-node still calls.
  const legacy = util as unknown as { isNullOrUndefined?: (v: unknown) => boolean };
  legacy.isNullOrUndefined ??= (v) => v === null || v === undefined;
  const native = withoutBanner(
    () => require("@tensorflow/tfjs-node-gpu") as Tf & { version: { "tfjs-node": string } },
  );
  quiet(native);
  await native.setBackend("tensorflow");
  await native.ready();
  const backend = native.backend() as unknown as {
    binding: { TF_Version: string };
    isUsingGpuDevice: boolean;
  };
  const device = backend.isUsingGpuDevice ? "GPU" : "CPU";
  return {
    tf: native,
    backend: "tensorflow",
    description: `TensorFlow ${backend.binding.TF_Version} (tfjs-node ${native.version["tfjs-node"]}) on the ${device}`,
  };
}

function quiet(tf: Tf): void {
  tf.enableProdMode();
}

/** tfjs-node's loader prints to stdout and stderr what is of no use here. */
function withoutBanner<T>(load: () => T): T {
  const { log, warn, info } = console;
  const nothing = (): void => undefined;
  Object.assign(console, { log: nothing, warn: nothing, info: nothing });
  try {
    return load();
  } finally {
    Object.assign(console, { log, warn, info });
  }
}
