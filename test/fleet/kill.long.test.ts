import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FleetObservation, systemClock } from "../../src/core/index.js";
import { type FleetLink, FleetScorer, modelKey } from "../../src/fleet/index.js";
import { observationSchema, parseMessage } from "../../src/fleet/messages.js";
import { consumerOf, streams } from "../../src/fleet/names.js";
import { readStream } from "../../src/fleet/read-stream.js";
import { openJournalReader, type StepRecord } from "../../src/journal/index.js";
import { openBundle } from "../../src/scoring/index.js";
import { ended, line, start, stedloop, tempFolder, eventually as until } from "../cli/command-line.js";
import { filaments, writeTinyBundle } from "../scoring/tiny-bundle.js";
import { natsServer, TestNats } from "./nats-server.js";

/** Whole processes on a real nats-server: what is killed here is killed without a word. */
type Child = ReturnType<typeof start>;
const eventually = <T>(look: () => Promise<T | null>, everyMs = 50): Promise<T> =>
  until(look, everyMs, 300_000);

describe.skipIf(natsServer === null)("a fleet whose parts are killed", { timeout: 1_500_000 }, () => {
  let nats: TestNats;
  let link: FleetLink;
  const children: Child[] = [];
  const model = writeTinyBundle();
  beforeAll(async () => {
    nats = await TestNats.start();
    link = await nats.link();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill("SIGKILL");
      await ended(child);
    }
  });
  afterAll(async () => {
    await link?.close();
    await nats?.close();
  });

  const worker = async (name: string, bundle = model): Promise<Child> => {
    const quick = ["--engine", "onnx-cpu", "--threads", "1", "--slots", "1", "--ack-wait", "1"];
    const child = start(["worker", "--nats", nats.url, "--model", bundle, "--name", name, ...quick]);
    children.push(child);
    await line(child, "stdout", /"ready":true,"connected":true/);
    return child;
  };
  const configOf = (rig: string, data: string): string => {
    const file = join(data, "rig.yaml");
    const fleet = `fleet: {nats: "${nats.url}", rig: ${rig}, timeoutS: 20}`;
    writeFileSync(
      file,
      `rig: {kind: simulated, seed: 5}\nmodel: ${model}\nengine: fleet\n${fleet}\noptimiser: {strategy: sobol}\n`,
    );
    return file;
  };
  const rig = (name: string, data: string, steps: number, more: readonly string[] = []): Child => {
    const config = more.includes("--resume") ? [] : ["--config", configOf(name, data)];
    const args = ["run", ...config, "--data", data, "--headless", "--iterations", String(steps), "--json"];
    const child = start([...args, ...more]);
    children.push(child);
    return child;
  };
  const stepsOf = async (data: string): Promise<readonly StepRecord[]> => {
    const reader = await openJournalReader(data);
    try {
      const { run } = await reader.run("latest");
      return (await reader.steps(run)).filter((step) => step.state === "done");
    } finally {
      await reader.close();
    }
  };
  const observed = async (of: string): Promise<readonly FleetObservation[]> => {
    const found: FleetObservation[] = [];
    const done = new AbortController();
    await readStream(link, streams.observations, {
      take: (message) => {
        const observation = parseMessage(observationSchema, message.data);
        if (observation.rig === of) found.push(observation);
      },
      caughtUp: () => done.abort(),
      clock: systemClock,
      signal: done.signal,
    });
    return found;
  };

  it("a worker killed with a frame in hand: another one scores it, once", async () => {
    const bundle = await openBundle("actin");
    const key = modelKey(bundle);
    const first = await worker("doomed", "actin");
    const notices: string[] = [];
    const scorer = new FleetScorer({
      link,
      local: { score: async () => Promise.reject(new Error("nobody may score here")) },
      model: key,
      rig: "bench",
      timeoutMs: 120_000,
      clock: systemClock,
      onNotice: (text) => notices.push(text),
    });
    // Large enough to be in hand for a while.
    const image = { pixels: filaments(700, 700), shape: [700, 700], pixelSizeNm: 20 } as const;
    const scored = scorer.score(image);
    const inHand = async (): Promise<true | null> =>
      (await link.jsm.consumers.info(streams.work, consumerOf(key))).num_ack_pending === 1 ? true : null;
    await eventually(inHand, 5);
    first.kill("SIGKILL");
    await worker("heir", "actin");
    expect((await scored).score).toBeGreaterThan(0);
    expect(notices).toEqual([]);
    const { state } = await link.jsm.streams.info(streams.results, {
      subjects_filter: `stedloop.result.${key}.*`,
    });
    expect(Object.values(state.subjects ?? {})).toEqual([1]);
  });

  it("a rig's daemon killed and resumed, the server killed and started again: no step lost, none twice", async () => {
    const data = tempFolder();
    await worker("steady");
    const total = 8;
    let child = rig("left", data, total);
    // A starved machine lets the rig's lease lapse, which ends a headless run: it is resumed as an operator would.
    const reach = (steps: number): Promise<true> =>
      eventually(async () => {
        const done = (await stepsOf(data).catch(() => [])).length;
        if (done >= steps) return true;
        const { exitCode, signalCode } = child;
        if (signalCode !== null || (exitCode ?? 0) > 1) throw new Error(`ended by ${signalCode ?? exitCode}`);
        if (exitCode === 1) child = rig("left", data, total, ["--resume", "latest"]);
        return null;
      }, 200);
    await reach(2);
    child.kill("SIGKILL");
    await ended(child);
    child = rig("left", data, total, ["--resume", "latest"]);
    await reach(4);
    await nats.kill();
    await reach(6);
    await nats.start();
    await reach(total);
    await ended(child);

    const steps = await stepsOf(data);
    expect(steps.map((step) => step.intent.step)).toEqual(steps.map((_, i) => i + 1));
    expect(steps).toHaveLength(total);
    const hashes = steps.flatMap((step) => step.frames.map((frame) => frame.hash));
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(steps.every((step) => step.frames.every((frame) => frame.score !== null))).toBe(true);
    // What could not be sent while the server was away is sent by the next daemon of this folder.
    expect(await link.whenUp(20_000)).toBe(true);
    const oneMore = ["run", "--data", data, "--headless", "--iterations", String(total + 1), "--json"];
    const next = (): ReturnType<typeof stedloop> => stedloop([...oneMore, "--resume", "latest"]);
    let third = await next();
    // As above: a lapsed lease is resumed, and nothing else is forgiven.
    for (let i = 0; i < 3 && third.code === 1 && /its lease lapsed/.test(third.err); i++)
      third = await next();
    expect(third.code, third.err).toBe(0);
    const told = await eventually(async () => {
      const all = await observed("left");
      return all.length >= total + 1 ? all : null;
    });
    expect(told.map((o) => o.step)).toEqual(Array.from({ length: total + 1 }, (_, i) => i + 1));
    const last = (await stepsOf(data)).at(-1);
    expect(told.at(-1)?.objectives).toEqual(last?.result?.observation.objectives);
    const { state } = await link.jsm.streams.info(streams.dead);
    expect(state.messages).toBe(0);
  });
});
