import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseCsv, RandomStream } from "../../src/core/index.js";
import type { Choice, StudyDataset, StudyItem, Vote } from "../../src/study/index.js";
import { writeReport } from "../../src/study/index.js";
import { paperRow } from "../../src/study/paper.js";
import { cellsOf, reportOf } from "../../src/study/report.js";
import { resultOf } from "../../src/study/result.js";
import { signFlip } from "../../src/study/statistics.js";
import { tablesOf, textOf } from "../../src/study/tables.js";

const model = { name: "net", version: "1", hash: "h", engine: "auto" };
const dataset: StudyDataset = {
  name: "my actin",
  structure: "actin",
  sha256: "",
  frames: 4,
  splits: { test: 4 },
  withoutScore: 0,
  trainedOn: true,
  truth: "trueRating",
  baseline: "9 training labels of my actin",
};
const item = (frame: string, target: number, system: "network" | "random" = "network"): StudyItem => ({
  id: `${frame}-${system}`,
  dataset: dataset.name,
  frame,
  system,
  model: system === "network" ? "net" : null,
  target,
  prediction: 0.5,
});
const votesOf = (tester: string, items: readonly StudyItem[], letters: string): Vote[] =>
  items.map((it, i) => {
    const names: Record<string, Choice> = { T: "target", P: "prediction", E: "equivalent", D: "discard" };
    return { tester, item: it, choice: names[letters[i] as string] as Choice };
  });

const low = ["a", "b", "c", "d"].map((f) => item(f, 0.1));
const random = [item("a", 0.1, "random")];
const votes = [
  ...votesOf("ann", low, "TPEE"), // C = 1, D = .5
  ...votesOf("bob", low, "TTPD"), // Ñ 3: C = 1 − 1/3, D = 1/3
  ...votesOf("cy", low, "EEEE"), // C = 1, D undefined
  ...votesOf("ann", random, "T"), // C = 0, D = 0
  ...votesOf("bob", random, "D"), // nothing left
];

describe("study report", () => {
  const { rows, perTester } = reportOf(cellsOf(votes, [dataset], [model]));
  const cell = (measure: string, system: string, lowEdge: number) =>
    rows.find((r) => r.measure === measure && r.system === system && r.bin[0] === lowEdge);

  it("has a row for every measure, dataset, system and bin, in the shape of the interface", () => {
    expect(rows).toHaveLength(2 * 1 * 2 * 5);
    expect(Object.keys(rows[0] as object)).toEqual([
      "measure",
      "dataset",
      "system",
      "bin",
      "mean",
      "sd",
      "testers",
      "frames",
    ]);
  });

  it("takes the mean over testers of what each tester did", () => {
    // mean of 1, 2/3, 1; sample SD of them = sqrt(2·(1/9)² + (2/9)²) / sqrt 2
    expect(cell("confusion", "network", 0)).toMatchObject({ testers: 3, frames: 4 });
    expect(cell("confusion", "network", 0)?.mean).toBeCloseTo(8 / 9, 12);
    expect(cell("confusion", "network", 0)?.sd).toBeCloseTo(Math.sqrt(6 / 81 / 2), 12);
    // cy never preferred one: no domination, and none of his in the mean
    expect(cell("domination", "network", 0)).toMatchObject({ testers: 2 });
    expect(cell("domination", "network", 0)?.mean).toBeCloseTo((1 / 2 + 1 / 3) / 2, 12);
    expect(cell("confusion", "random", 0)).toMatchObject({ mean: 0, sd: null, testers: 1, frames: 1 });
  });

  it("says null for an empty bin", () => {
    expect(cell("confusion", "network", 80)).toMatchObject({ mean: null, sd: null, testers: 0, frames: 0 });
  });

  it("lists what each tester did", () => {
    const bob = perTester.find((r) => r.tester === "bob" && r.system === "network");
    expect(bob).toMatchObject({ target: 2, prediction: 1, equivalent: 0, discard: 1, kept: 3, bin: [0, 20] });
    expect(bob?.confusion).toBeCloseTo(2 / 3, 12);
  });

  it("keeps several networks apart", () => {
    const two = reportOf(cellsOf(votes, [dataset], [model, { ...model, name: "other" }])).rows;
    expect(two).toHaveLength(2 * 3 * 5);
    expect(two.filter((r) => r.model === "other").every((r) => r.mean === null)).toBe(true);
  });

  it("stands beside the paper's own numbers, and goes to HTML and CSV", () => {
    const result = resultOf({ votes, datasets: [dataset], models: [model], seed: 1, testers: "people" });
    const confusion = tablesOf(result)[0];
    expect(confusion?.lines.map((l) => l.label)).toEqual([
      "network",
      "random",
      "paper, network",
      "paper, random",
    ]);
    expect(textOf(result)).toMatch(/paper, network\s+63 ± 25\s+61 ± 29\s+76 ± 10\s+84 ± 11\s+68 ± 20/);
    expect(textOf(result)).toMatch(/network\s+89 ± 19\s+–\s+–\s+–\s+–/);
    const file = join(mkdtempSync(join(tmpdir(), "stedloop-report-")), "deep", "r.html");
    const written = writeReport(file, result, votes);
    expect(written).toHaveLength(3);
    const html = readFileSync(file, "utf8");
    expect(html).toContain("63 ± 25");
    expect(html).toContain("<svg");
    // Tester by tester: cy never preferred one, and the baseline left bob nothing.
    expect(html).toContain("Confusion: my actin");
    expect(html).toMatch(/<td>cy<\/td><td>100<\/td>/);
    expect(html).toMatch(/<td>bob<\/td><td>67<\/td>(<td>–<\/td>){5}/);
    expect(html).not.toContain("No person took part");
    expect(html).not.toMatch(/(src|href)=|<script|@import|url\(/);
    const csv = parseCsv(readFileSync(written[1] as string, "utf8"), "r.csv");
    expect(csv.rows).toHaveLength(20);
    expect(csv.rows[4]?.cells).toMatchObject({ measure: "confusion", binLow: "80", mean: "", frames: "0" });
  });

  it("knows the paper's cells, with its empty ones", () => {
    expect(paperRow("domination", "tubulin", "random")).toEqual([
      { mean: 2, sd: 4 },
      { mean: 16, sd: 14 },
      { mean: 20, sd: 8 },
      { mean: 46, sd: 13 },
      null,
    ]);
    expect(paperRow("confusion", "clusters", "network")).toBeNull();
  });
});

describe("paired permutation test", () => {
  const stream = () => RandomStream.of(1, "test");
  it("counts every pattern of signs", () => {
    // all four differences positive: 2 of 16 patterns are as extreme
    expect(signFlip([0.1, 0.2, 0.3, 0.1], stream())).toBeCloseTo(2 / 16, 12);
    expect(signFlip([0.5, -0.5], stream())).toBe(1);
    expect(signFlip([0.3], stream())).toBeNull();
  });
  it("draws patterns for many testers, and comes to the same", () => {
    const few = [0.3, -0.1, 0.2, 0.25, 0.05, -0.02, 0.1, 0.15, 0.2, -0.05, 0.12, 0.08, 0.3, -0.2];
    const exact = signFlip(few, stream()) as number;
    // two testers more that change nothing: the same p, by drawing
    expect(signFlip([...few, 0, 0], stream())).toBeCloseTo(exact, 1);
  });
});
