import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeImageFile } from "../../src/core/index.js";
import { exportRun, openJournalReader } from "../../src/journal/index.js";
import { expectOthersOpen, smallRun } from "./others-open.js";
import { findPython } from "./python.js";
import { sampleFrame, sampleResult, sampleScore, testFolder } from "./sample.js";

const python = findPython();

describe("steps.csv", () => {
  it("has a row a committed step, with every setting and objective, and why something is empty", async () => {
    const journal = await smallRun(testFolder());
    const to = join(testFolder(), "made", "for it");
    const result = await exportRun(journal.reader, "latest", { to, format: "csv" });
    expect(result).toEqual({ format: "csv", to, steps: 2, frames: 0 });
    expect(readFileSync(join(to, "steps.csv"), "utf8")).toBe(
      [
        "step,at,region,depletionPowerMw,lineRepeats,quality,bleaching,score,lower,upper,reason",
        "1,2026-01-02T03:04:02.000Z,r1,33.333333333333336,1,0.51,,0.30000000000000004,0.2,0.4,bleaching: no foreground",
        "2,2026-01-02T03:04:03.000Z,r2,33.333333333333336,1,0.52,,0.30000000000000004,0.2,0.4,bleaching: no foreground",
        "",
      ].join("\n"),
    );
  });

  it("keeps its rows when the run goes on, and quotes what would break them", async () => {
    const journal = await smallRun(testFolder());
    const to = testFolder();
    await exportRun(journal.reader, "run-1", { to, format: "csv" });
    const first = readFileSync(join(to, "steps.csv"), "utf8");
    const odd = sampleResult("run-1", 3);
    const score = { ...sampleScore, score: null, lower: null, upper: null, reason: 'dark, "very"\ndark' };
    await journal.commitStep({ ...odd, score });
    await exportRun(journal.reader, "run-1", { to, format: "csv" });
    const second = readFileSync(join(to, "steps.csv"), "utf8");
    expect(second.startsWith(first)).toBe(true);
    expect(second.slice(first.length)).toBe(
      '3,2026-01-02T03:04:04.000Z,r3,33.333333333333336,1,0.53,,,,,"dark, ""very""\ndark; bleaching: no foreground"\n',
    );
  });

  it("knows no run that is not there", async () => {
    const reader = await openJournalReader(testFolder());
    const nothing = exportRun(reader, "run-9", { to: testFolder(), format: "csv" });
    await expect(nothing).rejects.toMatchObject({ code: "RUN_UNKNOWN", exitCode: 2 });
    await reader.close();
  });
});

describe("OME-TIFF", () => {
  it("is a file a frame with the same counts", async () => {
    const journal = await smallRun(testFolder());
    const to = testFolder();
    const seen: string[] = [];
    const onProgress = (done: number, total: number): number => seen.push(`${done}/${total}`);
    const result = await exportRun(journal.reader, "run-1", { to, format: "ome-tiff", onProgress });
    expect(result.frames).toBe(7);
    expect(seen.at(-1)).toBe("7/7");
    expect(readdirSync(to)).toHaveLength(8);
    const sted = await decodeImageFile(join(to, "extra-000001.ome.tif"));
    const frame = sampleFrame("µ <odd> \"'&");
    expect(sted.planes).toEqual([
      { pixels: frame.pixels, shape: frame.shape, pixelSizeNm: frame.pixelSizeNm, label: "" },
    ]);
  });
});

describe("OME-Zarr", () => {
  it("is not written over", async () => {
    const journal = await smallRun(testFolder());
    const to = testFolder();
    await exportRun(journal.reader, "run-1", { to, format: "ome-zarr" });
    expect(readdirSync(to).sort()).toEqual(["run-1.zarr", "steps.csv"]);
    await expect(exportRun(journal.reader, "run-1", { to, format: "ome-zarr" })).rejects.toMatchObject({
      code: "EXPORT_EXISTS",
      exitCode: 2,
    });
  });
});

describe("other people's programs", () => {
  it.skipIf(python === null)("open both formats and see the same pixels", { timeout: 180_000 }, async () => {
    await expectOthersOpen(python as string);
  });
});
