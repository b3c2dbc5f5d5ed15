import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StedError } from "../core/index.js";
import { builtScript, command, firstCommand } from "./setup-tools.js";
import { webGpuHome } from "./webgpu.js";

const packages = ["webgpu@0.6.2", "@tensorflow/tfjs-backend-webgpu@4.22.0"];
/** Greatest relative difference of a gradient from the plain backend's that counts as the same arithmetic. */
const tolerance = 1e-2;

export interface SetupWebGpuReport {
  readonly folder: string;
  readonly steps: readonly string[];
  readonly verified: { readonly webgpu: string; readonly difference: number };
  /** Command that takes everything away again. */
  readonly undo: string;
}

/**
 * Gives `train --backend webgpu` its two npm packages (160 MB: too much for everybody's install), in `vendor/webgpu`, and
 * proves them by the gradients of a small network on the card beside the plain ones. Taken away again where that fails.
 * @throws StedError SETUP_FAILED
 */
export async function setupWebGpu(onStep?: (text: string) => void): Promise<SetupWebGpuReport> {
  const steps: string[] = [];
  const say = (text: string): void => {
    steps.push(text);
    onStep?.(text);
  };
  const folder = webGpuHome();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{"private": true}\n');
  try {
    say(`fetching ${packages.join(" and ")} with npm`);
    const npm = await firstCommand(["npm"], "install npm");
    // The peer is the program's own TensorFlow.js, found above this folder; no package's script is needed.
    const quiet = ["--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    await command(npm, ["install", "--prefix", folder, ...quiet, ...packages]);
    const text = await command(process.execPath, [builtScript("verify-webgpu.js")]);
    const verified = JSON.parse(text.trim().split("\n").at(-1) ?? "") as SetupWebGpuReport["verified"];
    if (!(verified.difference <= tolerance)) {
      throw new StedError("SETUP_FAILED", `gradients differ from the plain ones by ${verified.difference}`);
    }
    say(`verified: gradients as the plain backend's, within ${verified.difference.toExponential(1)}`);
    return { folder, steps, verified, undo: `rm -r '${folder}'` };
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StedError("SETUP_FAILED", `WebGPU does not work here: ${why}`, {
      hint: "it needs a graphics card with a Vulkan, Metal or Direct3D 12 driver; everything was taken away again",
      cause,
    });
  }
}
