import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Clock, type Image, systemClock } from "../../src/core/index.js";
import { openBundle, Scorer } from "../../src/scoring/index.js";
import { FrameQueue } from "../../src/scoring/queue.js";
import { brittleModel, filaments, writeTinyBundle } from "./tiny-bundle.js";

/** The brittle network: the engine throws on frames with normalised values of 2, that is 100 counts and more. */
describe("a scorer whose engine fails on some frames", () => {
  const folder = writeTinyBundle({}, brittleModel());
  const notices: string[] = [];
  let scorer: Scorer;
  const good: Image = { pixels: filaments(224, 224), shape: [224, 224], pixelSizeNm: 20 };
  const bad: Image = { ...good, pixels: filaments(224, 224, 200) };
  beforeAll(async () => {
    const onNotice = (line: string) => notices.push(line);
    scorer = await Scorer.open(await openBundle(folder), { engine: "onnx-cpu", threads: 1, onNotice });
  });
  afterAll(async () => {
    await scorer.close();
    rmSync(folder, { recursive: true });
  });

  it("starts it again, gives up the frame, and scores the others as if nothing had been", async () => {
    const before = await scorer.score(good);
    const answers = await Promise.allSettled([scorer.score(good), scorer.score(bad), scorer.score(good)]);
    expect(answers.map((a) => a.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(answers[1]).toMatchObject({ reason: { code: "ENGINE_FAILED", exitCode: 1 } });
    for (const answer of [answers[0], answers[2]]) {
      expect(answer).toMatchObject({ value: { score: before.score } });
    }
    expect(notices.length).toBeGreaterThan(0);
    for (const line of notices) expect(line).toMatch(/^scoring engine onnx-cpu failed .*; started again$/);
  });

  it("an engine that gives no answer in time is ended, and the frame after a second try given up", async () => {
    // On this clock time is always up before a thread can answer.
    const hurried: Clock = {
      ...systemClock,
      after(_, callback) {
        queueMicrotask(callback);
        return { cancel: () => undefined };
      },
    };
    const said: string[] = [];
    const own = await Scorer.open(await openBundle(folder), {
      engine: "onnx-cpu",
      clock: hurried,
      onNotice: (line) => said.push(line),
    });
    await expect(own.score(good)).rejects.toMatchObject({
      code: "ENGINE_FAILED",
      message: expect.stringContaining("no answer in 30 s"),
    });
    expect(said).toEqual(["scoring engine onnx-cpu failed (onnx-cpu gave no answer in 30 s); started again"]);
    await own.close();
  });

  it("frames that wait are told when the scorer closes", async () => {
    const own = await Scorer.open(await openBundle(folder), { engine: "onnx-cpu" });
    const answers = Promise.allSettled([own.score(good), own.score(good), own.score(good)]);
    await own.close();
    const states = (await answers).map((a) => (a.status === "fulfilled" ? "scored" : a.reason.code));
    expect(states.slice(1)).toEqual(["SCORER_CLOSED", "SCORER_CLOSED"]);
    await expect(own.score(good)).rejects.toMatchObject({ code: "SCORER_CLOSED" });
  });
});

describe("the queue", () => {
  it("keeps the order while it is on time, and takes the newest first when it is late; drops nothing", () => {
    const queue = new FrameQueue<string>(100);
    for (const [item, at] of [
      ["a", 0],
      ["b", 10],
      ["c", 20],
      ["d", 30],
    ] as const)
      queue.push(item, at);
    expect(queue.next(50)).toBe("a");
    expect(queue.next(150)).toBe("d");
    expect(queue.next(160)).toBe("c");
    queue.push("e", 160);
    expect(queue.next(100)).toBe("b");
    expect(queue.next(170)).toBe("e");
    expect(queue.next(170)).toBeUndefined();
  });
});
