import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

const root = join(import.meta.dirname, "../..");
const windows = process.platform === "win32";
const cache = join(root, "node_modules", ".cache", "bridges");
const inVenv = join(cache, windows ? "Scripts/python.exe" : "bin/python");
/** What the bridges need of pymmcore-plus and useq-schema; their other dependencies (cloud stores) take minutes to install. */
const few = [
  ...["pymmcore-plus>=0.18", "pymmcore", "psygnal", "platformdirs", "useq-schema>=0.9", "shapely"],
  ...["ome-writers", "pydantic-extra-types", "mm-test-adapters"],
];
/** Import name -> what pip installs; numbers are those that the bridges were tried with. */
const packages = {
  zmq: "pyzmq",
  numpy: "numpy",
  pymmcore_plus: "pymmcore-plus>=0.18",
  mm_test_adapters: "mm-test-adapters",
  useq: "useq-schema>=0.9",
} as const;
export type PythonPackage = keyof typeof packages | "specpy";

function has(python: string, wanted: readonly PythonPackage[]): boolean {
  try {
    const code = `import ${wanted.join(", ")}`;
    execFileSync(python, ["-c", code], { stdio: "ignore", timeout: 60_000 });
    return true;
  } catch {
    return false;
  }
}

/**
 * A Python with the packages: $STEDLOOP_PYTHON, the system's, or a virtual environment made once in node_modules/.cache.
 * A string beginning with "no " says why there is none; the tests that need it are then skipped and say so.
 */
export function pythonWith(...wanted: readonly PythonPackage[]): string {
  const system = windows ? "python" : "python3";
  const found = [process.env.STEDLOOP_PYTHON, system, existsSync(inVenv) ? inVenv : undefined].find(
    (python) => python !== undefined && has(python, wanted),
  );
  if (found !== undefined) return found;
  alone(() => {
    if (existsSync(inVenv) && has(inVenv, wanted)) return; // made meanwhile by another test file
    const quiet = { stdio: "ignore" } as const;
    if (!existsSync(inVenv)) execFileSync(system, ["-m", "venv", cache], { ...quiet, timeout: 60_000 });
    const install = ["-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "10"];
    execFileSync(inVenv, [...install, "pyzmq", "numpy", "pydantic"], { ...quiet, timeout: 120_000 });
    execFileSync(inVenv, [...install, "--no-deps", ...few], { ...quiet, timeout: 120_000 });
    // A later version may need more than these.
    if (!has(inVenv, Object.keys(packages) as PythonPackage[])) {
      execFileSync(inVenv, [...install, ...Object.values(packages)], { ...quiet, timeout: 240_000 });
    }
    if (wanted.includes("specpy"))
      execFileSync(inVenv, [...install, "specpy"], { ...quiet, timeout: 60_000 });
  });
  return existsSync(inVenv) && has(inVenv, wanted)
    ? inVenv
    : `no python3 into which pip could install ${wanted.join(", ")}`;
}

/** One test file at a time installs. What could not be installed shows in what can be imported afterwards. */
function alone(work: () => void): void {
  const lock = `${cache}.lock`;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  mkdirSync(dirname(lock), { recursive: true });
  for (let waited = 0; ; waited++) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      if (waited > 600) rmSync(lock, { recursive: true, force: true }); // left by a run that was killed
      Atomics.wait(sleeper, 0, 0, 500);
    }
  }
  try {
    work();
  } catch {
    // see above
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

export interface Bridge {
  readonly commands: string;
  readonly events: string;
  readonly process: ChildProcess;
  /** Its log so far. */
  log(): string;
  ended: Promise<number | null>;
}

const folder = join(root, "drivers", "bridges");
export const fixtures = join(import.meta.dirname, "fixtures");
/** The stand-in is found before a specpy that may be installed. */
export const standIn = { PYTHONPATH: join(fixtures, "specpy-stand-in") };

/** Starts a bridge and waits until it listens. Rejects with its log when it ends before. */
export async function startBridge(
  python: string,
  kind: "micromanager" | "imspector",
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Bridge> {
  const config = join(fixtures, kind === "imspector" ? "imspector-rig.json" : "demo-rig.json");
  const free = "tcp://127.0.0.1:*";
  const command = [
    join(folder, kind, `${kind}.py`),
    "--config",
    config,
    "--bind",
    free,
    "--events",
    free,
    ...args,
  ];
  const child = spawn(python, command, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (text) => {
    said += String(text);
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("close", (code) => reject(new Error(`${kind}.py ended with ${code}: ${said}`)));
  });
  const { commands, events } = JSON.parse(line) as { commands: string; events: string };
  return { commands, events, process: child, log: () => said, ended };
}
