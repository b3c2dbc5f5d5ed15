import { existsSync } from "node:fs";
import { mkdir, readdir, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { InputError, UsageError } from "../core/index.js";
import { builtScript, checkoutRoot, command, firstCommand, withWheel } from "./setup-tools.js";
import { unzip } from "./wheel.js";

const require = createRequire(import.meta.url);
const library = "libtensorflow_cc.so.2";
const framework = "libtensorflow_framework.so.2";

export interface SetupOptions {
  /** A tensorflow wheel, or a folder that holds libtensorflow_cc.so.2 and include/. Default: fetched with pip. */
  readonly from?: string;
  /** Version fetched when `from` is not given. */
  readonly version?: string;
  /** PyPI package fetched: `tensorflow-cpu`, or `tensorflow` for CUDA (not verified on a GPU). */
  readonly wheel?: "tensorflow-cpu" | "tensorflow";
  /** Where the library stays across `npm ci`. Default: `vendor/` of the checkout. */
  readonly vendor?: string;
  readonly onStep?: (text: string) => void;
}

export interface SetupReport {
  readonly library: string;
  readonly binding: string;
  readonly steps: readonly string[];
  /** What the fresh binding computed: version, and loss before and after one training step. */
  readonly verified: { readonly tensorflow: string; readonly lossBefore: number; readonly lossAfter: number };
  /** Commands that take everything away again. */
  readonly undo: string;
}

/**
 * Installs the native TensorFlow under @tensorflow/tfjs-node-gpu without that package's own download:
 * takes libtensorflow from a PyPI wheel or a folder, compiles the binding (seconds), and proves it by an
 * inference and a training step in a fresh process. Linux x64 with a C++17 compiler. Safe to repeat;
 * after an `npm ci` only the compile runs again.
 * @throws UsageError NO_PACKAGE, NO_COMPILER, WRONG_SYSTEM · InputError BAD_ARCHIVE, NO_LIBRARY · StedError SETUP_FAILED
 */
export async function setupTensorflow(options: SetupOptions = {}): Promise<SetupReport> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new UsageError(
      "WRONG_SYSTEM",
      `this recipe is for Linux x64, not ${process.platform} ${process.arch}`,
      {
        hint: "training also works with --backend wasm; scoring needs no TensorFlow",
      },
    );
  }
  const steps: string[] = [];
  const say = (text: string): void => {
    steps.push(text);
    options.onStep?.(text);
  };
  const home = tensorflowPackage();
  const vendor = resolve(options.vendor ?? join(checkoutRoot(), "vendor"));
  const folder = await placeLibrary(options, vendor, say);
  const deps = join(home, "deps");
  const output = join(home, "lib", "napi-v8");
  await rm(deps, { recursive: true, force: true });
  await mkdir(deps, { recursive: true });
  await mkdir(output, { recursive: true });
  await symlink(folder, join(deps, "lib"), "dir");
  const binding = join(output, "tfjs_binding.node");
  await compile(home, folder, binding);
  say(`compiled ${binding}`);
  const verified = await verify();
  say(`verified: an inference and a training step (loss ${verified.lossBefore} -> ${verified.lossAfter})`);
  const undo = `rm -r '${deps}' '${join(home, "lib")}'${options.from !== undefined && folder === resolve(options.from) ? "" : ` '${folder}'`}`;
  return { library: join(folder, library), binding, steps, verified, undo };
}

/** Folder of @tensorflow/tfjs-node-gpu. */
function tensorflowPackage(): string {
  try {
    return dirname(require.resolve("@tensorflow/tfjs-node-gpu/package.json"));
  } catch (cause) {
    throw new UsageError("NO_PACKAGE", "@tensorflow/tfjs-node-gpu is not installed", {
      hint: "npm install --no-save --ignore-scripts @tensorflow/tfjs-node-gpu@4.22.0",
      cause,
    });
  }
}

async function placeLibrary(
  options: SetupOptions,
  vendor: string,
  say: (text: string) => void,
): Promise<string> {
  const target = join(vendor, "tensorflow");
  if (options.from !== undefined) {
    const from = resolve(options.from);
    const kind = await stat(from).catch(() => null);
    if (kind === null) throw new InputError("NO_LIBRARY", "no such file or folder", { where: from });
    if (kind.isDirectory()) {
      const folder = [from, join(from, "tensorflow")].find((f) => existsSync(join(f, library)));
      if (folder === undefined || !existsSync(join(folder, "include", "tensorflow", "c"))) {
        throw new InputError("NO_LIBRARY", `holds no ${library} with include/tensorflow/c`, { where: from });
      }
      say(`library: ${folder}`);
      return folder;
    }
    await unpack(from, vendor, say);
    return target;
  }
  if (existsSync(join(target, library)) && existsSync(join(target, framework))) {
    say(`library: ${target} (there already)`);
    return target;
  }
  await withWheel(`${options.wheel ?? "tensorflow-cpu"}==${options.version ?? "2.15.1"}`, say, (file) =>
    unpack(file, vendor, say),
  );
  return target;
}

async function unpack(wheel: string, vendor: string, say: (text: string) => void): Promise<void> {
  const wanted = /^tensorflow\/(libtensorflow_(cc|framework)\.so\.2|include\/(tensorflow|tsl|xla)\/.*)$/;
  const target = join(vendor, "tensorflow");
  await mkdir(vendor, { recursive: true });
  await rm(target, { recursive: true, force: true });
  const bytes = await unzip(wheel, vendor, (name) => wanted.test(name));
  if (!existsSync(join(target, library))) {
    throw new InputError("NO_LIBRARY", `holds no ${library}`, {
      where: wheel,
      hint: "wheels from 2.12 on hold it; tensorflow-cpu 2.15.1 is known to work",
    });
  }
  say(`unpacked ${Math.round(bytes / 1e6)} MB into ${target}`);
  // Debug symbols are a quarter of the size; without the tool the library just stays bigger.
  const files = [library, framework].map((f) => join(target, f));
  await command("strip", ["--strip-unneeded", ...files]).catch(() => undefined);
}

async function compile(home: string, folder: string, binding: string): Promise<void> {
  const sources = (await readdir(join(home, "binding"))).filter((f) => f.endsWith(".cc"));
  const headers = require.resolve("node-api-headers/package.json");
  const compiler = await firstCommand(
    ["g++", "c++", "clang++"],
    "install a C++ compiler, e.g. apt install g++",
  );
  await command(compiler, [
    "-std=c++17",
    "-O2",
    "-fPIC",
    "-shared",
    "-DNAPI_VERSION=8",
    `-I${join(folder, "include")}`,
    `-I${join(dirname(headers), "include")}`,
    ...sources.map((f) => join(home, "binding", f)),
    `-L${folder}`,
    `-l:${library}`,
    `-l:${framework}`,
    "-Wl,-rpath,$ORIGIN/../../deps/lib",
    "-o",
    binding,
  ]);
}

/** In its own process, so that a library that crashes does not take the command with it. */
async function verify(): Promise<SetupReport["verified"]> {
  const text = await command(process.execPath, [builtScript("verify-tensorflow.js")]);
  return JSON.parse(text.trim().split("\n").at(-1) ?? "") as SetupReport["verified"];
}
