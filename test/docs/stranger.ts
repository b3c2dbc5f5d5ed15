import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ended } from "../cli/command-line.js";

const root = join(import.meta.dirname, "../..");
/** A checkout's own command, and npx as it finds that one. */
const shell = `stedloop() { "$NODE" "$MAIN" "$@"; }; npx() { "$@"; }; `;

/** The one line of a page that matches, as it is to be typed, with what is unlike here replaced. */
export function typed(page: string, pattern: RegExp, change: Readonly<Record<string, string>> = {}): string {
  const found = readFileSync(join(root, page), "utf8")
    .split("\n")
    .flatMap((text) => [
      text.trim().replace(/^\$ /, ""),
      ...[...text.matchAll(/`([^`]+)`/g)].map((m) => m[1] as string),
    ])
    .filter((text) => /^(npx |stedloop )/.test(text) && pattern.test(text));
  const [line, another] = [...new Set(found)];
  if (line === undefined || another !== undefined) {
    throw new Error(`${page} has ${found.length} lines like ${pattern}: ${found.join(" | ")}`);
  }
  return Object.entries(change).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${page}: no '${from}' in '${text}'`);
    return text.replaceAll(from, to);
  }, line);
}

/** The first block of this language on a page that matches. */
export function block(page: string, language: string, pattern: RegExp): string {
  const text = readFileSync(join(root, page), "utf8");
  const found = [...text.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``, "g"))].map(
    (m) => m[1] as string,
  );
  const one = found.find((code) => pattern.test(code));
  if (one === undefined) throw new Error(`${page} has no block of ${language} like ${pattern}`);
  return one;
}

/** Somebody who types what the pages say, in a folder that is like a checkout but for what is written into it. */
export class Stranger {
  readonly folder = mkdtempSync(join(tmpdir(), "stedloop-docs-"));
  private readonly staying: ChildProcess[] = [];

  constructor() {
    for (const name of ["config", "demo", "drivers", "models", "test"])
      symlinkSync(join(root, name), this.at(name));
  }

  at(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Types a line and waits for its end. What it would write below /tmp comes into the folder. */
  run(line: string): Promise<Ended> {
    const child = this.spawn(shell + line.replaceAll("/tmp/", `${this.folder}/`));
    const said = { out: "", err: "" };
    for (const [name, stream] of [
      ["out", child.stdout],
      ["err", child.stderr],
    ] as const) {
      stream?.on("data", (bytes: Buffer) => {
        said[name] += bytes.toString();
      });
    }
    return new Promise((resolve) => child.once("close", (code) => resolve({ code: code ?? -1, ...said })));
  }

  /** Types a line that stays. */
  start(line: string): ChildProcess {
    const child = this.spawn(
      shell.replaceAll(`"$NODE" `, `exec "$NODE" `) + line.replaceAll("/tmp/", `${this.folder}/`),
    );
    this.staying.push(child);
    return child;
  }

  /** Ends what stays, as Ctrl-C does; returns the exit codes. */
  async leave(): Promise<readonly (number | null)[]> {
    const codes = this.staying.splice(0).map(
      (child) =>
        new Promise<number | null>((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
          else child.once("exit", (code) => resolve(code));
          child.kill("SIGINT");
        }),
    );
    return Promise.all(codes);
  }

  private spawn(script: string): ChildProcess {
    const env = { ...process.env, NODE: process.execPath, MAIN: join(root, "dist", "src", "cli", "main.js") };
    return spawn("bash", ["-c", script], { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"] });
  }
}
