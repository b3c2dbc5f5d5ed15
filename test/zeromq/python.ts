import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = join(import.meta.dirname, "../..");
const windows = process.platform === "win32";
const cache = join(root, "node_modules", ".cache", "pyzmq");
const inVenv = join(cache, windows ? "Scripts/python.exe" : "bin/python");

function works(python: string): boolean {
  try {
    execFileSync(python, ["-c", "import zmq"], { stdio: "ignore", timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

/**
 * A Python with pyzmq: the system's, or a virtual environment made once in node_modules/.cache. A string beginning with
 * "no " says why there is none; the tests that need it are then skipped and say so.
 */
export function pythonWithZmq(): string {
  const system = windows ? "python" : "python3";
  if (works(system)) return system;
  if (existsSync(inVenv) && works(inVenv)) return inVenv;
  try {
    execFileSync(system, ["-m", "venv", cache], { stdio: "ignore", timeout: 60_000 });
    execFileSync(inVenv, ["-m", "pip", "install", "--quiet", "pyzmq"], { stdio: "ignore", timeout: 90_000 });
    return works(inVenv) ? inVenv : "no pyzmq that loads";
  } catch {
    return "no python3 into which pip could install pyzmq";
  }
}

export interface PythonRig {
  readonly commands: string;
  readonly events: string | null;
  readonly process: ChildProcess;
  close(): void;
}

export async function foreignRig(python: string, args: readonly string[]): Promise<PythonRig> {
  const script = join(import.meta.dirname, "fixtures", "foreign_rig.py");
  const child = spawn(python, [script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`foreign_rig.py ended with ${code}`)));
  });
  const { commands, events } = JSON.parse(line) as { commands: string; events: string | null };
  return { commands, events, process: child, close: () => child.kill("SIGKILL") };
}
