import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";
import type { StudyItem } from "../../src/study/index.js";
import { orderFor, shownStep } from "../../src/study/question-order.js";

const item = (frame: number, model: string | null): StudyItem => ({
  id: `${frame}-${model}`,
  dataset: "set",
  frame: `f${frame}`,
  system: model === null ? "random" : "network",
  model,
  target: 0.4,
  prediction: 0.5,
});
const itemsOf = (frames: number, models: readonly (string | null)[]): StudyItem[] =>
  Array.from({ length: frames }, (_, f) => models.map((m) => item(f, m))).flat();

describe("the order of a tester's questions", () => {
  it.each([
    { frames: 103, models: ["net", null] },
    { frames: 40, models: ["net", "other", null] },
    { frames: 3, models: ["net", null] },
  ])("shows $frames frames once each before any comes back, and none soon after", ({ frames, models }) => {
    const items = itemsOf(frames, models);
    for (let tester = 0; tester < 20; tester++) {
      const order = orderFor(items, RandomStream.of(1, "order", tester));
      expect(order.map((i) => i.id).sort()).toEqual(items.map((i) => i.id).sort());
      const last = new Map<string, number>();
      for (const [place, { frame }] of order.entries()) {
        expect(place - (last.get(frame) ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(frames * 0.75);
        last.set(frame, place);
      }
      for (let round = 0; round < models.length; round++) {
        const shown = order.slice(round * frames, (round + 1) * frames).map((i) => i.frame);
        expect(new Set(shown).size).toBe(frames);
      }
    }
  });

  it("mixes network and baseline evenly, at the beginning as at the end", () => {
    const items = itemsOf(40, ["net", null]);
    const counts = Array.from({ length: 80 }, () => 0);
    for (let tester = 0; tester < 400; tester++) {
      const order = orderFor(items, RandomStream.of(2, "order", tester));
      for (const [place, { system }] of order.entries())
        counts[place] = (counts[place] ?? 0) + Number(system === "network");
    }
    // 200 ± 10 of 400 at each place: 5 SD is passed once in a million places.
    expect(Math.min(...counts)).toBeGreaterThan(150);
    expect(Math.max(...counts)).toBeLessThan(250);
  });

  it("of nothing is nothing", () => {
    expect(orderFor([], RandomStream.of(1))).toEqual([]);
  });
});

describe("the steps in which scores are shown", () => {
  const of = (...targets: readonly number[]) => shownStep(targets.map((target) => ({ target })));
  it("are those in which most of the labels were given", () => {
    expect(of(0.3, 0.1 + 0.2, 0.7, 1, 0)).toBe(10);
    expect(of(0.3, 0.6, 0.53)).toBe(10);
    expect(of(0.35, 0.45, 0.6, 0.3)).toBe(10);
    expect(of(0.35, 0.45, 0.6)).toBe(5);
    expect(of(0.31, 0.47, 0.6)).toBe(1);
    expect(of()).toBe(1);
  });
});
