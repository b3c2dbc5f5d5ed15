import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type StoreError, silentLogger, systemClock, UsageError } from "../../src/core/index.js";
import { openJournal, openJournalReader } from "../../src/journal/index.js";
import {
  at,
  sampleFrame,
  sampleIntent,
  sampleResult,
  sampleRun,
  sampleScore,
  testFolder,
  testJournal,
} from "./sample.js";

const groupAttributes = (path: string): Record<string, never> =>
  JSON.parse(readFileSync(join(path, "zarr.json"), "utf8")).attributes;

describe("a run", () => {
  it("comes back as it was written", async () => {
    const folder = testFolder();
    const journal = await testJournal(folder);
    await journal.createRun(sampleRun());
    await journal.beginStep(sampleIntent("run-1", 1));
    const result = sampleResult("run-1", 1);
    await journal.commitStep(result);
    await journal.addEvent("run-1", { at: at(3), step: 1, kind: "mode", data: { to: "assist" } });
    await journal.endRun("run-1", "finished", at(9));

    const { reader } = journal;
    expect(await reader.runs()).toEqual([
      { ...sampleRun(), state: "finished", iterations: 1, frames: 3, endedAt: at(9) },
    ]);
    const [step] = await reader.steps("run-1");
    const { frames, ...record } = result;
    expect(step?.intent).toEqual(sampleIntent("run-1", 1));
    const [light] = await reader.steps("run-1", { optimiserStates: false });
    expect(light?.intent).toEqual({ ...sampleIntent("run-1", 1), optimiserState: null });
    expect(step?.result).toEqual(record);
    expect(step?.state).toBe("done");
    expect(step?.frames.map((f) => [f.role, f.dtype, f.id, f.step])).toEqual([
      ["before", "uint16", "1.1-before", 1],
      ["sted", "float32", "1.1-sted", 1],
      ["after", "uint16", "1.1-after", 1],
    ]);
    expect(await reader.events("run-1")).toEqual([
      { at: at(3), step: 1, kind: "mode", data: { to: "assist" } },
    ]);
    for (const { frame } of frames) expect(await reader.frame("run-1", frame.id)).toEqual(frame);
    const hash = step?.frames[1]?.hash ?? "";
    expect((await reader.frame("run-1", hash))?.id).toBe("1.1-sted");
    expect(await reader.frame("run-1", "unknown")).toBeNull();
  });

  it("keeps lost and failed attempts, and the one that came through", async () => {
    const folder = testFolder();
    const journal = await testJournal(folder);
    await journal.createRun(sampleRun());
    await journal.beginStep(sampleIntent("run-1", 1));
    await journal.endAttempt("run-1", 1, 1, "lost", "the daemon ended");
    await journal.beginStep(sampleIntent("run-1", 1, 2));
    await journal.endAttempt("run-1", 1, 2, "failed", "empty field");
    await journal.beginStep(sampleIntent("run-1", 1, 3));
    await journal.commitStep(sampleResult("run-1", 1, 3));
    const steps = await journal.reader.steps("run-1");
    expect(steps.map((s) => [s.intent.attempt, s.state, s.reason, s.frames.length])).toEqual([
      [1, "lost", "the daemon ended", 0],
      [2, "failed", "empty field", 0],
      [3, "done", undefined, 3],
    ]);
    expect(readdirSync(join(folder, "frames", "run-1.zarr", "step"))).toEqual(["000001", "zarr.json"]);
  });

  it("refuses what does not follow", async () => {
    const journal = await testJournal(testFolder());
    await journal.createRun(sampleRun());
    const codeOf = (p: Promise<unknown>): Promise<string> =>
      p.then(
        () => "no error",
        (e: StoreError) => e.code,
      );
    expect(await codeOf(journal.createRun(sampleRun()))).toBe("RUN_EXISTS");
    expect(await codeOf(journal.createRun(sampleRun("../elsewhere")))).toBe("RUN_ID_BAD");
    expect(await codeOf(journal.commitStep(sampleResult("run-1", 1)))).toBe("STEP_NOT_EXPOSING");
    expect(await codeOf(journal.endAttempt("run-1", 1, 1, "lost", ""))).toBe("STEP_NOT_EXPOSING");
    expect(await codeOf(journal.beginStep(sampleIntent("nobody", 1)))).toBe("RUN_NOT_RUNNING");
    expect(await codeOf(journal.addFrame("nobody", sampleResult("x", 1).frames[0] as never))).toBe(
      "RUN_UNKNOWN",
    );
    await journal.beginStep(sampleIntent("run-1", 1));
    expect(await codeOf(journal.beginStep(sampleIntent("run-1", 1)))).toBe("STEP_EXISTS");
    await journal.commitStep(sampleResult("run-1", 1));
    expect(await codeOf(journal.beginStep(sampleIntent("run-1", 1, 2)))).toBe("STEP_EXISTS");
    await journal.endRun("run-1", "aborted", at(5));
    expect(await codeOf(journal.beginStep(sampleIntent("run-1", 2)))).toBe("RUN_NOT_RUNNING");
    await journal.reopenRun("run-1");
    await journal.beginStep(sampleIntent("run-1", 2));
    expect((await journal.reader.run("latest")).endedAt).toBeNull();
  });

  it("keeps a frame outside a step once", async () => {
    const journal = await testJournal(testFolder());
    await journal.createRun(sampleRun());
    const stored = { role: "extra", frame: sampleFrame("seen"), score: sampleScore } as const;
    expect(await journal.addFrame("run-1", stored)).toBe(true);
    expect(await journal.addFrame("run-1", { ...stored, frame: { ...stored.frame, id: "again" } })).toBe(
      false,
    );
    const extras = await journal.reader.extras("run-1");
    expect(extras.map((f) => [f.id, f.step, f.score])).toEqual([["seen", null, sampleScore]]);
    expect(await journal.reader.frame("run-1", "seen")).toEqual(stored.frame);
  });
});

describe("the Zarr", () => {
  it("holds a group a step, each frame an OME image, and stamps what is whole", async () => {
    const folder = testFolder();
    const journal = await testJournal(folder);
    await journal.createRun(sampleRun());
    const zarr = join(folder, "frames", "run-1.zarr");
    await journal.beginStep(sampleIntent("run-1", 1));
    expect(existsSync(join(zarr, "step", "000001"))).toBe(false);
    await journal.commitStep(sampleResult("run-1", 1));
    expect(groupAttributes(zarr).stedloop).toMatchObject({ complete: false, state: "running" });
    expect(groupAttributes(join(zarr, "step", "000001")).stedloop).toMatchObject({
      complete: true,
      step: 1,
      settings: { depletionPowerMw: 100 / 3 },
      proposal: { depletionPowerMw: 100 / 3 },
      reason: "spread-out start, 1 of 8",
      choice: { by: "auto", changed: false },
      scores: { before: sampleScore, sted: sampleScore, after: null },
    });
    expect(groupAttributes(join(zarr, "step", "000001", "sted")).ome).toEqual({
      version: "0.5",
      multiscales: [
        {
          name: "sted",
          axes: [
            { name: "y", type: "space", unit: "micrometer" },
            { name: "x", type: "space", unit: "micrometer" },
          ],
          datasets: [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [0.02, 0.02] }] }],
        },
      ],
    });
    await journal.endRun("run-1", "aborted", at(7));
    expect(groupAttributes(zarr).stedloop).toMatchObject({
      complete: false,
      state: "aborted",
      iterations: 1,
    });
    await journal.endRun("run-1", "finished", at(8));
    expect(groupAttributes(zarr).stedloop).toMatchObject({ complete: true, iterations: 1, frames: 3 });
  });
});

describe("the data folder", () => {
  it("has one daemon at a time", async () => {
    const folder = testFolder();
    const first = await testJournal(folder);
    const second = openJournal(folder, { clock: systemClock, logger: silentLogger });
    await expect(second).rejects.toThrow(UsageError);
    await expect(second).rejects.toMatchObject({ code: "DATA_IN_USE", where: folder, exitCode: 2 });
    await first.close();
    await (await testJournal(folder)).close();
  });

  it("is read without leaving a trace, also when there is nothing yet", async () => {
    const folder = testFolder();
    const reader = await openJournalReader(join(folder, "none"));
    expect(await reader.runs()).toEqual([]);
    await expect(reader.run("latest")).rejects.toMatchObject({ code: "RUN_UNKNOWN", exitCode: 2 });
    await reader.close();
    expect(readdirSync(folder)).toEqual([]);

    const journal = await testJournal(folder);
    await journal.createRun(sampleRun());
    await journal.close();
    const before = readdirSync(folder);
    const again = await openJournalReader(folder);
    expect((await again.run("run-1")).state).toBe("crashed");
    await again.close();
    expect(readdirSync(folder)).toEqual(before);
  });

  it("is read beside its daemon", async () => {
    const folder = testFolder();
    const journal = await testJournal(folder);
    await journal.createRun(sampleRun("old"));
    await journal.close();
    const daemon = await testJournal(folder);
    const reader = await openJournalReader(folder);
    await daemon.createRun(sampleRun("new"));
    for (let step = 1; step <= 3; step++) {
      await daemon.beginStep(sampleIntent("new", step));
      await daemon.commitStep(sampleResult("new", step));
      expect((await reader.run("latest")).iterations).toBe(step);
    }
    expect((await reader.runs()).map((r) => [r.run, r.state])).toEqual([
      ["old", "crashed"],
      ["new", "running"],
    ]);
    await reader.close();
  });
});
