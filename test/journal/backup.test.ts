import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { backupData, type Journal, openJournalReader } from "../../src/journal/index.js";
import {
  sampleFrame,
  sampleIntent,
  sampleResult,
  sampleRun,
  sampleScore,
  testFolder,
  testJournal,
} from "./sample.js";

async function takeStep(journal: Journal, step: number): Promise<void> {
  await journal.beginStep(sampleIntent("run-1", step));
  await journal.commitStep(sampleResult("run-1", step));
}

it("copies a folder whose daemon goes on, into one that the daemon can be started on", async () => {
  const data = testFolder();
  const to = join(testFolder(), "backup");
  const journal = await testJournal(data);
  await journal.createRun(sampleRun());
  for (let step = 1; step <= 5; step++) await takeStep(journal, step);
  await journal.addFrame("run-1", { role: "extra", frame: sampleFrame("alone"), score: sampleScore });
  let busy = true;
  const work = (async () => {
    for (let step = 6; busy && step <= 20; step++) await takeStep(journal, step);
  })();
  const first = await backupData(data, to);
  const second = await backupData(data, to);
  busy = false;
  await work;
  expect(first.frames).toBeGreaterThanOrEqual(16);
  expect(second.frames).toBeGreaterThanOrEqual(first.frames);
  // A group a step and one for the frame alone: only what came in between is copied again.
  expect(second.copied).toBe((second.frames - first.frames) / 3);

  const reader = await openJournalReader(to);
  const steps = await reader.steps("run-1");
  const rows = [...steps.flatMap((s) => s.frames), ...(await reader.extras("run-1"))];
  expect(rows).toHaveLength(second.frames);
  for (const row of rows) expect((await reader.frame("run-1", row.hash))?.shape).toEqual(row.frame.shape);
  await reader.close();

  const restored = await testJournal(to);
  expect((await restored.reader.run("latest")).state).toBe("crashed");
  const last = steps.at(-1);
  const next = steps.filter((s) => s.state === "done").length + 1;
  if (last?.state === "exposing")
    await restored.endAttempt("run-1", last.intent.step, 1, "lost", "backed up in mid-step");
  await restored.reopenRun("run-1");
  await restored.beginStep(sampleIntent("run-1", next, 2));
  await restored.commitStep(sampleResult("run-1", next, 2));
  expect((await restored.reader.run("run-1")).iterations).toBe(next);
});

it("refuses a folder without a journal, one with other things, and one that a daemon worked in", async () => {
  const data = testFolder();
  const journal = await testJournal(data);
  await journal.createRun(sampleRun());
  await expect(backupData(testFolder(), testFolder())).rejects.toMatchObject({ code: "BACKUP_NO_JOURNAL" });
  const full = testFolder();
  writeFileSync(join(full, "thesis.doc"), "do not touch");
  await expect(backupData(data, full)).rejects.toMatchObject({ code: "BACKUP_NOT_EMPTY", exitCode: 2 });
  expect(readdirSync(full)).toEqual(["thesis.doc"]);
  await expect(backupData(data, data)).rejects.toMatchObject({ code: "BACKUP_IN_USE", exitCode: 2 });
});

it("takes along what people rated, studied and trained, and a second time what changed", async () => {
  const data = testFolder();
  const to = join(testFolder(), "backup");
  const journal = await testJournal(data);
  await journal.createRun(sampleRun());
  const write = (path: string, text: string): void => {
    mkdirSync(join(data, path, ".."), { recursive: true });
    writeFileSync(join(data, path), text);
  };
  write("ratings/axons/labels.csv", "id,rating\n");
  write("ratings/axons/frames/a.tif", "pixels");
  write("studies/s1/votes.csv", "vote");
  write("models/deployed.json", "{}");
  write("models/deployed.json.part", "half");
  expect(await backupData(data, to)).toMatchObject({ files: 4, frames: 0 });
  expect(await backupData(data, to)).toMatchObject({ files: 0 });
  write("ratings/axons/labels.csv", "id,rating\na,0.5\n");
  expect(await backupData(data, to)).toMatchObject({ files: 1 });
  expect(readFileSync(join(to, "ratings/axons/labels.csv"), "utf8")).toBe("id,rating\na,0.5\n");
  expect(readdirSync(join(to, "models"))).toEqual(["deployed.json"]);
});
