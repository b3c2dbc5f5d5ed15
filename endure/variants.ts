/** What else befalls a running daemon: its disk is full, its folder becomes read-only, its clock jumps. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openJournalReader } from "../src/journal/index.js";
import { complaints, look, nothing } from "./journal-check.js";
import { type Ended, finish, pause, stedloop } from "./processes.js";

interface VariantOptions {
  readonly seed: number;
  readonly out: string;
  readonly iterations: number;
}
interface Outcome {
  /** What happened, or why it was skipped. */
  readonly note: string;
  readonly problems: readonly string[];
}
type Variant = (options: VariantOptions) => Promise<Outcome>;

const patienceMs = 240_000;

/** A small file system in memory; null where this user may not mount one. */
function mounted(
  folder: string,
  sizeMib: number,
): { readonly remount: (how: string) => void; readonly end: () => void } | null {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeMib}m`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return null;
  }
  return {
    remount: (how) => void execFileSync("mount", ["-o", `remount,${how}`, folder]),
    end: () => void execFileSync("umount", ["-l", folder], { stdio: "ignore" }),
  };
}

const runArgs = (data: string, o: VariantOptions, ...more: string[]): string[] => [
  ...["run", "--headless", "--json", "--data", data, "--seed", String(o.seed)],
  ...["--iterations", String(o.iterations), ...more],
];

/** A good end after trouble: resume goes to the end, and every proposal comes again bit for bit. */
async function recovered(data: string, o: VariantOptions): Promise<string[]> {
  const problems: string[] = [];
  const before = await steps(data);
  const again = before.run === null ? [] : ["--resume", "latest"];
  const end = await finish(stedloop(runArgs(data, o, ...again)), patienceMs);
  if (end.code !== 0) problems.push(`afterwards it does not go on: ${end.err.slice(-300)}`);
  problems.push(...(await complaints(data, before)));
  const replay = await finish(stedloop(["replay", "latest", "--data", data, "--json"]), patienceMs);
  if (!/"identical":true/.test(replay.out)) problems.push(`replay: ${replay.out}${replay.err.slice(-300)}`);
  return problems;
}

async function steps(data: string): Promise<Awaited<ReturnType<typeof look>>> {
  const reader = await openJournalReader(data);
  try {
    return await look(reader);
  } catch {
    return nothing;
  } finally {
    await reader.close();
  }
}

/** Ends by itself, not by our patience, with one clear line and no stack. */
function refusedWell(end: Ended & { readonly late: boolean }): string[] {
  const problems: string[] = [];
  if (end.late) problems.push(`it neither ended nor went on: ${end.err.slice(-300)}`);
  else if (end.code !== 1 && end.code !== 2)
    problems.push(`it ended with ${end.code}: ${end.err.slice(-300)}`);
  if (/\n\s+at .+:\d+:\d+/.test(end.err)) problems.push(`an operator saw a stack: ${end.err.slice(-300)}`);
  return problems;
}
const lastWords = (end: Ended): string => end.err.trim().split("\n").at(-1) ?? "";

const fullDisk: Variant = async (o) => {
  const data = mkdtempSync(join(o.out, "full-"));
  // Room for the database and some frames of 100 kB, not for a run.
  const disk = mounted(data, 1);
  if (disk === null) return { note: "skipped: no right to mount a small file system", problems: [] };
  try {
    const end = await finish(stedloop(runArgs(data, o)), patienceMs);
    const problems = end.code === 0 ? ["the disk was not full"] : refusedWell(end);
    disk.remount("size=200m");
    problems.push(...(await recovered(data, o)));
    return { note: `ended with ${end.code}: ${lastWords(end)}; resumed to its end`, problems };
  } finally {
    disk.end();
    rmSync(data, { recursive: true, force: true });
  }
};

const readOnly: Variant = async (o) => {
  const data = mkdtempSync(join(o.out, "read-only-"));
  const disk = mounted(data, 200);
  if (disk === null) return { note: "skipped: no right to mount a small file system", problems: [] };
  try {
    disk.remount("ro");
    const end = await finish(stedloop(runArgs(data, o)), patienceMs);
    const problems = end.code === 0 ? ["it ran in a folder that cannot be written"] : refusedWell(end);
    disk.remount("rw");
    problems.push(...(await recovered(data, o)));
    return { note: `ended with ${end.code}: ${lastWords(end)}; ran once writable`, problems };
  } finally {
    disk.end();
    rmSync(data, { recursive: true, force: true });
  }
};

const clockJumps: Variant = async (o) => {
  const data = mkdtempSync(join(o.out, "clock-"));
  const preload = join(o.out, "clock-jumps.mjs");
  writeFileSync(preload, clockScript);
  const daemon = stedloop(runArgs(data, o), { NODE_OPTIONS: `--import=${pathToFileURL(preload).href}` });
  // A run may pause at a jump, because powers and leases were timed by it; it must not lose a step.
  await Promise.race([daemon.ended, pause(40_000)]);
  const before = await steps(data);
  daemon.child.kill("SIGKILL");
  const end = await daemon.ended;
  const problems = [...(await complaints(data, before)), ...(await recovered(data, o))];
  rmSync(data, { recursive: true, force: true });
  const how = end.signal === null ? `ended with ${end.code}` : "still there after 40 s, then killed";
  return { note: `${before.done.size} steps under jumps of an hour, ${how}; resumed to its end`, problems };
};

/** Loaded before the program: the wall clock jumps by an hour to and fro every two seconds of true time. */
const clockScript = `const trueNow = Date.now.bind(Date);
const start = trueNow();
Date.now = () => {
  const phase = Math.floor((trueNow() - start) / 2000) % 3;
  return trueNow() + (phase === 1 ? 3600000 : phase === 2 ? -3600000 : 0);
};
`;

export const variants: Readonly<Record<string, Variant>> = {
  "full disk": fullDisk,
  "read-only folder": readOnly,
  "clock jumps": clockJumps,
};
