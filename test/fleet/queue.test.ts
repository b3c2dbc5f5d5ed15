import { describe, expect, it } from "vitest";
import { ScoreError, systemClock } from "../../src/core/index.js";
import { deadHeaders } from "../../src/fleet/dead-letters.js";
import { FleetScorer } from "../../src/fleet/index.js";
import { streams, subjects, workId } from "../../src/fleet/names.js";
import { eventually } from "../cli/command-line.js";
import { frame, HeldModel, key, local, record } from "./held-model.js";
import { natsServer } from "./nats-server.js";
import { queueBench } from "./queue-bench.js";

describe.skipIf(natsServer === null)("the work queue on a real nats-server", { timeout: 30_000 }, () => {
  const bench = queueBench();
  const { workerOf } = bench;
  const scorerOf = (rig: string, timeoutMs = 8000, notices: string[] = []): FleetScorer =>
    new FleetScorer({
      link: bench.link,
      local,
      model: key,
      rig,
      timeoutMs,
      clock: systemClock,
      onNotice: (line) => notices.push(line),
    });

  it("gives every frame of several rigs to one of several workers, each once", async () => {
    const models = [new HeldModel(), new HeldModel()];
    for (const [i, model] of models.entries()) workerOf(`w${i}`, model);
    const images = Array.from({ length: 30 }, frame);
    const rigs = [scorerOf("a"), scorerOf("b"), scorerOf("c")];
    const scores = await Promise.all(images.map((image, i) => (rigs[i % 3] as FleetScorer).score(image)));
    expect(scores.map((s) => s.score)).toEqual(images.map((image) => record(image).score));
    expect(scores.every((s) => s.reason === undefined)).toBe(true);
    const given = models.flatMap((model) => model.asked).sort((a, b) => a - b);
    expect(given).toEqual(images.map((image) => image.pixels[0]));
    expect(models.every((model) => model.asked.length > 0)).toBe(true);
    const left = async (): Promise<number> =>
      (await bench.link.jsm.streams.info(streams.work)).state.messages;
    expect(await eventually(async () => ((await left()) === 0 ? 0 : null))).toBe(0);
  });

  it("scores the same frame once, whoever sends it and however often", async () => {
    const model = new HeldModel();
    workerOf("once", model);
    const image = frame();
    const [one, two] = await Promise.all([scorerOf("a").score(image), scorerOf("b").score(image)]);
    const later = await scorerOf("a").score(image);
    expect(model.asked).toEqual([image.pixels[0]]);
    expect([two, later]).toEqual([one, one]);
  });

  it("keeps the first of two results and tells nobody of the second", async () => {
    // A worker that hangs past its time, and wakes when another one has answered.
    let wake = (): void => undefined;
    const slow = new HeldModel();
    slow.answer = async (image) => {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      return { ...record(image), score: 0.999 };
    };
    // Its signs of life do not come: to the server it is dead.
    const frozen = { ...systemClock, every: () => ({ cancel: () => undefined }) };
    const first = workerOf("slow", slow, { clock: frozen });
    const image = frame();
    const asked = scorerOf("a").score(image);
    await eventually(async () => (slow.asked.length === 1 ? true : null));
    const quick = new HeldModel();
    workerOf("quick", quick);
    expect((await asked).score).toBe(record(image).score);
    wake();
    await first.close();
    const { state } = await bench.link.jsm.streams.info(streams.results, {
      subjects_filter: subjects.result(key, workId(key, image)),
    });
    expect(state.subjects).toEqual({ [subjects.result(key, workId(key, image))]: 1 });
    expect((await scorerOf("b").score(image)).score).toBe(record(image).score);
    expect(first.counts.scored).toBe(0);
  });

  it("tries again, then buries a frame with its reason, and the rig scores it at once", async () => {
    const model = new HeldModel();
    model.answer = async () => {
      throw new ScoreError("ENGINE_FAILED", "the card is on fire");
    };
    workerOf("burning", model);
    const notices: string[] = [];
    const image = frame();
    const scored = await scorerOf("a", 8000, notices).score(image);
    expect(scored.reason).toBe("here");
    expect(notices).toEqual([expect.stringMatching(/the card is on fire.*scored here/)]);
    expect(model.asked).toHaveLength(2);
    const letter = await bench.link.jsm.streams.getMessage(streams.dead, {
      last_by_subj: subjects.dead(key),
    });
    const told = (name: string): string | undefined => letter?.header.get(name);
    expect([told(deadHeaders.reason), told(deadHeaders.deliveries), told(deadHeaders.rig)]).toEqual([
      "the card is on fire",
      "2",
      "a",
    ]);
  });

  it("buries what is no frame, and goes on", async () => {
    const model = new HeldModel();
    workerOf("strict", model);
    const before = (await bench.link.jsm.streams.info(streams.dead)).state.messages;
    await bench.link.js.publish(subjects.work(key, "evil"), new Uint8Array([255, 255, 255, 255, 1, 2, 3]));
    await bench.link.js.publish(subjects.work(key, "evil"), new TextEncoder().encode("\0\0\0\0{}"));
    const dead = async (): Promise<number> =>
      (await bench.link.jsm.streams.info(streams.dead)).state.messages;
    await eventually(async () => ((await dead()) === before + 2 ? true : null));
    expect((await scorerOf("a").score(frame())).reason).toBeUndefined();
    expect(model.asked).toHaveLength(1);
  });

  it("scores here when no worker answers in time, and leaves the fleet alone for a while", async () => {
    const notices: string[] = [];
    const scorer = scorerOf("lonely", 300, notices);
    const image = frame();
    expect((await scorer.score(image)).reason).toBe("here");
    const start = performance.now();
    expect((await scorer.score(frame())).reason).toBe("here");
    expect(performance.now() - start).toBeLessThan(250);
    expect(notices).toEqual([expect.stringMatching(/no result within 0.3 s/)]);
    // The frame still lies there: a worker that comes later scores it, and its result serves the next who asks.
    const model = new HeldModel();
    workerOf("late", model);
    await eventually(async () => (model.asked.includes(image.pixels[0] as number) ? true : null));
    expect((await scorerOf("other").score(image)).reason).toBeUndefined();
    expect(model.asked).toHaveLength(1);
  });

  it("squeezes frames that are larger than a message may be, and keeps larger ones here", async () => {
    const model = new HeldModel();
    workerOf("large", model);
    const smooth = {
      pixels: new Uint16Array(1200 * 1200).fill(7),
      shape: [1200, 1200],
      pixelSizeNm: 20,
    } as const;
    expect((await scorerOf("a").score(smooth)).reason).toBeUndefined();
    const noise = new Uint16Array(1200 * 1200);
    for (let i = 0, x = 1; i < noise.length; i++) {
      x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
      noise[i] = x >>> 16;
    }
    const notices: string[] = [];
    const large = { ...smooth, pixels: noise };
    expect((await scorerOf("a", 8000, notices).score(large)).reason).toBe("here");
    expect(notices).toEqual([expect.stringMatching(/larger than the server's max_payload/)]);
    expect(model.asked).toEqual([7]);
  });
});
