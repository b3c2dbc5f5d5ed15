import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeImageFile, encodeTiff, readDataset, VirtualClock } from "../../src/core/index.js";
import { agreementOf, blandAltman, icc } from "../../src/study/agreement.js";
import { createRatingSet, RatingSet } from "../../src/study/index.js";
import { type Done, nextFrame, repeatsOf } from "../../src/study/rating-order.js";

const clock = new VirtualClock(Date.parse("2026-01-05T10:00:00Z"));
const tools = (data: string) => ({
  data,
  clock,
  runs: { steps: async () => [], extras: async () => [], frame: async () => null },
  decode: async (path: string) =>
    (await decodeImageFile(path)).planes.map((p) => ({ ...p, pixelSizeNm: p.pixelSizeNm ?? 20 })),
  score: async () => ({ score: 0.5, lower: 0.4, upper: 0.6 }),
});

/** A set of `count` frames out of a folder of images, with one file that is none. */
async function newSet(count: number, order: "random" | "active" = "random") {
  const root = mkdtempSync(join(tmpdir(), "stedloop-rating-"));
  const images = join(root, "my images");
  mkdirSync(images);
  for (let i = 0; i < count; i++) {
    const pixels = new Uint16Array(64 * 64).fill(i);
    writeFileSync(
      join(images, `cell ${i}.ome.tif`),
      encodeTiff({ pixels, shape: [64, 64], pixelSizeNm: 25 }),
    );
  }
  writeFileSync(join(images, "text.tif"), "hello");
  const wish = { name: "mine", source: { folder: images }, order, structure: "actin" } as const;
  const made = await createRatingSet(wish, tools(root));
  return { root, images, wish, made, set: RatingSet.open(made.folder, clock) };
}

/** Rates everything that comes; returns the frames in the order that they came. */
function rateAll(set: RatingSet, rater: string, ratingOf: (frame: string, nth: number) => number): string[] {
  const seen: string[] = [];
  for (let task = set.task(rater); task.frame !== null; ) {
    seen.push(task.frame);
    const nth = seen.filter((f) => f === task.frame).length;
    task = set.judge(rater, task.frame, "rate", ratingOf(task.frame, nth));
  }
  return seen;
}

describe("rating a folder", () => {
  it("writes the Dataset format after every frame, a row a rater, and names what is no image", async () => {
    const { set, made } = await newSet(12);
    expect(made).toMatchObject({ frames: 12, leftOut: [expect.stringContaining("text.tif")] });
    const first = set.task("anna");
    expect(first).toMatchObject({ done: 0, total: 14, canUndo: false });
    set.judge("anna", first.frame ?? "", "rate", 0.7);
    expect(readDataset(made.folder).labels).toMatchObject([{ id: first.frame, rating: 0.7, rater: "anna" }]);
    rateAll(set, "anna", () => 0.5);
    rateAll(set, "bert", () => 0.6);
    const { labels, info } = readDataset(made.folder);
    expect(labels).toHaveLength(24);
    expect(info).toMatchObject({
      simulated: false,
      labelSource: "human",
      pixelSizeNm: 25,
      structures: ["actin"],
    });
    expect([info.split.test.length, info.split.validation.length, info.split.train.length]).toEqual([
      1, 1, 10,
    ]);
    expect(labels[0]?.id).toMatch(/^cell-\d+$/);
  });

  it("brings a tenth back unannounced, never right after, and keeps only the first rating as label", async () => {
    const { set, made } = await newSet(30);
    const seen = rateAll(set, "anna", (_, nth) => (nth === 1 ? 0.5 : 0.7));
    expect(seen).toHaveLength(33);
    const again = seen.filter((f, i) => seen.indexOf(f) !== i);
    expect(again).toHaveLength(3);
    for (const f of again) expect(seen.lastIndexOf(f) - seen.indexOf(f)).toBeGreaterThan(1);
    expect(readDataset(made.folder).labels.every((l) => l.rating === 0.5)).toBe(true);
    const own = set.agreement().raters[0]?.own;
    expect(own).toMatchObject({ n: 3, bias: expect.closeTo(0.2, 9), rms: expect.closeTo(0.2, 9) });
  });

  it("undoes, skips to the end, takes 'cannot judge', and goes on after a restart", async () => {
    const { set, made } = await newSet(5);
    const a = set.task("anna").frame ?? "";
    const afterSkip = set.judge("anna", a, "skip", null);
    const b = afterSkip.frame ?? "";
    expect(b).not.toBe(a);
    set.judge("anna", b, "rate", 0.2);
    expect(set.undo("anna").frame).toBe(b);
    const again = RatingSet.open(made.folder, clock);
    expect(again.task("anna")).toMatchObject({ frame: b, done: 0 });
    again.judge("anna", b, "cannot", null);
    const seen = rateAll(again, "anna", () => 0.5);
    expect(seen).toContain(a);
    expect(readDataset(made.folder).labels.map((l) => l.id)).not.toContain(b);
  });

  it("refuses ratings with no name, of another frame, and outside 0..1; a bad source in plain words", async () => {
    const { set, root, wish } = await newSet(3);
    const frame = set.task("anna").frame ?? "";
    expect(() => set.task("  ")).toThrow(expect.objectContaining({ code: "NO_RATER" }));
    expect(() => set.judge("", frame, "rate", 0.5)).toThrow(expect.objectContaining({ code: "NO_RATER" }));
    set.judge("anna", frame, "rate", 0.5);
    // the second tab still shows the first frame
    expect(() => set.judge("anna", frame, "rate", 0.9)).toThrow(
      expect.objectContaining({ code: "ALREADY_RATED" }),
    );
    const make = (more: object) => createRatingSet({ ...wish, ...more }, tools(root));
    await expect(make({})).rejects.toMatchObject({ code: "EXISTS" });
    await expect(make({ name: "../x" })).rejects.toMatchObject({ code: "BAD_NAME" });
    await expect(make({ name: "n", source: { folder: "/nowhere" } })).rejects.toMatchObject({
      code: "NO_FOLDER",
    });
    await expect(make({ name: "n", source: { folder: root } })).rejects.toMatchObject({ code: "NO_FRAMES" });
    await expect(make({ name: "n", source: { run: "r" } })).rejects.toMatchObject({ code: "NO_FRAMES" });
  });

  it("refuses more frames than anybody rates before anything is copied", async () => {
    const root = mkdtempSync(join(tmpdir(), "stedloop-many-"));
    for (let i = 0; i < 5001; i++) writeFileSync(join(root, `${i}.tif`), "");
    await expect(
      createRatingSet(
        { name: "many", source: { folder: root }, order: "random", structure: "" },
        tools(root),
      ),
    ).rejects.toMatchObject({ code: "TOO_MANY_FRAMES" });
  });
});

describe("order of frames", () => {
  const frames = [0.1, 0.12, 0.5, 0.52, 0.9, null].map((score, i) => ({ id: `f${i}`, score, width: 0.1 }));
  const active = { order: "active", seed: 1, rater: "a", repeatShare: 0 } as const;
  it("actively takes what the network cannot score first, then the score farthest from those known", () => {
    const seen: string[] = [];
    const done: Done[] = [];
    for (
      let next = nextFrame(frames, done, [], active);
      next !== null;
      next = nextFrame(frames, done, [], active)
    ) {
      seen.push(next.id);
      done.push(next);
    }
    expect(seen[0]).toBe("f5");
    expect(seen.slice(1, 4).sort()).toEqual(["f0", "f2", "f4"].sort());
  });

  it("shows every frame once and every repeat once, whatever was skipped on the way", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), fc.array(fc.nat(39)), (count, seed, skips) => {
        const many = Array.from({ length: count }, (_, i) => ({ id: `f${i}`, score: i / 40, width: null }));
        const options = { order: "random", seed, rater: "a", repeatShare: 0.1 } as const;
        const skipped = skips.map((s) => `f${s}`);
        const done: Done[] = [];
        for (;;) {
          const next = nextFrame(many, done, skipped, options);
          if (next === null) break;
          done.push(next);
          if (done.length > 100) throw new Error("no end");
        }
        expect(done.filter((d) => !d.repeat)).toHaveLength(count);
        expect(new Set(done.filter((d) => d.repeat).map((d) => d.id))).toEqual(repeatsOf(many, options));
      }),
      { numRuns: 50 },
    );
  });
});

describe("agreement", () => {
  it("gives the coefficient that Shrout and Fleiss print for their example", () => {
    // Psychological Bulletin 86 (1979), table 2: six targets, four judges; ICC(2,1) = .29
    const table = [
      [9, 2, 5, 8],
      [6, 1, 3, 2],
      [8, 4, 6, 8],
      [7, 1, 2, 6],
      [10, 5, 6, 9],
      [6, 2, 4, 7],
    ];
    expect(icc(table)).toBeCloseTo(0.29, 2);
    expect(icc([[1, 2]])).toBeNull();
  });
  it("gives bias and limits by hand", () => {
    // differences .1, .3: mean .2, SD .1414
    const limits = blandAltman([
      [0.2, 0.3],
      [0.4, 0.7],
    ]);
    expect(limits?.bias).toBeCloseTo(0.2, 9);
    expect(limits?.high).toBeCloseTo(0.2 + 1.96 * Math.SQRT2 * 0.1, 9);
  });
  it("pairs raters by frame", () => {
    const of = (rater: string, id: string, rating: number) => ({ rater, id, rating, repeat: false });
    const report = agreementOf([
      of("a", "1", 0.2),
      of("b", "1", 0.4),
      of("a", "2", 0.6),
      of("b", "2", 0.7),
      of("a", "3", 1),
    ]);
    expect(report).toMatchObject({
      shared: 2,
      raters: [
        { rater: "a", rated: 3 },
        { rater: "b", rated: 2 },
      ],
    });
    expect(report.pairs[0]?.points).toEqual([
      [expect.closeTo(0.3, 9), expect.closeTo(0.2, 9)],
      [expect.closeTo(0.65, 9), expect.closeTo(0.1, 9)],
    ]);
  });
  it("the journal holds every act, the undone ones too", async () => {
    const { set, made } = await newSet(2);
    const frame = set.task("a").frame ?? "";
    set.judge("a", frame, "rate", 0.1);
    set.undo("a");
    set.judge("a", frame, "rate", 0.9);
    const lines = readFileSync(join(made.folder, "ratings.jsonl"), "utf8").trim().split("\n");
    expect(lines.map((l) => JSON.parse(l).act)).toEqual(["rate", "undo", "rate"]);
  });
});
