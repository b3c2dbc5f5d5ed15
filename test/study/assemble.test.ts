import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { datasetHash, readDataset, readLooseDataset } from "../../src/core/index.js";
import { assemble, simulateStudy } from "../../src/study/index.js";
import { pixelNetwork, writeSet } from "./sets.js";

const ids = Array.from({ length: 20 }, (_, i) => `f${String(i + 1).padStart(2, "0")}`);
const split = (i: number): string => (i % 5 === 0 ? "test" : "train");
const rows = ids.map((id, i) => `${id},${(i + 1) / 20},ann,actin,${split(i)},${(i + 1) / 20}`);
const full = {
  name: "full",
  version: "1",
  pixelSizeNm: 20,
  structures: ["actin"],
  licence: "MIT",
  simulated: true,
  split: {
    train: ids.filter((_, i) => split(i) === "train"),
    validation: [],
    test: ids.filter((_, i) => split(i) === "test"),
  },
};
const csv = `id,rating,rater,structure,split,trueRating\n${rows.join("\n")}\n`;
const options = { frames: 103, seed: 1 } as const;

describe("a study's questions", () => {
  it("are the test split where the network was trained on this very set", async () => {
    const folder = writeSet(full, csv, ids);
    const own = pixelNetwork(datasetHash(readDataset(folder)));
    const { datasets, items } = await assemble({ datasets: [folder], networks: [own], ...options });
    expect(datasets[0]).toMatchObject({
      frames: 4,
      splits: { test: 4 },
      trainedOn: true,
      truth: "trueRating",
    });
    expect(new Set(items.map((i) => i.frame))).toEqual(new Set(full.split.test));
    expect(items.filter((i) => i.system === "network").every((i) => i.model === "pixel")).toBe(true);
    expect(datasets[0]?.baseline).toBe("16 training labels of full");
  });

  it("are all frames of a set that it never saw where that is asked for, else its test split", async () => {
    const folder = writeSet(full, csv, ids);
    const ask = async (split: "test" | "all", network = pixelNetwork("other")) =>
      (await assemble({ datasets: [folder], networks: [network], ...options, split })).datasets[0];
    // frame 13 gets no score
    expect(await ask("all")).toMatchObject({ frames: 19, withoutScore: 1, trainedOn: false });
    expect(await ask("test")).toMatchObject({ frames: 4, splits: { test: 4 } });
    const own = pixelNetwork(datasetHash(readDataset(folder)));
    expect(await ask("all", own)).toMatchObject({ frames: 4, splits: { test: 4 } });
  });

  it("draw the baseline from the training labels, the same for the same seed", async () => {
    const folder = writeSet(full, csv, ids);
    const labels = new Set(rows.filter((_, i) => split(i) === "train").map((r) => Number(r.split(",")[1])));
    const draws = async (seed: number) =>
      (
        await assemble({ datasets: [folder], networks: [pixelNetwork()], frames: 103, seed, split: "all" })
      ).items
        .filter((i) => i.system === "random")
        .map((i) => i.prediction);
    const first = await draws(1);
    expect(first.every((v) => labels.has(v))).toBe(true);
    expect(await draws(1)).toEqual(first);
    expect(await draws(2)).not.toEqual(first);
  });

  it("take a set rated by several people, without split, true rating and half of dataset.json", async () => {
    const two = `id,rating,rater\n${ids.flatMap((id) => [`${id},0.2,ann`, `${id},0.4,bob`]).join("\n")}\n`;
    const folder = writeSet({ name: "people", pixelSizeNm: 20, remark: "ours" }, two, ids);
    const both = await assemble({ datasets: [folder], networks: [pixelNetwork()], ...options });
    expect(both.items.every((i) => Math.abs(i.target - 0.3) < 1e-12)).toBe(true);
    expect(both.datasets[0]).toMatchObject({ truth: "mean rating", splits: { "no split": 19 } });
    expect(both.datasets[0]?.baseline).toContain("no training split");
    const bob = await assemble({ datasets: [folder], networks: [pixelNetwork()], rater: "bob", ...options });
    expect(bob.items.every((i) => i.target === 0.4)).toBe(true);
    await expect(
      assemble({ datasets: [folder], networks: [pixelNetwork()], rater: "eve", ...options }),
    ).rejects.toMatchObject({ code: "NO_RATER", exitCode: 2 });
  });

  it("name two sets of one name apart, and a missing frame by its path", async () => {
    const one = writeSet(full, csv, ids);
    const other = writeSet(full, csv, ids);
    const { datasets } = await assemble({ datasets: [one, other], networks: [pixelNetwork()], ...options });
    expect(datasets.map((d) => d.name)).toEqual(["full", "full (2)"]);
    rmSync(join(one, "frames", "f06.tif"));
    await expect(assemble({ datasets: [one], networks: [pixelNetwork()], ...options })).rejects.toMatchObject(
      { exitCode: 2, where: expect.stringContaining("f06.tif") },
    );
  });

  it("give the same simulated study for the same seed, and a table for each band", async () => {
    const folder = writeSet(full, csv, ids);
    const assembled = await assemble({ datasets: [folder], networks: [pixelNetwork()], ...options });
    const result = simulateStudy(assembled, { testers: 11, seed: 3 });
    expect(simulateStudy(assembled, { testers: 11, seed: 3 })).toEqual(result);
    expect(result.sensitivity?.map((s) => s.band)).toEqual([
      0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1,
    ]);
    expect(result.sensitivity?.find((s) => s.band === 0.05)?.rows).toEqual(result.rows);
    expect(new Set(result.perTester.map((r) => r.tester)).size).toBe(11);
  });
});

describe("a dataset by somebody else", () => {
  const read = (info: object, text: string) => () => readLooseDataset(writeSet(info, text, []));
  it.each([
    { name: "no id column", info: {}, text: "rating\n0.5\n", says: /column 'id' is missing/ },
    {
      name: "a rating above 1",
      info: {},
      text: "id,rating\na,55\n",
      says: /rating '55' is not a number in 0..1/,
    },
    { name: "a rating that is text", info: {}, text: "id,rating\na,good\n", says: /rating 'good'/ },
    { name: "a path for an id", info: {}, text: "id,rating\n../a,0.5\n", says: /letters, digits/ },
    { name: "dots for an id", info: {}, text: "id,rating\n..,0.5\n", says: /letters, digits/ },
    { name: "another split", info: {}, text: "id,rating,split\na,0.5,held\n", says: /'held' is no split/ },
    {
      name: "two splits",
      info: { split: { train: ["a"], test: ["a"] } },
      text: "id,rating\na,0.5\n",
      says: /in two splits/,
    },
  ])("with $name is refused with the line", ({ info, text, says }) => {
    expect(read(info, text)).toThrow(says);
  });
  it("may have rows that nobody could judge; they are left out", () => {
    const folder = writeSet({ split: { test: ["a"] } }, "id,rating,rater\na,0.5,\na,,bob\n", []);
    const { labels, info } = readLooseDataset(folder);
    expect(labels).toHaveLength(1);
    expect(labels[0]).toMatchObject({ split: "test", rater: "" });
    expect(info).toMatchObject({ pixelSizeNm: 20, licence: "not said" });
  });
});
