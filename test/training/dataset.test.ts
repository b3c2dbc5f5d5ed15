import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type DatasetInfo,
  decodeImageFile,
  formatCsv,
  framePath,
  type Label,
  parseCsv,
  readDataset,
  writeDataset,
} from "../../src/core/index.js";
import { simulateDataset } from "../../src/training/simulate-dataset.js";

const folder = () => mkdtempSync(join(tmpdir(), "stedloop-dataset-"));
const info: DatasetInfo = {
  name: "two",
  version: "1",
  pixelSizeNm: 20,
  structures: ["actin"],
  licence: "MIT",
  simulated: false,
  split: { train: ["a"], validation: [], test: ["b"] },
};
const label = (id: string, more: Partial<Label> = {}): Label => ({
  id,
  rating: 0.5,
  rater: "anna",
  structure: "actin",
  split: id === "a" ? "train" : "test",
  trueRating: null,
  values: {},
  notes: {},
  ...more,
});

describe("dataset folder", () => {
  it("comes back as it was written, several raters a frame included", () => {
    const dir = folder();
    const labels = [
      label("a", { trueRating: 0.25, values: { dwellTimeUs: 10 } }),
      label("a", { rater: "bert, the second" }),
      label("b", { notes: { remark: 'says "no"' } }),
    ];
    writeDataset(dir, info, labels, ["dwellTimeUs", "remark"]);
    expect(readDataset(dir)).toEqual({ folder: dir, info, labels });
  });

  it("names file and line of what is wrong", () => {
    const broken: [string, string, RegExp][] = [
      ["a,1.5,anna,actin,train", "rating above 1", /labels\.csv:2.*rating '1\.5'/],
      ["c,0.5,anna,actin,train", "unknown frame", /'c' is in no split/],
      ["a,0.5,anna,actin,test", "wrong split", /'a' is 'test' here and 'train'/],
      ["a,0.5,anna", "short row", /labels\.csv:2.*3 cells/],
    ];
    for (const [row, , message] of broken) {
      const dir = folder();
      writeDataset(dir, info, [], []);
      writeFileSync(join(dir, "labels.csv"), `id,rating,rater,structure,split\n${row}\n`);
      let line = "";
      try {
        readDataset(dir);
      } catch (error) {
        line = (error as { line: string }).line;
      }
      expect(line).toMatch(message);
    }
    expect(() => readDataset("/nowhere")).toThrow(/cannot be read/);
  });

  it("csv keeps any text", () => {
    const cell = fc.string().map((s) => s.trim().replaceAll("\r", ""));
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
        const text = formatCsv(
          ["p", "q"],
          rows.map(([a, b]) => [`x${a}x`, `x${b}x`]),
        );
        const back = parseCsv(text, "f").rows.map((r) => [r.cells.p, r.cells.q]);
        expect(back).toEqual(rows.map(([a, b]) => [`x${a}x`, `x${b}x`]));
      }),
    );
  });
});

describe("simulate dataset", () => {
  const hash = (dir: string) => {
    const h = createHash("sha256");
    for (const f of readdirSync(join(dir, "frames")).sort()) h.update(readFileSync(join(dir, "frames", f)));
    return h.update(readFileSync(join(dir, "labels.csv"))).digest("hex");
  };

  it("gives the same bytes from the seed whatever the number of threads, others from another seed", async () => {
    const make = async (seed: number, workers: number) => {
      const out = folder();
      await simulateDataset({ structure: "tubulin", count: 6, seed, out, workers });
      return hash(out);
    };
    const [one, four, other] = [await make(3, 1), await make(3, 4), await make(4, 2)];
    expect(four).toBe(one);
    expect(other).not.toBe(one);
  });

  it("several views of a field stay on one side of the split, each with settings of its own", async () => {
    const make = async (workers: number) => {
      const out = folder();
      await simulateDataset({ structure: "actin", count: 31, views: 3, seed: 6, out, workers });
      return out;
    };
    const [out, again] = [await make(1), await make(3)];
    expect(hash(again)).toBe(hash(out));
    const { labels, info: written } = readDataset(out);
    expect(written.views).toBe(3);
    expect(labels).toHaveLength(31);
    const splitsSeen = new Set(labels.map((l) => l.split));
    expect([...splitsSeen].sort()).toEqual(["test", "train", "validation"]);
    for (let i = 0; i < 30; i += 3) {
      const views = labels.slice(i, i + 3);
      expect(new Set(views.map((v) => v.split)).size).toBe(1);
      expect(new Set(views.map((v) => v.notes["defects"])).size).toBe(1);
      expect(new Set(views.map((v) => JSON.stringify(v.values))).size).toBe(3);
    }
    const bad = simulateDataset({ structure: "actin", count: 3, views: 0, out: folder() });
    await expect(bad).rejects.toMatchObject({ code: "BAD_COUNT", exitCode: 2 });
  });

  it("draws some defects more often where that is asked for, and says so", async () => {
    const out = folder();
    await simulateDataset({ structure: "actin", count: 3, seed: 6, out, moreOf: ["saturatedShare"] });
    expect(readDataset(out).info.moreOf).toEqual(["saturatedShare"]);
    const bad = simulateDataset({ structure: "actin", count: 3, out: folder(), moreOf: ["saturatedShar"] });
    await expect(bad).rejects.toMatchObject({
      exitCode: 2,
      hint: expect.stringContaining("saturatedShare"),
    });
  });

  it("covers the ratings, splits 80/10/10 and reads back", async () => {
    const out = folder();
    const progress: number[] = [];
    const made = await simulateDataset({
      structure: "actin",
      count: 30,
      seed: 5,
      out,
      onProgress: (done) => progress.push(done),
    });
    expect(progress.at(-1)).toBe(30);
    expect(made.splits).toEqual({ train: 24, validation: 3, test: 3 });
    const set = readDataset(out);
    const fifths = [0, 0, 0, 0, 0];
    for (const l of set.labels) {
      const bin = Math.min(4, Math.floor((l.trueRating as number) * 5));
      fifths[bin] = (fifths[bin] as number) + 1;
      expect(Math.abs(l.rating - (l.trueRating as number))).toBeLessThan(0.4);
    }
    expect(Math.min(...fifths)).toBeGreaterThanOrEqual(2);
    const file = framePath(out, set.labels[0]?.id as string);
    const image = (await decodeImageFile(file)).planes[0];
    expect(image?.shape).toEqual([224, 224]);
    expect(image?.pixelSizeNm).toBeCloseTo(20);
    await expect(simulateDataset({ structure: "actin", count: 3, out })).rejects.toThrow(/already/);
    await expect(simulateDataset({ structure: "aktin", count: 3, out: folder() })).rejects.toMatchObject({
      exitCode: 2,
      hint: expect.stringContaining("actin"),
    });
  });
});
