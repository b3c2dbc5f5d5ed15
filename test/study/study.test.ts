import { appendFileSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../src/core/index.js";
import { type Assembled, assemble, createStudy, Study } from "../../src/study/index.js";
import { pixelNetwork, writeSet } from "./sets.js";

const ids = ["a", "b", "c", "d"];
let assembled: Assembled;
let folder: string;
const clock = new VirtualClock(Date.parse("2026-01-05T10:00:00Z"));
const lines = () =>
  readFileSync(join(folder, "votes.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((l) => JSON.parse(l));

beforeEach(async () => {
  const csv = `id,rating\n${ids.map((id, i) => `${id},0.${i + 3}`).join("\n")}\n`;
  const set = writeSet({ name: "set", pixelSizeNm: 20 }, csv, ids);
  assembled = await assemble({ datasets: [set], networks: [pixelNetwork()], frames: 4, seed: 1 });
  folder = join(mkdtempSync(join(tmpdir(), "stedloop-study-")), "s1");
  createStudy(folder, assembled, { seed: 1, createdAt: "2026-01-05T10:00:00Z" });
});

/** Answers all that is left for a tester by a rule on the sides. */
function answerAll(study: Study, tester: string, side: "left" | "right"): number {
  let n = 0;
  for (let task = study.task(tester); task.question !== null; n++) {
    task = study.answer(tester, task.question.item, side);
  }
  return n;
}

describe("a study", () => {
  it("asks everything once, in another order for each, and journals the order of the scores", () => {
    const study = Study.open(folder, clock);
    expect(study.task("ann")).toMatchObject({ done: 0, total: 8 });
    expect(answerAll(study, "ann", "left")).toBe(8);
    expect(answerAll(study, "bob", "left")).toBe(8);
    const written = lines();
    expect(written).toHaveLength(16);
    const of = (tester: string) => written.filter((l) => l.tester === tester);
    expect(of("ann").map((l) => l.place)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(of("ann").map((l) => l.item)).not.toEqual(of("bob").map((l) => l.item));
    expect(written.every((l) => l.choice === l.left)).toBe(true);
    expect(new Set(written.map((l) => l.left))).toEqual(new Set(["target", "prediction"]));
  });

  it("gives nothing away: a question holds an opaque id and two whole numbers", () => {
    const study = Study.open(folder, clock);
    const { question } = study.task("ann");
    expect(Object.keys(question ?? {}).sort()).toEqual(["item", "left", "right"]);
    expect(question?.item).toMatch(/^[0-9a-f]{16}$/);
    const item = study.file.items.find((i) => i.id === question?.item);
    // Rated in tens: both are shown in tens, or the round number would be the expert's.
    const shown = [item?.target ?? 0, item?.prediction ?? 0].map((score) => Math.round(score * 10) * 10);
    expect([question?.left, question?.right].sort()).toEqual(shown.sort());
    expect(study.result().notes).toContain("set: scores were shown in steps of 10, as it was rated.");
  });

  it("cannot be worked out from seed and set: two studies of the same share no id and ask in other orders", () => {
    const other = join(mkdtempSync(join(tmpdir(), "stedloop-study-")), "s1");
    createStudy(other, assembled, { seed: 1, createdAt: "2026-01-05T10:00:00Z" });
    const [one, two] = [Study.open(folder, clock), Study.open(other, clock)];
    const known = new Set([...one.file.items, ...assembled.items].map((i) => i.id));
    expect(two.file.items.filter((i) => known.has(i.id))).toEqual([]);
    const sides = (study: Study, root: string): string => {
      for (const tester of ["ann", "bob", "cy", "dan"]) answerAll(study, tester, "left");
      const written = readFileSync(join(root, "votes.jsonl"), "utf8").trim().split("\n");
      const byId = new Map(study.file.items.map((i) => [i.id, `${i.frame} ${i.system}`]));
      return written
        .map((l) => JSON.parse(l))
        .map((l) => `${l.tester} ${byId.get(l.item)} ${l.left}`)
        .join();
    };
    // 32 sides and four orders of eight: alike by chance once in 2^90.
    expect(sides(one, folder)).not.toBe(sides(two, other));
  });

  it("goes on where the tester stopped, also after a crash in the middle of a line", () => {
    const first = Study.open(folder, clock);
    const { question } = first.task("ann");
    first.answer("ann", question?.item ?? "", "equivalent");
    const next = first.task("ann").question;
    appendFileSync(join(folder, "votes.jsonl"), '{"at":"2026-01-05T10:00:00Z","tes');
    const again = Study.open(folder, clock);
    expect(again.task("ann")).toMatchObject({ done: 1, question: next });
    again.answer("ann", next?.item ?? "", "discard");
    expect(Study.open(folder, clock).task("ann").done).toBe(2);
    expect(lines()).toHaveLength(2);
  });

  it("lets the first of two tabs win, and takes an answer back", () => {
    const study = Study.open(folder, clock);
    const item = study.task("ann").question?.item ?? "";
    study.answer("ann", item, "left");
    expect(() => study.answer("ann", item, "right")).toThrow(
      expect.objectContaining({ code: "ALREADY_ANSWERED" }),
    );
    expect(study.undo("ann").question?.item).toBe(item);
    study.answer("ann", item, "discard");
    const result = Study.open(folder, clock).result();
    expect(result.perTester.map((r) => r.discard)).toEqual([1]);
    expect(() => study.undo("bob")).toThrow(expect.objectContaining({ code: "NOTHING_TO_UNDO" }));
    expect(() => study.answer("ann", "nope", "left")).toThrow(
      expect.objectContaining({ code: "ITEM_UNKNOWN" }),
    );
  });

  it("is not overwritten, and says so when there is none", () => {
    expect(() => createStudy(folder, assembled, { seed: 1, createdAt: "" })).toThrow(
      expect.objectContaining({ code: "EXISTS", exitCode: 2 }),
    );
    expect(() => Study.open(join(folder, "no"), clock)).toThrow(
      expect.objectContaining({ code: "STUDY_UNKNOWN", exitCode: 2 }),
    );
  });
});

describe("an invitation", () => {
  it("is for one tester, keeps only a hash, expires and can be revoked", async () => {
    const time = new VirtualClock(clock.now());
    const study = Study.open(folder, time);
    const [ann, bob] = study.invitations.add(["ann", "bob"], 7);
    expect(study.invitations.testerOf(ann?.token ?? "")).toBe("ann");
    expect(readFileSync(join(folder, "invitations.json"), "utf8")).not.toContain(ann?.token);
    expect(() => study.invitations.testerOf("made-up")).toThrow(
      expect.objectContaining({ code: "INVITATION_INVALID" }),
    );
    study.invitations.revoke("bob");
    expect(() => study.invitations.testerOf(bob?.token ?? "")).toThrow(
      expect.objectContaining({ code: "INVITATION_INVALID" }),
    );
    await time.advance(7 * 86_400_000);
    expect(() => Study.open(folder, time).invitations.testerOf(ann?.token ?? "")).toThrow(
      expect.objectContaining({ code: "INVITATION_EXPIRED", message: expect.stringContaining("kept") }),
    );
    expect(study.progress().map((p) => p.tester)).toEqual(["ann", "bob"]);
  });
});
