import { describe, expect, it } from "vitest";
import { type Image, ScoreError, silentLogger, systemClock } from "../../src/core/index.js";
import { FleetScorer, FleetViewer } from "../../src/fleet/index.js";
import { encodeMessage, encodeWork } from "../../src/fleet/messages.js";
import { consumerOf, streams, subjects, workId } from "../../src/fleet/names.js";
import { ensureConsumer } from "../../src/fleet/streams.js";
import { eventually } from "../cli/command-line.js";
import { frame, HeldModel, key, local, record } from "./held-model.js";
import { natsServer } from "./nats-server.js";
import { queueBench } from "./queue-bench.js";

/** What goes wrong at the edges of the queue: sizes, lies, hanging servers, streams that somebody deletes. */
describe.skipIf(natsServer === null)("a fleet in trouble", { timeout: 60_000 }, () => {
  const bench = queueBench();
  const { workerOf } = bench;
  const scorerOf = (timeoutMs = 20_000, notices: string[] = []): FleetScorer => {
    const onNotice = (line: string): void => void notices.push(line);
    return new FleetScorer({
      link: bench.link,
      local,
      model: key,
      rig: "a",
      timeoutMs,
      clock: systemClock,
      onNotice,
    });
  };
  const dead = async (): Promise<number> => (await bench.link.jsm.streams.info(streams.dead)).state.messages;
  const about = (image: Image, work = workId(key, image)): Parameters<typeof encodeWork>[0] => ({
    work,
    model: key,
    rig: "a",
    at: "2026-01-01T00:00:00.000Z",
  });

  it("a frame that just fits into a message fits with all headers too, those of a dead letter as well", async () => {
    const limit = bench.link.largestMessage;
    const noise = (width: number): Image => {
      const pixels = new Uint16Array(64 * width);
      for (let i = 0, x = 1; i < pixels.length; i++) {
        x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
        pixels[i] = x >>> 16;
      }
      return { pixels, shape: [64, width], pixelSizeNm: 20 };
    };
    let width = Math.floor(limit / 128);
    let image = noise(width);
    while ((await encodeWork(about(image), image, limit)) === null) image = noise(--width);
    const model = new HeldModel();
    model.answer = async () => {
      throw new ScoreError("ENGINE_FAILED", "e".repeat(600));
    };
    workerOf("w", model);
    const before = await dead();
    const notices: string[] = [];
    expect((await scorerOf(20_000, notices).score(image)).reason).toBe("here");
    expect(notices[0]).toMatch(/eeee/);
    expect(await dead()).toBe(before + 1);
  });

  it("never takes one frame's result for another's: a frame under a foreign name is buried", async () => {
    const model = new HeldModel();
    workerOf("strict", model);
    const [mine, other] = [frame(), frame()];
    const before = await dead();
    const forged = (await encodeWork(
      about(other, workId(key, mine)),
      other,
      bench.link.largestMessage,
    )) as Uint8Array;
    await bench.link.js.publish(subjects.work(key, "evil"), forged);
    await eventually(async () => ((await dead()) > before ? true : null));
    expect((await scorerOf().score(mine)).score).toBe(record(mine).score);
    expect(model.asked).toEqual([mine.pixels[0]]);
  });

  it("a slow worker keeps its frame, however short others have set the time", async () => {
    await bench.link.jsm.consumers.delete(streams.work, consumerOf(key)).catch(() => undefined);
    await ensureConsumer(bench.link.jsm, key, 1000);
    const slow = new HeldModel();
    slow.answer = async (image) => {
      await systemClock.sleep(3500);
      return record(image);
    };
    workerOf("slow", slow, { ackWaitMs: 600_000, deliveries: 1 });
    const image = frame();
    const asked = scorerOf().score(image);
    await eventually(async () => (slow.asked.length === 1 ? true : null));
    const idle = new HeldModel();
    workerOf("idle", idle, { ackWaitMs: 600_000, deliveries: 1 });
    expect((await asked).reason).toBeUndefined();
    expect([slow.asked, idle.asked]).toEqual([[image.pixels[0]], []]);
    expect(bench.running.map(({ counts }) => counts.failed)).toEqual([0, 0]);
  });

  it("goes on when somebody deletes the queue of a network, or the whole stream", async () => {
    const model = new HeldModel();
    workerOf("patient", model);
    expect((await scorerOf().score(frame())).reason).toBeUndefined();
    await bench.link.jsm.consumers.delete(streams.work, consumerOf(key));
    expect((await scorerOf().score(frame())).reason).toBeUndefined();
    await bench.link.jsm.streams.delete(streams.work);
    await eventually(async () => {
      const { reason } = await scorerOf(1000).score(frame());
      return reason === undefined ? true : null;
    }, 200);
  });

  it("a server that hangs costs a frame no more than its time", async () => {
    const scorer = scorerOf(1000);
    bench.nats.signal("SIGSTOP");
    try {
      const start = performance.now();
      expect((await scorer.score(frame())).reason).toBe("here");
      expect(performance.now() - start).toBeLessThan(2500);
    } finally {
      bench.nats.signal("SIGCONT");
    }
  });

  it("shows no rig and no observation under a name that is not its subject's", async () => {
    const viewer = new FleetViewer(bench.link, systemClock, silentLogger);
    await eventually(async () => (viewer.state().replayed ? true : null));
    const at = "2026-01-01T00:00:00.000Z";
    const status = (rig: string): object => ({
      rig,
      device: "d",
      run: "r",
      state: "idle",
      stage: "",
      mode: "auto",
      step: 0,
      steps: null,
      light: [],
      last: null,
      alert: null,
      model: "m",
      engine: "e",
      at,
    });
    const observation = (rig: string, run: string): object => ({
      rig,
      run,
      step: 1,
      at,
      settings: {},
      objectives: {},
      score: 0.5,
      model: { name: "m", hash: "f" },
    });
    bench.link.nats.publish(subjects.rigBeat("thief"), encodeMessage(status("victim")));
    await bench.link.js.publish(
      subjects.event("thief"),
      encodeMessage({ type: "status", status: status("victim") }),
    );
    await bench.link.js.publish(
      subjects.observation("thief", "r"),
      encodeMessage(observation("victim", "r")),
    );
    bench.link.nats.publish(subjects.rigBeat("honest"), encodeMessage(status("honest")));
    await bench.link.js.publish(
      subjects.observation("honest", "r"),
      encodeMessage(observation("honest", "r")),
    );
    const honest = await eventually(async () => {
      const { rigs } = viewer.state();
      return rigs.some((rig) => rig.observations === 1 && !rig.stale) ? rigs : null;
    });
    expect(honest.map(({ rig }) => rig)).toEqual(["honest"]);
    await viewer.close();
  });
});
