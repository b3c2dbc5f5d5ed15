import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import Database from "libsql";
import { expect } from "vitest";
import { frameHash, type RandomStream, systemClock } from "../../src/core/index.js";
import { openJournalReader } from "../../src/journal/index.js";

type Line = { ready?: number; begun?: number; done?: number; extra?: string; attempt?: number };
const child = join(import.meta.dirname, "children", "commit-steps.mjs");
const run = "crash-1";

/**
 * Starts a writer on the folder, kills it (SIGKILL) at a random moment of a random step, and checks everything that it
 * acknowledged, in this life and the earlier ones. Returns the number of acknowledged steps.
 */
export async function killAndCheck(
  dataDir: string,
  random: RandomStream,
  acknowledged: Set<string>,
): Promise<number> {
  const process = spawn("node", [child, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(process, "exit");
  const lines = createInterface({ input: process.stdout });
  const closed = once(lines, "close");
  let steps = 1 + random.int(5);
  lines.on("line", (text) => {
    const line = JSON.parse(text) as Line;
    if (line.begun !== undefined) acknowledged.add(`begun ${line.begun}.${line.attempt}`);
    if (line.done !== undefined) acknowledged.add(`done ${line.done}.${line.attempt}`);
    if (line.extra !== undefined) acknowledged.add(`extra ${line.extra}`);
    // From the moment a step has begun to a little after it would be done.
    if (line.begun !== undefined && --steps === 0)
      systemClock.after(random.between(0, 25), () => process.kill("SIGKILL"));
  });
  await exited;
  await closed;
  await check(dataDir, acknowledged);
  return [...acknowledged].filter((a) => a.startsWith("done")).length;
}

async function check(dataDir: string, acknowledged: ReadonlySet<string>): Promise<void> {
  const reader = await openJournalReader(dataDir);
  expect((await reader.runs()).map((r) => r.state)).toEqual(["crashed"]);
  const steps = await reader.steps(run);
  const extras = await reader.extras(run);
  const kept = new Set([
    ...steps.map((s) => `begun ${s.intent.step}.${s.intent.attempt}`),
    ...steps.flatMap((s) => (s.state === "done" ? [`done ${s.intent.step}.${s.intent.attempt}`] : [])),
    ...extras.map((f) => `extra ${f.id}`),
  ]);
  expect([...acknowledged].filter((a) => !kept.has(a))).toEqual([]);
  // Nothing half: a step is there once with its three frames, whose pixels are those that were written.
  const done = steps.filter((s) => s.state === "done");
  expect(done.map((s) => s.intent.step)).toEqual(done.map((_, i) => i + 1));
  for (const record of done.slice(-6)) {
    expect(record.frames.map((f) => f.role)).toEqual(["before", "sted", "after"]);
    expect(record.result?.observation.objectives).toEqual({ quality: record.intent.step / 7 });
    for (const row of record.frames) {
      const frame = await reader.frame(run, row.id);
      expect(frame === null ? null : frameHash(frame.pixels, frame.shape)).toBe(row.hash);
    }
  }
  await reader.close();
  const groups = readdirSync(join(dataDir, "frames", `${run}.zarr`, "step")).filter((n) => n !== "zarr.json");
  // The one group more is a step that was killed between its frames and its row.
  expect(groups.length - done.length).toBeLessThanOrEqual(1);
  if (existsSync(join(dataDir, "journal.sqlite"))) expect(integrity(dataDir)).toBe("ok");
}

function integrity(dataDir: string): string {
  const database = new Database(join(dataDir, "journal.sqlite"));
  const [row] = database.pragma("integrity_check") as [{ integrity_check: string }];
  database.close();
  return row.integrity_check;
}
