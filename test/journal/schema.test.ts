import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { describe, expect, it } from "vitest";
import { silentLogger, systemClock } from "../../src/core/index.js";
import { openJournal, openJournalReader } from "../../src/journal/index.js";
import { migrations } from "../../src/journal/schema.js";
import { at, testFolder, testJournal } from "./sample.js";

const fixtures = join(import.meta.dirname, "fixtures");
const versions = readdirSync(fixtures).filter((n) => /^v\d+$/.test(n));

function copyOf(version: string): string {
  const folder = testFolder();
  cpSync(join(fixtures, version), folder, { recursive: true });
  return folder;
}

function setVersion(folder: string, version: number): void {
  const database = new Database(join(folder, "journal.sqlite"));
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}

describe("a data folder of an earlier version", () => {
  it("is checked in for every version of the tables", () => {
    expect(versions).toEqual(migrations.map((_, i) => `v${i + 1}`));
  });

  it.each(versions)("%s is brought up to date and read whole, and a run in it goes on", async (version) => {
    const journal = await testJournal(copyOf(version));
    const { reader } = journal;
    expect((await reader.runs()).map((r) => [r.run, r.state, r.iterations, r.frames, r.endedAt])).toEqual([
      ["finished-run", "finished", 1, 4, at(4)],
      ["open-run", "crashed", 0, 0, null],
    ]);
    const run = await reader.run("finished-run");
    expect(run).toMatchObject({ seed: 7, mode: "auto", configHash: "c", engine: { threads: 2 } });
    const [lost, done] = await reader.steps("finished-run");
    expect([lost?.state, lost?.reason]).toEqual(["lost", "the daemon ended while exposing"]);
    expect(done?.intent.settings).toEqual({ dwellTimeUs: 100 / 3 });
    expect(done?.intent.optimiserState).toEqual({ state: { draws: 1 }, asks: 1 });
    expect(done?.result?.objectives).toEqual({
      quality: { value: 0.3, unit: "1" },
      bleaching: { value: null, unit: "1", reason: "no foreground" },
    });
    const frames = [...(done?.frames ?? []), ...(await reader.extras("finished-run"))];
    expect(frames.map((f) => [f.id, f.role])).toEqual([
      ["before", "before"],
      ["sted", "sted"],
      ["after-it", "after"],
      ["extra frame", "extra"],
    ]);
    for (const row of frames) expect((await reader.frame("finished-run", row.id))?.shape).toEqual([8, 9]);
    const sted = await reader.frame("finished-run", "sted");
    expect(sted?.pixels[5]).toBe(Math.fround((25 + 4) / 3));
    expect(await reader.events("finished-run")).toEqual([
      { at: at(3), step: 1, kind: "mode", data: { mode: "assist", by: "me" } },
    ]);
    await journal.endAttempt("open-run", 1, 1, "lost", "killed");
    await journal.reopenRun("open-run");
    const [open] = await reader.steps("open-run");
    if (open === undefined) throw new Error("no step");
    await journal.beginStep({ ...open.intent, attempt: 2 });
    expect((await reader.steps("open-run")).map((s) => s.state)).toEqual(["lost", "exposing"]);
  });

  it.each(versions)("%s is read without being changed", async (version) => {
    const folder = copyOf(version);
    const before = readdirSync(folder);
    const reader = await openJournalReader(folder);
    expect((await reader.runs()).map((r) => r.state)).toEqual(["finished", "crashed"]);
    await reader.close();
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe("a data folder of a later version", () => {
  it("is neither written nor read", async () => {
    const folder = copyOf("v1");
    setVersion(folder, migrations.length + 1);
    const opening = openJournal(folder, { clock: systemClock, logger: silentLogger });
    await expect(opening).rejects.toMatchObject({ code: "JOURNAL_NEWER" });
    const reader = await openJournalReader(folder);
    await expect(reader.runs()).rejects.toMatchObject({ code: "JOURNAL_NEWER" });
    await reader.close();
  });
});
