import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const main = join(import.meta.dirname, "..", "..", "dist", "src", "cli", "main.js");
if (!existsSync(main)) throw new Error("dist/ is not built: npm run build");

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command to its end. */
export function stedloop(args: readonly string[], input?: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { maxBuffer: 1 << 26 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, out, err });
    });
    child.stdin?.end(input ?? "");
  });
}

/** Starts a command that stays. Its own process group, as a terminal would make it. */
export function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [main, ...args], { stdio: ["pipe", "pipe", "pipe"], detached: true });
}

/** The first line on a stream that matches; rejects when the process ends before. */
export function line(child: ChildProcess, stream: "stdout" | "stderr", pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const seen: string[] = [];
    createInterface({ input: child[stream] as NodeJS.ReadableStream }).on("line", (text) => {
      seen.push(text);
      if (pattern.test(text)) resolve(text);
    });
    child.once("exit", (code) => reject(new Error(`ended with ${code}: ${seen.slice(-3).join(" | ")}`)));
  });
}

export function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
}

export function tempFolder(): string {
  return mkdtempSync(join(tmpdir(), "stedloop-test-"));
}

/** Polls a condition that another process makes true. */
export async function eventually<T>(look: () => Promise<T | null>, everyMs = 50, forMs = 30_000): Promise<T> {
  const end = performance.now() + forMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > end) throw new Error(`not within ${forMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
