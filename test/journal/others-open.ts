import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect } from "vitest";
import { pixelBytes } from "../../src/core/index.js";
import { exportRun, type Journal } from "../../src/journal/index.js";
import { at, sampleFrame, sampleIntent, sampleResult, sampleRun, testFolder, testJournal } from "./sample.js";

async function takeStep(journal: Journal, step: number): Promise<void> {
  await journal.beginStep(sampleIntent("run-1", step));
  await journal.commitStep(sampleResult("run-1", step));
}

/** Two committed steps, a frame outside them with an odd name, and a third step that has begun. */
export async function smallRun(dataDir: string): Promise<Journal> {
  const journal = await testJournal(dataDir);
  await journal.createRun(sampleRun());
  await takeStep(journal, 1);
  await takeStep(journal, 2);
  await journal.addFrame("run-1", { role: "extra", frame: sampleFrame("µ <odd> \"'&"), score: null });
  await journal.beginStep(sampleIntent("run-1", 3));
  return journal;
}

/** Exports a run both ways and has zarr, ome-zarr and tifffile open it; they must see the very pixels. */
export async function expectOthersOpen(python: string): Promise<void> {
  const folder = testFolder();
  const journal = await smallRun(folder);
  await journal.commitStep(sampleResult("run-1", 3));
  await journal.endRun("run-1", "finished", at(50));
  const to = testFolder();
  await exportRun(journal.reader, "run-1", { to, format: "ome-zarr" });
  await exportRun(journal.reader, "run-1", { to, format: "ome-tiff" });
  const tiffs = ["step-000001-before", "step-000001-sted", "extra-000001"].map((n) =>
    join(to, `${n}.ome.tif`),
  );
  const script = join(import.meta.dirname, "open-exports.py");
  const ran = spawnSync(python, [script, join(to, "run-1.zarr"), ...tiffs], {
    encoding: "utf8",
  });
  expect(ran.stderr).toBe("");
  const { zarr, tiffs: seen } = JSON.parse(ran.stdout);

  const expected = (frame: ReturnType<typeof sampleFrame>) => ({
    dtype: frame.pixels instanceof Float32Array ? "float32" : "uint16",
    shape: [24, 27],
    sha256: createHash("sha256").update(pixelBytes(frame.pixels)).digest("hex"),
  });
  expect(zarr.layout).toBe(3);
  expect(zarr.complete).toEqual({ "000001": true, "000002": true, "000003": true });
  expect(Object.keys(zarr.images)).toHaveLength(10);
  for (const { role, frame } of sampleResult("run-1", 2).frames) {
    expect(zarr.images[`step/000002/${role}`]).toEqual({
      ...expected(frame),
      scale: [0.02, 0.02],
      axes: ["y", "x"],
    });
  }
  expect(seen[1]).toMatchObject({
    ...expected(sampleFrame("1.1-sted", "float32")),
    isOme: true,
    pixelSize: [20, "nm"],
    mode: "STED",
    values: { step: "1", depletionPowerMw: "123.456", score: "0.30000000000000004" },
  });
  expect(seen[0].mode).toBe("LaserScanningConfocalMicroscopy");
  expect(seen[2].values.frame).toBe("µ <odd> \"'&");
}
