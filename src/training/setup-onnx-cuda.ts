import { existsSync } from "node:fs";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { InputError, StedError, UsageError } from "../core/index.js";
import { engineTolerance } from "../scoring/index.js";
import { builtScript, checkoutRoot, command, withWheel } from "./setup-tools.js";
import { unzip } from "./wheel.js";

const require = createRequire(import.meta.url);
const libraries = ["libonnxruntime_providers_cuda.so", "libonnxruntime_providers_shared.so"] as const;

export interface SetupCudaOptions {
  /** A wheel of onnxruntime-gpu. Default: fetched with pip, of the version of onnxruntime-node. */
  readonly from?: string;
  /** Where the libraries stay across `npm ci`. Default: `vendor/` of the checkout. */
  readonly vendor?: string;
  /** Folder of onnxruntime-node's own libraries. */
  readonly target?: string;
  readonly onStep?: (text: string) => void;
}
export interface SetupCudaReport {
  readonly folder: string;
  readonly steps: readonly string[];
  readonly verified: { readonly version: string; readonly cuda: number; readonly plain: number };
  /** Command that takes everything away again. */
  readonly undo: string;
}

/**
 * Gives onnxruntime-node the CUDA provider that its own install would download from elsewhere: from the PyPI wheel
 * onnxruntime-gpu of the same version. Proved by a real inference beside the plain engine; where that fails everything
 * is taken away again. Linux x64 with an NVIDIA driver, CUDA and cuDNN. Not verified on a GPU.
 * @throws UsageError WRONG_SYSTEM · InputError BAD_ARCHIVE, NO_LIBRARY · StedError SETUP_FAILED
 */
export async function setupOnnxCuda(options: SetupCudaOptions = {}): Promise<SetupCudaReport> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new UsageError(
      "WRONG_SYSTEM",
      `this recipe is for Linux x64, not ${process.platform} ${process.arch}`,
      {
        hint: "engine onnx-webgpu uses any vendor's card and needs no setup",
      },
    );
  }
  const steps: string[] = [];
  const say = (text: string): void => {
    steps.push(text);
    options.onStep?.(text);
  };
  const { folder, version } = installed();
  const target = options.target ?? folder;
  const vendor = join(
    resolve(options.vendor ?? join(checkoutRoot(), "vendor")),
    `onnxruntime-gpu-${version}`,
  );
  const unpack = async (wheel: string): Promise<void> => {
    await mkdir(vendor, { recursive: true });
    const bytes = await unzip(wheel, vendor, (name) =>
      libraries.some((l) => name === `onnxruntime/capi/${l}`),
    );
    say(`unpacked ${Math.round(bytes / 1e6)} MB into ${vendor}`);
  };
  const held = (name: string): string => join(vendor, "onnxruntime", "capi", name);
  if (options.from !== undefined) await unpack(resolve(options.from));
  else if (libraries.every((name) => existsSync(held(name)))) say(`libraries: ${vendor} (there already)`);
  else await withWheel(`onnxruntime-gpu==${version}`, say, unpack);
  const missing = libraries.find((name) => !existsSync(held(name)));
  if (missing !== undefined) {
    throw new InputError("NO_LIBRARY", `holds no ${missing}`, {
      where: options.from ?? vendor,
      hint: `a wheel of onnxruntime-gpu ${version} for Linux x64 is needed`,
    });
  }
  const placed = libraries.map((name) => join(target, name));
  for (const [i, name] of libraries.entries()) await copyFile(held(name), placed[i] as string);
  say(`copied ${libraries.join(" and ")} to ${target}`);
  try {
    const verified = await verify();
    say(`verified: CUDA gives ${verified.cuda}, the processor ${verified.plain}`);
    return {
      folder: target,
      steps,
      verified,
      undo: `rm -r ${[...placed, vendor].map((f) => `'${f}'`).join(" ")}`,
    };
  } catch (cause) {
    for (const file of [...placed, vendor]) await rm(file, { force: true, recursive: true });
    throw new StedError("SETUP_FAILED", `the CUDA provider does not work here: ${reason(cause)}`, {
      hint: "it needs an NVIDIA driver and the CUDA and cuDNN libraries on LD_LIBRARY_PATH; everything was taken away again",
      cause,
    });
  }
}

function installed(): { folder: string; version: string } {
  const file = require.resolve("onnxruntime-node/package.json");
  const { version } = require(file) as { version: string };
  return { folder: join(dirname(file), "bin", "napi-v6", process.platform, process.arch), version };
}

async function verify(): Promise<SetupCudaReport["verified"]> {
  const text = await command(process.execPath, [builtScript("verify-onnx-cuda.js")]);
  const found = JSON.parse(text.trim().split("\n").at(-1) ?? "") as SetupCudaReport["verified"];
  if (!(Math.abs(found.cuda - found.plain) <= engineTolerance)) {
    throw new StedError("SETUP_FAILED", `CUDA gives ${found.cuda} where the processor gives ${found.plain}`);
  }
  return found;
}

/** The line of a long report that says why. */
function reason(cause: unknown): string {
  const lines = (cause as Error).message.split("\n");
  return (lines.find((l) => /onnx-cuda|CUDA|cuda|libcu/.test(l)) ?? lines[0] ?? "").trim().slice(0, 300);
}
