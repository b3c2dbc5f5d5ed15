/** The program as other processes see it: started, watched, killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { packageRoot } from "../src/cli/package-info.js";

const main = join(packageRoot, "dist", "src", "cli", "main.js");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** The first line on stdout. */
  readonly firstLine: Promise<string>;
}

/** Starts a command of the CLI. @param environment added to this process's own */
export function stedloop(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let out = "";
  let err = "";
  child.stderr?.on("data", (data) => {
    err = (err + String(data)).slice(-20_000);
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const firstLine = new Promise<string>((done, fail) => {
    lines.on("line", (line) => {
      out += `${line}\n`;
      done(line);
    });
    child.once("exit", (code) => fail(new Error(`ended with ${code} before a word: ${err.slice(-300)}`)));
  });
  firstLine.catch(() => undefined);
  const ended = new Promise<Ended>((done) => {
    child.once("close", (code, signal) => done({ code, signal, out, err }));
  });
  return { child, ended, firstLine };
}

/** Runs a command to its end; kills it (SIGKILL) after `patienceMs`. */
export async function finish(
  running: Running,
  patienceMs: number,
): Promise<Ended & { readonly late: boolean }> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    running.child.kill("SIGKILL");
  }, patienceMs);
  const ended = await running.ended;
  clearTimeout(timer);
  return { ...ended, late };
}

/** Whether a text shows the inside of the program. */
export const hasStack = (text: string): boolean => /\n\s+at .+:\d+:\d+/.test(text);

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
