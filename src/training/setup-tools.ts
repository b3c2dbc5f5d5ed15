/** What the setups of native parts share: programs, wheels, places. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { StedError, UsageError } from "../core/index.js";

/** The folder that holds this package's package.json, from src/ as from dist/src/. */
export function checkoutRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const up = dirname(folder);
    if (up === folder) throw new StedError("SETUP_FAILED", "no package.json above the program");
    folder = up;
  }
  return folder;
}

/** A script of this folder as it was built, from src/ as from dist/src/. */
export function builtScript(name: string): string {
  return fileURLToPath(new URL(`./${name}`, import.meta.url)).replace(
    /\/src\/(?=[^/]+\/[^/]+$)/,
    (found, at: number, whole: string) => (whole.slice(0, at).endsWith("/dist") ? found : "/dist/src/"),
  );
}

/** Fetches a wheel for Linux x64 with pip into a folder of its own, uses it and throws it away. @param name `package==version` */
export async function withWheel(
  name: string,
  say: (text: string) => void,
  use: (file: string) => Promise<void>,
): Promise<void> {
  const download = await mkdtemp(join(tmpdir(), "stedloop-wheel-"));
  try {
    say(`fetching ${name} with pip`);
    const pip = ["--no-deps", "--only-binary=:all:", "--python-version", "3.11"];
    const platforms = ["manylinux2014_x86_64", "manylinux_2_27_x86_64", "manylinux_2_28_x86_64"];
    await command(await firstCommand(["pip", "pip3"], "give a wheel with --from FILE.whl"), [
      "download",
      "-q",
      ...pip,
      ...platforms.flatMap((p) => ["--platform", p]),
      "-d",
      download,
      name,
    ]);
    const file = (await readdir(download)).find((f) => f.endsWith(".whl"));
    if (file === undefined) throw new StedError("SETUP_FAILED", "pip left no wheel");
    await use(join(download, file));
  } finally {
    await rm(download, { recursive: true, force: true });
  }
}

export async function firstCommand(names: readonly string[], hint: string): Promise<string> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = names.find((name) => folders.some((f) => f !== "" && existsSync(join(f, name))));
  if (found === undefined) {
    throw new UsageError("NO_TOOL", `none of ${names.join(", ")} is on the PATH`, { hint });
  }
  return found;
}

/** Runs a program; its stdout. A failure carries the last lines of stderr. */
export function command(program: string, args: readonly string[]): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      err = (err + chunk.toString()).slice(-4000);
    });
    child.on("error", (cause) =>
      fail(new StedError("SETUP_FAILED", `${program}: ${cause.message}`, { cause })),
    );
    child.on("close", (code, signal) => {
      if (code === 0) done(out);
      else
        fail(
          new StedError("SETUP_FAILED", `${program} ended with ${code ?? signal}: ${err.trim().slice(-800)}`),
        );
    });
  });
}
