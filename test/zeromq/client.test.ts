import { afterEach, describe, expect, it } from "vitest";
import { Router } from "zeromq";
import type { AcquireRequest, RigEvent } from "../../drivers/contract.js";
import {
  type RunningRigServer,
  type ServeRigOptions,
  serveRig,
  ZeromqRig,
  type ZeromqRigOptions,
} from "../../drivers/zeromq/index.js";
import {
  type Approved,
  type Clock,
  ConnectError,
  DeadlineError,
  ProtocolError,
  systemClock,
} from "../../src/core/index.js";
import { FakeBackend, type FakeOptions } from "./fake-backend.js";
import { ownEvents, tcpProxy } from "./links.js";
import { RawClient } from "./raw-client.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

const wild = "tcp://127.0.0.1:*";
async function serve(
  backend: FakeBackend,
  options: Partial<ServeRigOptions> = {},
): Promise<RunningRigServer> {
  const server = await serveRig(backend, { bind: wild, events: wild, ...options });
  open.push(server);
  return server;
}
function connect(
  server: { commands: string },
  options: Partial<ZeromqRigOptions> = {},
): { rig: ZeromqRig; events: RigEvent[]; until: (fits: (e: RigEvent) => boolean) => Promise<RigEvent> } {
  const rig = new ZeromqRig({ commands: server.commands, ...options });
  open.push(rig);
  const events: RigEvent[] = [];
  let wake = (): void => undefined;
  rig.subscribe((event) => {
    events.push(event);
    wake();
  });
  const until = async (fits: (e: RigEvent) => boolean): Promise<RigEvent> => {
    for (;;) {
      const found = events.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { rig, events, until };
}
async function pair(
  fake: FakeOptions = {},
  server: Partial<ServeRigOptions> = {},
  options: Partial<ZeromqRigOptions> = {},
) {
  const backend = new FakeBackend(fake);
  const running = await serve(backend, server);
  const client = connect(running, options);
  const info = await client.rig.open();
  return { backend, server: running, info, ...client };
}
const settings = { excitationPowerUw: 10, dwellTimeUs: 5, lineRepeats: 1, depletionPowerMw: 0 };
const approved = (request: AcquireRequest): Approved<AcquireRequest> => request as Approved<AcquireRequest>;
const triple = approved({
  steps: [
    { kind: "confocal", settings },
    { kind: "sted", settings: { ...settings, depletionPowerMw: 100 } },
    { kind: "confocal", settings },
  ],
});

/** A ROUTER that answers by a function: a rig that misbehaves as the test wants. */
async function scripted(
  reply: (header: { id: string; method: string }) => (string | Buffer)[][] | null,
): Promise<{ commands: string; seen: string[] }> {
  const router = new Router({ linger: 0 });
  await router.bind(wild);
  open.push(router);
  const seen: string[] = [];
  void (async () => {
    for await (const [to, , header] of router) {
      const json = JSON.parse(String(header)) as { id: string; method: string };
      seen.push(json.method);
      for (const parts of reply(json) ?? []) await router.send([to as Buffer, ...parts]);
    }
  })().catch(() => undefined);
  return { commands: router.lastEndpoint ?? "", seen };
}
const helloResult = {
  rig: { name: "s", vendor: "", model: "", serial: "" },
  server: { name: "s", version: "1" },
  protocol: "stedrig/1",
  start: "one",
  session: "s",
  now: Date.now(),
  leaseMs: 3000,
  events: null,
  capabilities: { ...new FakeBackend().capabilities, future: true },
};
const ok = (id: string, result: object, ...pixels: Buffer[]): (string | Buffer)[] => [
  "stedrig/1",
  JSON.stringify({ id, ok: true, result }),
  ...pixels,
];
const descriptor = {
  part: 0,
  frameId: "f",
  dtype: "uint16",
  shape: [2, 2],
  pixelSizeNm: 20,
  kind: "confocal",
  settings,
  actual: {},
  region: "r",
  frameSeq: 1,
  acquiredAt: "2026-01-01T00:00:00Z",
  saturated: 0,
};

describe("ZeromqRig", () => {
  it("takes the three frames of a step, each told once, and leaves in the dark", async () => {
    const { rig, info, events, backend, server } = await pair({ lineMs: 1 });
    expect(info).toMatchObject({ rig: { name: "fake" }, start: server.start, leaseMs: 3000 });
    const region = await rig.region({ move: "next" });
    expect(region).toMatchObject({ id: "r1", widthPx: 32, heightPx: 24 });
    const { frames, durationMs } = await rig.acquire(approved({ ...triple, region: "r1" }));
    expect(frames.map((f) => f.kind)).toEqual(["confocal", "sted", "confocal"]);
    expect(durationMs).toBeGreaterThan(60);
    const [first] = frames;
    expect(first).toMatchObject({
      seq: 1,
      shape: [24, 32],
      region: "r1",
      rig: "fake",
      origin: "request",
      settings,
    });
    expect(first?.pixels[32]).toBe(100);
    await rig.heartbeat();
    await rig.release();
    const status = await rig.status();
    expect([status.state, status.owner, backend.isOn]).toEqual(["idle", undefined, false]);
    const told = events.filter((e) => e.type === "frame").map((e) => e.type === "frame" && e.frame.id);
    expect(told).toEqual(frames.map((f) => f.id));
  });

  it("tells frames of a rig without events from its answers", async () => {
    const { rig, events } = await pair({}, { events: null });
    await rig.region({ move: "next" });
    await rig.acquire(triple);
    expect(events.map((e) => e.type)).toEqual(["frame", "frame", "frame"]);
  });

  it("has many requests in flight", async () => {
    const { rig } = await pair();
    const all = await Promise.all(Array.from({ length: 500 }, () => rig.status()));
    expect(all.every((s) => s.state === "idle")).toBe(true);
  });

  it("aborts, with the frames so far", async () => {
    const { rig, until } = await pair({ lineMs: 5 });
    await rig.region({ move: "next" });
    const acquiring = rig.acquire(triple);
    await until((e) => e.type === "frame");
    const [, error] = await Promise.all([rig.abort(), acquiring.catch((e: ProtocolError) => e)]);
    expect(error).toMatchObject({
      code: "ABORTED",
      data: { cause: "abort", frames: [{ kind: "confocal", seq: 1 }] },
    });
  });

  it("is told the rig's own refusals", async () => {
    const { rig } = await pair();
    await rig.region({ move: "next" });
    const far = approved({ steps: [{ kind: "confocal", settings: { ...settings, dwellTimeUs: 1e6 } }] });
    await expect(rig.acquire(far)).rejects.toMatchObject({
      code: "OUT_OF_RANGE",
      data: { retryable: false },
    });
    await expect(rig.acquire(approved({ ...triple, region: "r7" }))).rejects.toMatchObject({
      code: "BAD_PARAMS",
    });
    await rig.safe("test");
    await expect(rig.acquire(triple)).rejects.toMatchObject({ code: "SAFE_STATE" });
    await rig.resume();
    expect((await rig.acquire(triple)).frames.length).toBe(3);
  });

  it("asks for the dark until it is confirmed", async () => {
    const { rig, backend } = await pair({ lineMs: 5 });
    await rig.region({ move: "next" });
    const acquiring = rig.acquire(triple).catch((e: ProtocolError) => e.code);
    await rig.status();
    const dark = backend.dark.bind(backend);
    let calls = 0;
    backend.dark = async () =>
      ++calls < 9 ? [{ name: "l", kind: "depletion", on: true, powerMw: 1, confirmed: true }] : dark();
    const [light, again] = await Promise.all([rig.safe("a"), rig.safe("b")]);
    expect(light.every((l) => !l.on && l.confirmed)).toBe(true);
    expect([again === light, calls >= 9, await acquiring]).toEqual([true, true, "ABORTED"]);
  });

  it("waits out another owner's lease at its start, and only then", async () => {
    const { rig, server } = await pair({}, { leaseMs: 400 });
    const other = new RawClient(server.commands);
    open.push(other);
    await other.ask("region", { move: "next" });
    const began = performance.now();
    await rig.resume();
    expect(performance.now() - began).toBeGreaterThan(350);
    await rig.region({ move: "next" });
    await rig.acquire(triple);
  });

  it("focuses where the rig can", async () => {
    expect((await pair()).rig.focus).toBeUndefined();
    const { rig } = await pair({ capabilities: { focus: true } });
    await rig.region({ move: "next" });
    expect(await rig.focus?.(4)).toEqual({ zUm: 2, score: 1 });
  });

  it("says in one line that nobody answers", async () => {
    const { rig } = connect({ commands: "tcp://127.0.0.1:9" }, { connectTimeoutMs: 300 });
    const error = await rig.open().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ConnectError);
    expect((error as ConnectError).line).toMatch(/tcp:\/\/127.0.0.1:9.*start the rig server/);
    const mute = await scripted(() => null);
    const { rig: second } = connect(mute, { connectTimeoutMs: 600 });
    await expect(second.open()).rejects.toMatchObject({ code: "UNREACHABLE" });
  });

  it("names both versions", async () => {
    const newer = await scripted(() => [["stedrig/2", "{}"]]);
    await expect(connect(newer).rig.open()).rejects.toThrow(/stedrig\/2.*stedrig\/1/);
    const refusing = await scripted((h) => [
      [
        "stedrig/1",
        JSON.stringify({
          id: h.id,
          ok: false,
          error: {
            code: "UNSUPPORTED_VERSION",
            message: "no",
            retryable: false,
            details: { supported: ["stedrig/3"] },
          },
        }),
      ],
    ]);
    await expect(connect(refusing).rig.open()).rejects.toThrow(/stedrig\/3.*stedrig\/1/);
    const lying = await scripted((h) => [ok(h.id, { ...helloResult, protocol: "stedrig/4" })]);
    await expect(connect(lying).rig.open()).rejects.toThrow(/stedrig\/4.*stedrig\/1/);
  });

  it("takes garbage as a fault of the rig, not its own", async () => {
    const replies: ((id: string) => (string | Buffer)[])[] = [
      () => [Buffer.from([0, 255, 3])],
      () => ["stedrig/1"],
      () => ["stedrig/1", "not json"],
      () => ["stedrig/1", JSON.stringify({ hello: 1 })],
      (id) => ["stedrig/1", JSON.stringify({ id, ok: true })],
      (id) => ok(id, { ...helloResult, leaseMs: "three" }),
      (id) => ok(id, { ...helloResult, capabilities: {} }),
    ];
    for (const reply of replies) {
      const rig = connect(await scripted((h) => [reply(h.id)])).rig;
      const error = await rig.open().catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error).toMatchObject({ code: "BAD_REPLY" });
    }
  });

  it("refuses frames that are not what their header says", async () => {
    const nan = Buffer.alloc(16);
    nan.writeFloatLE(Number.NaN, 4);
    const negative = Buffer.alloc(16);
    negative.writeFloatLE(-1, 8);
    const cases: [object, Buffer[], RegExp][] = [
      [{}, [Buffer.alloc(6)], /wrong size: 2x2 uint16 are 8 bytes, but 6/],
      [{}, [], /pixel part 0 is missing/],
      [{ dtype: "float64" }, [Buffer.alloc(32)], /dtype/],
      [{ dtype: "float32" }, [nan], /\(y 0, x 1\) is NaN/],
      [{ dtype: "float32" }, [negative], /\(y 1, x 0\) is -1/],
      [{ shape: [1, 4] }, [Buffer.alloc(8)], /1x4.*2x2 was asked/],
      [{ kind: "sted" }, [Buffer.alloc(8)], /sted, but confocal/],
      [{ shape: [0, 4] }, [Buffer.alloc(0)], /shape/],
    ];
    for (const [over, pixels, says] of cases) {
      const rig = connect(
        await scripted((h) => [
          h.method === "hello"
            ? ok(h.id, helloResult)
            : ok(h.id, { frames: [{ ...descriptor, ...over }], durationMs: 1 }, ...pixels),
        ]),
      ).rig;
      await rig.open();
      const request = approved({ steps: [{ kind: "confocal", settings }], widthPx: 2, heightPx: 2 });
      const error = await rig.acquire(request).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ProtocolError);
      expect((error as Error).message).toMatch(says);
    }
  });

  it("gives up after its deadline, drops the late answer and counts it", async () => {
    const held: string[] = [];
    const rigServer = await scripted((h) => {
      if (h.method === "hello") return [ok(h.id, helloResult)];
      held.push(h.id);
      return held.length < 2
        ? null
        : held.map((id) => ok(id, { state: "idle", light: [], faults: [], region: null }));
    });
    const { rig, events } = connect(rigServer, { requestTimeoutMs: 200 });
    await rig.open();
    const error = await rig.status().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DeadlineError);
    expect((error as DeadlineError).message).toContain("'status' was not answered within 200 ms");
    expect(events.map((e) => e.type)).toEqual(["lost"]);
    await rig.status();
    expect(rig.counts.late).toBe(1);
  });

  it("sends an abort after an acquisition that took too long", async () => {
    const rigServer = await scripted((h) => (h.method === "hello" ? [ok(h.id, helloResult)] : null));
    const { rig } = connect(rigServer, { acquireTimeoutMs: 200, requestTimeoutMs: 100 });
    await rig.open();
    await expect(rig.acquire(triple)).rejects.toThrow(DeadlineError);
    await rig.status().catch(() => undefined);
    expect(rigServer.seen).toContain("abort");
  });

  it("goes on with the same session after the connection broke, the acquisition included", async () => {
    const backend = new FakeBackend({ lineMs: 30 });
    const server = await serve(backend);
    const between = await tcpProxy(server.commands);
    open.push(between);
    const { rig, until } = connect(between, { events: server.events });
    await rig.open();
    await rig.region({ move: "next" });
    const acquiring = rig.acquire(triple);
    await until((e) => e.type === "progress");
    between.cut();
    await until((e) => e.type === "lost");
    await until((e) => e.type === "found");
    expect((await acquiring).frames.length).toBe(3);
    expect(backend.exposed.length).toBe(3);
  });

  it("notices that the rig was started anew", async () => {
    const { rig, server, until } = await pair({ lineMs: 20 });
    await rig.region({ move: "next" });
    const acquiring = rig.acquire(triple).catch((e: ConnectError) => e);
    await until((e) => e.type === "progress");
    await server.close();
    await until((e) => e.type === "lost");
    await expect(rig.acquire(triple)).rejects.toMatchObject({ code: "LOST" });
    const second = await serve(new FakeBackend(), { bind: server.commands, events: server.events });
    const restarted = await until((e) => e.type === "restarted");
    expect(restarted).toEqual({ type: "restarted", start: second.start });
    // The old server's last word may or may not have made it through the closing connection.
    expect(["ABORTED", "RESTARTED"]).toContain(((await acquiring) as ConnectError).code);
    await rig.region({ move: "next" });
    expect((await rig.acquire(triple)).frames[0]?.seq).toBe(1);
  });

  it("rejects what was in flight when the rig vanished", async () => {
    let start = "one";
    const router = await scripted((h) =>
      h.method === "hello" ? [ok(h.id, { ...helloResult, start })] : null,
    );
    const between = await tcpProxy(router.commands);
    open.push(between);
    const { rig, until } = connect(between);
    await rig.open();
    const waiting = rig.region({ move: "next" }).catch((e: ConnectError) => e);
    await rig.heartbeat().catch(() => undefined);
    start = "two";
    between.cut();
    await until((e) => e.type === "restarted");
    expect(await waiting).toMatchObject({ code: "RESTARTED" });
  });

  it("fetches the frame whose event was lost", async () => {
    const { rig, server, backend } = await pair({}, { events: null });
    await rig.region({ move: "next" });
    await rig.acquire(triple);
    const publisher = await ownEvents();
    open.push(publisher);
    const second = connect(server, { events: publisher.endpoint });
    await second.rig.open();
    const operator = (): void =>
      backend.emit({
        type: "frame",
        kind: "confocal",
        settings,
        origin: "operator",
        frame: { pixels: new Uint16Array(4), shape: [2, 2], pixelSizeNm: 20, actual: {}, saturated: 0 },
      });
    operator();
    const raw = new RawClient(server.commands);
    open.push(raw);
    const { header, pixels } = await raw.ask("frame", { frameSeq: 4 });
    await publisher.connected;
    const at = new Date().toISOString();
    await publisher.send(
      "frame.confocal",
      { seq: 1, start: server.start, at, ...header.result.frames[0], origin: "operator" },
      ...pixels,
    );
    await second.until((e) => e.type === "frame");
    operator();
    operator();
    await publisher.send("beat", { seq: 4, start: server.start, at, state: "idle" });
    await second.until((e) => e.type === "frame" && e.frame.seq === 6);
    expect(
      second.events.filter((e) => e.type !== "fault").map((e) => (e.type === "frame" ? e.frame.seq : e.type)),
    ).toEqual([4, "gap", 5, 6]);
    expect(second.rig.counts.missed).toBe(2);
  });

  it("tells of a clock that jumped, and goes on", async () => {
    let shift = 0;
    const clock: Clock = { ...systemClock, now: () => Date.now() + shift };
    const { rig, events } = await pair({}, { clock });
    await rig.region({ move: "next" });
    shift = 3_600_000;
    await expect(rig.heartbeat()).rejects.toMatchObject({ code: "EXPIRED" });
    await rig.heartbeat();
    const fault = events.find((e) => e.type === "fault");
    expect(fault).toMatchObject({
      fault: { code: "CLOCK_JUMP", message: expect.stringContaining("3600.0 s") },
    });
    shift = -3_600_000;
    await rig.heartbeat();
    expect(events.filter((e) => e.type === "fault").length).toBe(2);
    expect((await rig.acquire(triple)).frames.length).toBe(3);
  });

  it("keeps a deaf rig's frame inside the lease", async () => {
    const { rig } = await pair({ capabilities: { concurrent: false }, lineMs: 2 });
    await rig.region({ move: "next" });
    const slow = approved({
      steps: [
        { kind: "confocal", settings: { ...settings, dwellTimeUs: 100, lineRepeats: 10 } },
        ...Array.from({ length: 9 }, () => triple.steps[0] as AcquireRequest["steps"][0]),
      ],
    });
    expect((await rig.acquire(slow)).frames.length).toBe(10);
    const tooSlow = approved({
      steps: Array.from({ length: 5 }, () => slow.steps[0] as AcquireRequest["steps"][0]),
    });
    await expect(rig.acquire(tooSlow)).rejects.toMatchObject({ code: "OUT_OF_RANGE" });
  });
});
