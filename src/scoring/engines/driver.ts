import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ScoreError } from "../../core/index.js";

const require = createRequire(import.meta.url);

/**
 * Looks for what an accelerator needs before its library is asked, which would write its complaints to stderr.
 * @throws ScoreError ENGINE_UNAVAILABLE with what is missing
 */
export function requireDriver(name: "onnx-cuda" | "onnx-webgpu"): void {
  if (name === "onnx-cuda") {
    const file =
      process.platform === "win32" ? "onnxruntime_providers_cuda.dll" : "libonnxruntime_providers_cuda.so";
    if (!existsSync(join(onnxLibraries(), file))) {
      throw missing(`${name}: onnxruntime's CUDA provider is not installed`, "stedloop setup onnx-cuda");
    }
    return;
  }
  if (process.platform === "linux" && !libraryFolders().some((f) => existsSync(join(f, "libvulkan.so.1")))) {
    throw missing(
      `${name}: there is no Vulkan loader (libvulkan.so.1)`,
      "install the graphics card's driver",
    );
  }
}

function missing(message: string, hint: string, cause?: unknown): ScoreError {
  return new ScoreError("ENGINE_UNAVAILABLE", message, { hint, cause });
}

/** onnxruntime-node is an optional package: where its install script may not download, npm leaves it out, and `wasm` scores. */
export function withoutOnnx(message: string, cause: unknown): ScoreError {
  return missing(message, "npm install --ignore-scripts onnxruntime-node", cause);
}

/** The folder of onnxruntime's own shared libraries. */
export function onnxLibraries(): string {
  let root: string;
  try {
    root = dirname(require.resolve("onnxruntime-node/package.json"));
  } catch (cause) {
    throw withoutOnnx("onnxruntime-node is not installed", cause);
  }
  return join(root, "bin", "napi-v6", process.platform, process.arch);
}

function libraryFolders(): string[] {
  const triple = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  const named = (process.env.LD_LIBRARY_PATH ?? "").split(":").filter((f) => f !== "");
  return [
    ...named,
    `/usr/lib/${triple}`,
    `/lib/${triple}`,
    "/usr/lib64",
    "/lib64",
    "/usr/lib",
    "/lib",
    "/usr/local/lib",
  ];
}
