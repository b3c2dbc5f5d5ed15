import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";
import { Publisher } from "zeromq";
import type { RigEvent } from "../../drivers/contract.js";
import { ZmqFramesRig } from "../../drivers/zmq-frames/index.js";
import { type Frame, silentLogger, systemClock } from "../../src/core/index.js";
import { ended, eventually, start, stedloop, tempFolder } from "../cli/command-line.js";
import { pythonWithZmq } from "../zeromq/python.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});
async function publisher(): Promise<{ socket: Publisher; address: string }> {
  const socket = new Publisher({ linger: 0, sendHighWaterMark: 0 });
  open.push(socket);
  await socket.bind("tcp://127.0.0.1:*");
  return { socket, address: socket.lastEndpoint as string };
}
async function subscribe(address: string, options: { topic?: string; pixelSizeNm?: number } = {}) {
  const rig = new ZmqFramesRig({
    address,
    version: "test",
    clock: systemClock,
    logger: silentLogger,
    ...options,
  });
  open.push(rig);
  const info = await rig.open();
  const events: RigEvent[] = [];
  const wake = new Set<() => void>();
  rig.subscribe((event) => {
    events.push(event);
    for (const w of wake) w();
  });
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) await new Promise<void>((resolve) => wake.add(resolve));
  };
  const frames = (): Frame[] => events.flatMap((e) => (e.type === "frame" ? [e.frame] : []));
  const faults = () => events.flatMap((e) => (e.type === "fault" ? [e.fault] : []));
  const state = (): string => events.findLast((e) => e.type === "state")?.state ?? "";
  await until(() => state() === "idle");
  return { rig, info, frames, faults, until, state };
}
const header = (shape: readonly number[], more = {}): string =>
  JSON.stringify({ dtype: "uint8", shape, ...more });

describe("a publisher of frames", () => {
  it("is observed: every message a frame, in order, of 20 nm unless it says so", async () => {
    const { socket, address } = await publisher();
    const { frames, until, info, rig } = await subscribe(address);
    // A subscription takes a moment to reach the publisher: repeated until it has.
    while (frames().length === 0) {
      await socket.send(["hello", header([1, 2]), Uint8Array.from([1, 2])]);
      await systemClock.sleep(10);
    }
    const before = frames().length;
    for (let n = 0; n < 50; n++) {
      await socket.send(["sted/fast", header([2, 2], { n, pixelSizeNm: 15 }), Uint8Array.from([n, 1, 2, 3])]);
    }
    await until(() => frames().filter((f) => f.region === "sted/fast").length === 50);
    const sted = frames().filter((f) => f.region === "sted/fast");
    expect(sted.map((f) => f.pixels[0])).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(sted[0]).toMatchObject({
      kind: "sted",
      pixelSizeNm: 15,
      shape: [2, 2],
      origin: "rig",
      saturated: 0,
    });
    expect(frames()[0]).toMatchObject({ pixelSizeNm: 20, region: "hello" });
    expect(new Set(frames().map((f) => f.id)).size).toBe(before + 50);
    expect(info.capabilities).toMatchObject({ observe: true, parameters: [], regions: "none" });
    await expect(rig.acquire()).rejects.toMatchObject({ code: "UNSUPPORTED" });
    expect(await rig.safe()).toEqual([]);
  });

  it("may send what cannot be read: counted, named once, and the rest goes on", async () => {
    const { socket, address } = await publisher();
    const { frames, faults, until, rig } = await subscribe(address, { topic: "a" });
    while (frames().length === 0) {
      await socket.send(["a", header([1, 2]), Uint8Array.from([1, 2])]);
      await systemClock.sleep(10);
    }
    for (let i = 0; i < 20; i++) await socket.send(["a", header([9, 9]), Uint8Array.from([1])]);
    await socket.send(["b", "of another topic", "…"]);
    await socket.send(["a", header([1, 2]), Uint8Array.from([77, 2])]);
    await until(() => frames().at(-1)?.pixels[0] === 77);
    expect(faults()).toEqual([
      {
        code: "BAD_MESSAGE",
        message: expect.stringMatching(/^1 message could not be read/),
        source: address,
      },
    ]);
    const [fault] = (await rig.status()).faults;
    expect(fault?.message).toMatch(
      /^20 messages could not be read; the last: pixels: .* 81 bytes, but 1 came/,
    );
  });

  it("is heard out at the end of a run: what has arrived is told before the last word", async () => {
    const { socket, address } = await publisher();
    const { frames, rig } = await subscribe(address);
    while (frames().length === 0) {
      await socket.send(["hello", header([1, 2]), Uint8Array.from([1, 2])]);
      await systemClock.sleep(10);
    }
    const pixels = new Uint8Array(200 * 200);
    for (let n = 0; n < 200; n++) await socket.send(["sted", header([200, 200]), pixels]);
    await rig.settle();
    expect(frames().filter((f) => f.region === "sted").length).toBe(200);
  });

  it("that goes away and comes back is shown", async () => {
    const { socket, address } = await publisher();
    const { faults, until, state, rig } = await subscribe(address);
    socket.close();
    await until(() => state() === "fault");
    expect(faults().at(-1)).toMatchObject({ code: "NO_PUBLISHER", source: address });
    expect((await rig.status()).state).toBe("fault");
    const again = new Publisher({ linger: 0 });
    open.push(again);
    await again.bind(address);
    await until(() => state() === "idle");
  });

  it("whose address is none is refused", async () => {
    const rig = new ZmqFramesRig({
      address: "camera:5556",
      version: "test",
      clock: systemClock,
      logger: silentLogger,
    });
    await expect(rig.open()).rejects.toMatchObject({ code: "BAD_ADDRESS", where: "camera:5556" });
    await rig.close();
  });
});

const python = pythonWithZmq();
const reason = python.startsWith("no ") ? ` (skipped: ${python})` : "";
describe.skipIf(reason !== "")(`a publisher in Python and the daemon${reason}`, () => {
  it("every frame of a burst is in the record, also those that were not scored in time", async () => {
    const [count, side] = [150, 96];
    const script = join(import.meta.dirname, "publish.py");
    const child = spawn(python, [script, `${count}`, `${side}`, `${side}`], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    open.push({ close: () => child.kill("SIGKILL") });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const address = (await lines.next()).value as string;
    const folder = tempFolder();
    const config = join(folder, "frames.yaml");
    writeFileSync(config, `rig: {kind: zmq-frames, address: "${address}"}\nserver: {port: 0}\n`);
    const daemon = start(["run", "--config", config, "--data", join(folder, "data")]);
    open.push({ close: () => daemon.kill("SIGKILL") });
    const page = await new Promise<string>((resolve) => {
      createInterface({ input: daemon.stdout as NodeJS.ReadableStream }).on("line", (text) => {
        const [found] = /http:\S+/.exec(text) ?? [];
        if (found !== undefined) resolve(found);
      });
    });
    const state = async () => (await fetch(`${page}/api/v1/state`)).json() as Promise<Record<string, never>>;
    await eventually(async () => ((await state()).rig?.["state"] === "idle" ? true : null));
    child.stdin.write("go\n");
    await lines.next();
    await eventually(async () => (Number((await state()).step) >= 3 ? true : null));
    daemon.kill("SIGINT");
    expect(await ended(daemon)).toBe(0);
    const runs = await stedloop(["runs", "--json", "--data", join(folder, "data")]);
    expect(JSON.parse(runs.out)).toMatchObject({ frames: count });
  }, 180_000);
});
