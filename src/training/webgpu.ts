import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "../core/index.js";
import { checkoutRoot } from "./setup-tools.js";
import type { Tf } from "./tf-types.js";

const require = createRequire(import.meta.url);

/** Where `setup webgpu` puts its packages: below the program, so that they share its TensorFlow.js. */
export function webGpuHome(): string {
  return join(checkoutRoot(), "vendor", "webgpu");
}

export interface LoadedWebGpu {
  readonly tf: Tf;
  /** e.g. "nvidia ampere"; what the adapter says of itself. */
  readonly adapter: string;
  /** The adapter computes on the processor (SwiftShader, llvmpipe): it works, slower than the plain backend. */
  readonly software: boolean;
}

interface Dawn {
  readonly create: (options: readonly string[]) => { requestAdapter(): Promise<unknown> };
  readonly globals: object;
}

/**
 * TensorFlow.js on WebGPU without a browser: Dawn as the npm package `webgpu` has it, any vendor's card.
 * @throws UsageError NO_WEBGPU when it is not set up or finds no card
 */
export async function loadWebGpu(home = webGpuHome()): Promise<LoadedWebGpu> {
  const entry = join(home, "node_modules", "webgpu", "index.js");
  if (!existsSync(entry)) {
    throw new UsageError("NO_WEBGPU", "the package webgpu is not installed", {
      hint: "stedloop setup webgpu",
    });
  }
  const tf = require("@tensorflow/tfjs") as Tf;
  const { create, globals } = (await import(pathToFileURL(entry).href)) as Dawn;
  Object.assign(globalThis, globals);
  // TensorFlow.js asks the browser's navigator; Node 20 has none, later ones have one without a gpu.
  const gpu = create([]);
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  // Asked first: TensorFlow.js would print a stack where there is none.
  const card = await gpu.requestAdapter().catch(() => null);
  createRequire(join(home, "package.json"))("@tensorflow/tfjs-backend-webgpu");
  if (card === null || !(await tf.setBackend("webgpu").catch(() => false))) {
    throw new UsageError("NO_WEBGPU", "no graphics card that Vulkan, Metal or Direct3D 12 can use", {
      hint: "install the card's driver, or --backend wasm",
    });
  }
  await tf.ready();
  const { adapterInfo } = tf.backend() as unknown as {
    adapterInfo?: { vendor?: string; architecture?: string; description?: string };
  };
  const words = [adapterInfo?.vendor, adapterInfo?.architecture, adapterInfo?.description];
  const adapter = words.filter((w) => w !== undefined && w !== "").join(" ") || "unnamed card";
  return { tf, adapter, software: /swiftshader|llvmpipe|lavapipe|software/i.test(adapter) };
}
