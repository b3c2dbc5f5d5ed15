/** What trials of a troubled daemon share: a small disk, the arguments, a good end, the end after it. */
import { execFileSync } from "node:child_process";
import { complaints, lookInto } from "./journal-check.js";
import { type Ended, finish, hasStack, stedloop } from "./processes.js";

export interface VariantOptions {
  readonly seed: number;
  readonly out: string;
}
export interface Outcome {
  /** What happened, or why it was skipped. */
  readonly note: string;
  readonly problems: readonly string[];
  readonly skipped?: boolean;
}
export type Variant = (options: VariantOptions) => Promise<Outcome>;

export const patienceMs = 240_000;
/** Steps of a run: some before and some after the initial design of three. */
export const iterations = 6;
export const noRight: Outcome = {
  note: "skipped: no right to mount a small file system",
  problems: [],
  skipped: true,
};

/** A small file system in memory; null where this user may not mount one. */
export function mounted(
  folder: string,
  sizeKib: number,
): { readonly remount: (how: string) => void; readonly end: () => void } | null {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeKib}k`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return null;
  }
  return {
    remount: (how) => void execFileSync("mount", ["-o", `remount,${how}`, folder]),
    end: () => void execFileSync("umount", ["-l", folder], { stdio: "ignore" }),
  };
}

export const runArgs = (data: string, seed: number, steps: number, ...more: string[]): string[] => [
  ...["run", "--headless", "--json", "--data", data, "--seed", String(seed)],
  ...["--iterations", String(steps), ...more],
];

/**
 * A good end after trouble: resume goes to the end, and every proposal comes again bit for bit.
 * @param first arguments of a run that the trouble let not begin
 */
export async function recovered(data: string, seed: number, ...first: string[]): Promise<string[]> {
  const problems: string[] = [];
  const before = await lookInto(data);
  const again = before.run === null ? first : ["--resume", "latest"];
  const steps = Math.max(iterations, before.done.size + 1);
  const end = await finish(stedloop(runArgs(data, seed, steps, ...again)), patienceMs);
  if (end.code !== 0) problems.push(`afterwards it does not go on: ${end.err.slice(-300)}`);
  problems.push(...(await complaints(data, before)).found);
  const replay = await finish(stedloop(["replay", "latest", "--data", data, "--json"]), patienceMs);
  if (!/"identical":true/.test(replay.out)) problems.push(`replay: ${replay.out}${replay.err.slice(-300)}`);
  return problems;
}

/** Ends by itself, not by our patience, with one clear line and no stack. */
export function refusedWell(end: Ended & { readonly late: boolean }): string[] {
  const problems: string[] = [];
  if (end.late) problems.push(`it neither ended nor went on: ${end.err.slice(-300)}`);
  else if (end.code !== 1 && end.code !== 2)
    problems.push(`it ended with ${end.code}: ${end.err.slice(-300)}`);
  if (hasStack(end.err)) problems.push(`an operator saw a stack: ${end.err.slice(-300)}`);
  return problems;
}
export const lastWords = (end: Ended): string => end.err.trim().split("\n").at(-1) ?? "";
/** The last words without the folder's random name. */
export const told = (end: Ended, data: string): string => lastWords(end).replaceAll(data, "DATA");
