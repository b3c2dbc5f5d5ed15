import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeImageFile, encodeTiff } from "../../src/core/index.js";
import { imageFiles, openBundle, type ScoreLine, ScorerPool, scoreFiles } from "../../src/scoring/index.js";
import { filaments, writeTinyBundle } from "./tiny-bundle.js";

const real = join(import.meta.dirname, "../../demo/real");

describe("scoring files", () => {
  const bundle = writeTinyBundle();
  const folder = mkdtempSync(join(tmpdir(), "stedloop-files-"));
  let pool: ScorerPool;
  beforeAll(async () => {
    pool = await ScorerPool.open(await openBundle(bundle), 2, { engine: "onnx-cpu", threads: 1 });
  });
  afterAll(async () => {
    await pool.close();
    rmSync(bundle, { recursive: true });
    rmSync(folder, { recursive: true });
  });
  const all = async (files: readonly string[], options = {}): Promise<ScoreLine[]> => {
    const lines: ScoreLine[] = [];
    for await (const line of scoreFiles(files, pool, options)) lines.push(line);
    return lines;
  };

  it("gives the real recordings' lines in order, bad files in between", async () => {
    const text = join(folder, "text.tif");
    writeFileSync(text, "these are words");
    const files = [
      join(real, "tubulin_1.tif"),
      join(folder, "missing.tif"),
      join(real, "actin_dendrite_2.tif"),
      text,
      join(real, "actin_axon_1.tif"),
    ];
    const lines = await all(files);
    expect(lines.map((l) => l.file)).toEqual(files);
    expect(lines.map((l) => ("error" in l ? l.error.code : "score"))).toEqual([
      "score",
      "NO_FILE",
      "score",
      "NOT_AN_IMAGE",
      "score",
    ]);
    for (const line of lines) {
      if ("error" in line) {
        expect(Object.keys(line)).toEqual(["file", "error"]);
        expect(line.error.message).not.toContain("\n");
      } else
        expect(line).toMatchObject({ frame: 0, score: expect.any(Number), inDomain: expect.any(Boolean) });
    }
  });

  it("scores every plane of a stack, and a folder by name", async () => {
    const stack = Uint8Array.from([
      ...encodeNpyHeader(`(2, 80, 90)`),
      ...new Uint8Array(filaments(160, 90).buffer),
    ]);
    writeFileSync(join(folder, "a.npy"), stack);
    writeFileSync(
      join(folder, "b.tif"),
      encodeTiff({ pixels: filaments(64, 64), shape: [64, 64], pixelSizeNm: 20 }),
    );
    const files = await imageFiles([folder]);
    expect(files.map((f) => f.slice(folder.length + 1))).toEqual(["a.npy", "b.tif", "text.tif"]);
    const lines = await all(files.slice(0, 2));
    expect(lines.map((l) => [l.file, "frame" in l ? l.frame : null])).toEqual([
      [files[0], 0],
      [files[0], 1],
      [files[1], 0],
    ]);
  });

  it("gives a line a stack of an Imspector file, or the one that is asked for", async () => {
    const file = join(import.meta.dirname, "../core/fixtures/obf/triple.msr");
    const lines = await all([file]);
    expect(lines.map((l) => ("error" in l ? l.error : [l.frame, l.stack]))).toEqual([
      [0, "Conf 640 before"],
      [1, "STED 640 {1}"],
      [2, "Conf 640 after"],
    ]);
    const [sted] = await all([file], { read: { stack: "STED 640 {1}" } });
    expect(sted).toMatchObject({ stack: "STED 640 {1}", score: (lines[1] as { score: number }).score });
    const [none] = await all([file], { read: { stack: "7" } });
    expect(none).toMatchObject({ error: { code: "NO_STACK" } });
  });

  it("says what it assumes, and takes the pixel size that is given", async () => {
    const notes: string[] = [];
    const file = join(real, "actin_axon_1.tif");
    const [assumed] = await all([file], { onNote: (_: string, note: string) => notes.push(note) });
    expect(notes).toEqual(["no pixel size in the file: 20 nm assumed"]);
    const [given] = await all([file], { pixelSizeNm: 30 });
    expect(given).not.toMatchObject({ score: (assumed as { score: number }).score });
  });

  it("writes a heatmap that OME readers measure and an overlay", async () => {
    const out = join(folder, "heat");
    await all([join(real, "actin_dendrite_1.tif")], { heatmapFolder: out });
    const map = await decodeImageFile(join(out, "actin_dendrite_1.heatmap.ome.tif"));
    expect(map.pixelSizeNm).toBe(20);
    expect(map.planes[0]?.shape).toEqual([224, 224]);
    const png = decode(readFileSync(join(out, "actin_dendrite_1.heatmap.png")));
    expect([png.width, png.height, png.channels]).toEqual([224, 224, 3]);
  });

  it("maps by occlusion where the network looks", async () => {
    // One bright filament on the left half only: covering anything on the right changes little.
    const pixels = filaments(224, 224, 60).map((v, i) => (i % 224 < 60 ? v : Math.min(v, 2)));
    const { heatmap } = await pool.detail(
      { pixels, shape: [224, 224], pixelSizeNm: 20 },
      { heatmap: "occlusion" },
    );
    expect(heatmap?.kind).toBe("occlusion");
    const mean = (from: number, to: number): number => {
      let sum = 0;
      let n = 0;
      heatmap?.data.forEach((v, i) => {
        if (i % 224 < from || i % 224 >= to) return;
        sum += v;
        n++;
      });
      return sum / n;
    };
    expect(mean(10, 50)).toBeGreaterThan(10 * Math.abs(mean(120, 220)));
  }, 120_000);
});

function encodeNpyHeader(shape: string): number[] {
  const text = `${`{'descr': '<u2', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117)}\n`;
  return [0x93, ...Buffer.from("NUMPY"), 1, 0, text.length, 0, ...Buffer.from(text)];
}
