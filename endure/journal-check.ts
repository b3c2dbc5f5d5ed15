/** What must hold of a data folder after any death of its daemon. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { frameHash, type Settings } from "../src/core/index.js";
import { type JournalReader, openJournalReader } from "../src/journal/index.js";

/** Everything an independent reader saw committed. */
export interface Seen {
  readonly run: string | null;
  /** Settings and objectives by step, as JSON. */
  readonly done: ReadonlyMap<number, string>;
  /** Settings of every attempt that was begun, by step: a repeated step must have the same. */
  readonly begun: ReadonlyMap<number, string>;
}
export const nothing: Seen = { run: null, done: new Map(), begun: new Map() };

const text = (settings: Settings): string => JSON.stringify(Object.entries(settings).sort());

/** Steps of the folder's one run. */
export async function look(reader: JournalReader): Promise<Seen> {
  const run = (await reader.runs()).at(-1)?.run ?? null;
  if (run === null) return nothing;
  const done = new Map<number, string>();
  const begun = new Map<number, string>();
  for (const { intent, state, result } of await reader.steps(run, { optimiserStates: false })) {
    begun.set(intent.step, text(intent.proposed));
    if (state === "done") done.set(intent.step, JSON.stringify([text(intent.proposed), result?.observation]));
  }
  return { run, done, begun };
}

/** What an independent reader sees in a folder. */
export async function lookInto(dataDir: string): Promise<Seen> {
  const reader = await openJournalReader(dataDir);
  try {
    return await look(reader);
  } finally {
    await reader.close();
  }
}

/** Complaints, empty where all is well, and what is there now. @param before what was seen committed before the death */
export async function complaints(
  dataDir: string,
  before: Seen,
): Promise<{ readonly found: readonly string[]; readonly now: Seen }> {
  const file = join(dataDir, "journal.sqlite");
  if (!existsSync(file)) {
    return { found: before.run === null ? [] : ["the database is gone"], now: nothing };
  }
  const found: string[] = [];
  const reader = await openJournalReader(dataDir);
  let now = nothing;
  try {
    now = await look(reader);
    for (const [step, record] of before.done) {
      if (now.done.get(step) !== record) found.push(`step ${step} was committed and is missing or changed`);
    }
    for (const [step, settings] of before.begun) {
      if (now.begun.get(step) !== settings)
        found.push(`step ${step} has another proposal than when it was begun`);
    }
    if (now.run !== null) found.push(...(await frameComplaints(reader, now.run)));
  } finally {
    await reader.close();
  }
  const integrity = integrityOf(file);
  if (integrity !== "ok") found.push(`integrity check: ${integrity}`);
  return { found, now };
}

/** Every accepted frame is on disk with the pixels of its hash. */
async function frameComplaints(reader: JournalReader, run: string): Promise<string[]> {
  const found: string[] = [];
  const steps = await reader.steps(run, { optimiserStates: false });
  for (const { intent, state, frames } of steps) {
    if (state !== "done") continue;
    const roles = frames.map((f) => f.role).join();
    if (roles !== "before,sted,after") found.push(`step ${intent.step} has the frames ${roles}`);
    for (const row of frames) {
      const frame = await reader.frame(run, row.id);
      const hash = frame === null ? "none" : frameHash(frame.pixels, frame.shape);
      if (hash !== row.hash)
        found.push(`frame ${row.id} of step ${intent.step} is not the one that was kept`);
    }
  }
  return found;
}

function integrityOf(file: string): string {
  const database = new Database(file);
  try {
    return (
      (database.pragma("integrity_check") as { integrity_check: string }[])[0] as { integrity_check: string }
    ).integrity_check;
  } finally {
    database.close();
  }
}
