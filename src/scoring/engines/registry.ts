import type { Registry } from "../../core/index.js";
import type { EngineFactory } from "../engine.js";

/** Engines by name; a heavy or native library loads only when its engine is named. */
export const engines: Registry<EngineFactory> = {
  "onnx-cpu": async () => (await import("./onnx.js")).onnxEngine("onnx-cpu"),
  "onnx-cuda": async () => (await import("./onnx.js")).onnxEngine("onnx-cuda"),
  "onnx-webgpu": async () => (await import("./onnx.js")).onnxEngine("onnx-webgpu"),
  remote: async () => (await import("./remote.js")).remoteEngine,
  tensorflow: async () => (await import("./tensorflow.js")).tensorflowEngine,
  wasm: async () => (await import("./wasm.js")).wasmEngine,
};
export const engineNames = Object.keys(engines) as readonly string[];
