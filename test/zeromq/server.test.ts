import { afterEach, describe, expect, it } from "vitest";
import { type RunningRigServer, type ServeRigOptions, serveRig } from "../../drivers/zeromq/index.js";
import { ConnectError, StedError, UsageError } from "../../src/core/index.js";
import { FakeBackend, type FakeOptions } from "./fake-backend.js";
import { RawClient, RawSubscriber } from "./raw-client.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

interface Setup {
  readonly backend: FakeBackend;
  readonly server: RunningRigServer;
  readonly client: RawClient;
}
async function setup(fake: FakeOptions = {}, options: Partial<ServeRigOptions> = {}): Promise<Setup> {
  const backend = new FakeBackend(fake);
  const server = await serveRig(backend, {
    bind: "tcp://127.0.0.1:*",
    events: "tcp://127.0.0.1:*",
    ...options,
  });
  open.push(server);
  return { backend, server, client: connect(server) };
}
function connect(server: RunningRigServer): RawClient {
  const client = new RawClient(server.commands);
  open.push(client);
  return client;
}
function subscribe(server: RunningRigServer): RawSubscriber {
  const events = new RawSubscriber(server.events ?? "");
  open.push(events);
  return events;
}
const good = { excitationPowerUw: 10, dwellTimeUs: 5 };
const one = { steps: [{ kind: "confocal", settings: good }] };
const long = {
  steps: Array.from({ length: 20 }, () => ({ kind: "sted", settings: { ...good, depletionPowerMw: 9 } })),
};

describe("the rig server", () => {
  it("says who it is", async () => {
    const { client, server } = await setup();
    const { header, word } = await client.ask("hello", { client: "t", version: "1" }, { expiresAt: 0 });
    expect(word).toBe("stedrig/1");
    expect(header.result).toMatchObject({
      rig: { name: "fake" },
      protocol: "stedrig/1",
      start: server.start,
      session: client.session,
      leaseMs: 3000,
      events: server.events,
      capabilities: { regions: "next", concurrent: true },
    });
    expect(Math.abs(header.result.now - Date.now())).toBeLessThan(2000);
  });

  it("takes the middle of the region, row-major, and keeps the frame", async () => {
    const { client, backend } = await setup();
    await client.ask("region", { move: "next" });
    const reply = await client.ask("acquire", { ...one, widthPx: 16, heightPx: 4 });
    const [frame] = reply.header.result.frames;
    expect(frame).toMatchObject({
      part: 0,
      dtype: "uint16",
      shape: [4, 16],
      frameSeq: 1,
      region: "r1",
      kind: "confocal",
    });
    expect(frame.settings).toEqual({ ...good, depletionPowerMw: 0, lineRepeats: 1 });
    const pixels = reply.pixels[0] as Buffer;
    expect(pixels.length).toBe(4 * 16 * 2);
    expect(pixels.readUInt16LE(0)).toBe(10 * 100 + 8);
    expect(pixels.readUInt16LE(2 * 16)).toBe(11 * 100 + 8);
    expect(backend.isOn).toBe(false);
    const again = await client.ask("frame", { frameSeq: 1 });
    expect(again.header.result.frames[0]).toEqual(frame);
    expect(again.pixels[0]?.equals(pixels)).toBe(true);
    expect((await client.ask("frame", { frameId: frame.frameId })).header.ok).toBe(true);
    expect((await client.ask("frame", { frameSeq: 2 })).header.error.code).toBe("GONE");
  });

  it("keeps the last 64 frames", async () => {
    const { client } = await setup({ size: [2, 2] });
    await client.ask("region", { move: "next" });
    const steps = Array.from({ length: 33 }, () => one.steps[0]);
    await client.ask("acquire", { steps });
    await client.ask("acquire", { steps });
    expect((await client.ask("frame", { frameSeq: 2 })).header.error.code).toBe("GONE");
    expect((await client.ask("frame", { frameSeq: 3 })).header.ok).toBe(true);
  });

  const bad: [string, object, string, string][] = [
    [
      "a string",
      { steps: [{ kind: "sted", settings: { ...good, dwellTimeUs: "5" } }] },
      "BAD_PARAMS",
      "steps.0.settings.dwellTimeUs",
    ],
    [
      "null",
      { steps: [{ kind: "sted", settings: { ...good, dwellTimeUs: null } }] },
      "BAD_PARAMS",
      "steps.0.settings.dwellTimeUs",
    ],
    [
      "a missing setting",
      { steps: [{ kind: "sted", settings: {} }] },
      "BAD_PARAMS",
      "steps.0.settings.excitationPowerUw",
    ],
    [
      "an unknown setting",
      { steps: [{ kind: "sted", settings: { ...good, gain: 3 } }] },
      "BAD_PARAMS",
      "steps.0.settings.gain",
    ],
    [
      "half a line",
      { steps: [{ kind: "sted", settings: { ...good, lineRepeats: 1.5 } }] },
      "BAD_PARAMS",
      "steps.0.settings.lineRepeats",
    ],
    ["an unknown kind", { steps: [{ kind: "flim", settings: good }] }, "BAD_PARAMS", "steps.0.kind"],
    ["no steps", {}, "BAD_PARAMS", "steps"],
    ["another region", { ...one, region: "r9" }, "BAD_PARAMS", "region"],
    ["half a pixel", { ...one, widthPx: 1.5 }, "BAD_PARAMS", "widthPx"],
    [
      "too much",
      { steps: [{ kind: "sted", settings: { ...good, depletionPowerMw: 251 } }] },
      "OUT_OF_RANGE",
      "depletionPowerMw",
    ],
    [
      "too little",
      { steps: [{ kind: "confocal", settings: { ...good, dwellTimeUs: 0.5 } }] },
      "OUT_OF_RANGE",
      "dwellTimeUs",
    ],
    [
      "above a limit",
      { steps: [{ kind: "confocal", settings: { ...good, excitationPowerUw: 16 } }] },
      "OUT_OF_RANGE",
      "excitationPowerUw",
    ],
    ["too wide", { ...one, widthPx: 33 }, "OUT_OF_RANGE", "widthPx"],
    ["nothing high", { ...one, heightPx: 0 }, "OUT_OF_RANGE", "heightPx"],
  ];
  it("refuses bad settings with their path, exposing nothing", async () => {
    const { client, backend } = await setup();
    await client.ask("region", { move: "next" });
    for (const [what, params, code, path] of bad) {
      const { header } = await client.ask("acquire", params);
      expect([what, header.error?.code]).toEqual([what, code]);
      expect(header.error.message).toContain(path);
    }
    expect(backend.exposed).toEqual([]);
  });

  it("refuses a bare NaN with the path, and an infinity", async () => {
    const { client, backend } = await setup();
    await client.ask("region", { move: "next" });
    const header = JSON.stringify({
      id: "n",
      method: "acquire",
      params: one,
      expiresAt: 1e15,
      session: client.session,
    });
    for (const value of ["NaN", "-Infinity", "1e999"]) {
      const reply = client.next();
      await client.parts("stedrig/1", header.replace('"dwellTimeUs":5', `"dwellTimeUs":${value}`));
      const { error } = (await reply).header;
      expect([value, error.code, error.message.split(":")[0]]).toEqual([
        value,
        "BAD_PARAMS",
        "steps.0.settings.dwellTimeUs",
      ]);
    }
    expect(backend.exposed).toEqual([]);
  });

  it("leaves depletion out of a confocal step", async () => {
    const { client, backend } = await setup();
    await client.ask("region", { move: "next" });
    const settings = { ...good, depletionPowerMw: 100 };
    expect((await client.ask("acquire", { steps: [{ kind: "confocal", settings }] })).header.ok).toBe(true);
    expect(backend.exposed[0]?.settings.depletionPowerMw).toBe(0);
  });

  it("answers a repeated id with the first answer, also while that is still in the making", async () => {
    const { client, backend } = await setup({ lineMs: 2 });
    await client.ask("region", { move: "next" }, { id: "move" });
    expect((await client.ask("region", { move: "next" }, { id: "move" })).header.result.region.id).toBe("r1");
    const other = connect(open[0] as RunningRigServer);
    const [a, b] = await Promise.all([
      client.ask("acquire", one, { id: "x" }),
      other.ask("acquire", one, { id: "x", session: client.session }),
    ]);
    const c = await client.ask("acquire", one, { id: "x", expiresAt: 1 });
    expect(b.header).toEqual(a.header);
    expect(c.header).toEqual(a.header);
    expect(c.pixels[0]?.equals(a.pixels[0] as Buffer)).toBe(true);
    expect(backend.exposed.length).toBe(1);
  });

  it("takes a refused id afresh, and never repeats an exposure whose answer is forgotten", async () => {
    const { client, backend } = await setup();
    await client.ask("region", { move: "next" });
    expect((await client.ask("acquire", {}, { id: "y" })).header.error.code).toBe("BAD_PARAMS");
    expect((await client.ask("acquire", one, { id: "y" })).header.ok).toBe(true);
    for (let i = 0; i < 17; i++) await client.ask("acquire", one);
    const exposed = backend.exposed.length;
    expect((await client.ask("acquire", one, { id: "y" })).header.error.code).toBe("GONE");
    expect(backend.exposed.length).toBe(exposed);
  });

  it("never carries out what came too late", async () => {
    const { client, backend } = await setup();
    await client.ask("region", { move: "next" });
    for (const method of ["acquire", "region", "heartbeat", "nonsense", "safe"]) {
      expect((await client.ask(method, one, { expiresAt: Date.now() - 1000 })).header.error.code).toBe(
        "EXPIRED",
      );
    }
    expect([backend.exposed.length, backend.current()?.id]).toEqual([0, "r1"]);
  });

  it("speaks one version", async () => {
    const { client } = await setup();
    const reply = client.next();
    await client.parts("stedrig/2", JSON.stringify({ id: "v", method: "hello" }));
    const { header } = await reply;
    expect(header).toMatchObject({
      id: "v",
      ok: false,
      error: { code: "UNSUPPORTED_VERSION", details: { supported: ["stedrig/1"] } },
    });
  });

  it("has one owner; questions, abort and safe are open to all", async () => {
    const { client, server } = await setup();
    const other = connect(server);
    expect((await client.ask("resume")).header.ok).toBe(true);
    expect((await client.ask("region", { move: "next" })).header.ok).toBe(true);
    for (const method of ["acquire", "region", "resume", "release"]) {
      const { error } = (await other.ask(method, {})).header;
      expect([method, error.code, error.details.owner, error.retryable]).toEqual([
        method,
        "BUSY",
        client.session,
        true,
      ]);
      expect(error.details.leaseLeftMs).toBeGreaterThan(0);
    }
    for (const method of ["heartbeat", "status", "abort"])
      expect((await other.ask(method)).header.ok).toBe(true);
    expect((await client.ask("release")).header.ok).toBe(true);
    expect((await other.ask("region", { move: "next" })).header.ok).toBe(true);
    expect((await other.ask("safe", { reason: "t" })).header.ok).toBe(true);
  });

  it("goes safe, and refuses light until it is resumed", async () => {
    const { client, server, backend } = await setup();
    const other = connect(server);
    await client.ask("region", { move: "next" });
    backend.stuckOn = 2;
    const { header } = await other.ask("safe", { reason: "test" });
    expect(header.result.light.every((l: { on: boolean }) => !l.on)).toBe(true);
    expect((await client.ask("acquire", {})).header.error.code).toBe("SAFE_STATE");
    expect((await client.ask("heartbeat")).header.result.state).toBe("safe");
    expect((await client.ask("resume")).header.ok).toBe(true);
    expect((await client.ask("acquire", one)).header.ok).toBe(true);
  });

  it("says so when a source stays on", async () => {
    const { client, backend } = await setup({ lineMs: 5 });
    await client.ask("region", { move: "next" });
    const acquiring = client.ask("acquire", long);
    await client.ask("status");
    backend.dark = async () => [{ name: "laser", kind: "depletion", on: true, powerMw: 1, confirmed: true }];
    const { error } = (await client.ask("safe", { reason: "t" })).header;
    expect([error.code, error.retryable]).toEqual(["DEVICE_LOST", true]);
    expect(error.message).toContain("laser");
    await acquiring;
    backend.dark = FakeBackend.prototype.dark.bind(backend);
  });

  for (const [cause, deaf] of [
    ["abort", false],
    ["safe", false],
    ["abort", true],
  ] as const) {
    it(`ends an acquisition within 500 ms of ${cause}${deaf ? ", though the scanner is deaf" : ""}`, async () => {
      const { client, server, backend } = await setup({ lineMs: 4, size: [12, 8], deaf });
      const other = connect(server);
      const events = subscribe(server);
      await client.ask("region", { move: "next" });
      const acquiring = client.ask("acquire", long, { id: "long" });
      await events.until((e) => e.topic === "frame.sted");
      expect((await other.ask("acquire", {}, { session: client.session })).header.error.code).toBe("BUSY");
      const began = performance.now();
      const stop = await other.ask(cause, cause === "abort" ? { id: "long" } : { reason: "t" });
      const { header, pixels } = await acquiring;
      expect(performance.now() - began).toBeLessThan(500);
      if (cause === "abort") expect(stop.header.result.aborted).toEqual(["long"]);
      expect(header.error).toMatchObject({ code: "ABORTED", details: { cause } });
      expect(header.error.details.frames.length).toBeGreaterThan(0);
      expect(pixels.length).toBe(header.error.details.frames.length);
      expect(pixels[0]?.length).toBe(12 * 8 * 2);
      expect(backend.isOn).toBe(false);
    });
  }

  it("aborts only what is meant", async () => {
    const { client } = await setup({ lineMs: 2 });
    await client.ask("region", { move: "next" });
    const acquiring = client.ask("acquire", one);
    expect((await client.ask("abort", { id: "other" })).header.result.aborted).toEqual([]);
    expect((await acquiring).header.ok).toBe(true);
    expect((await client.ask("abort")).header.result.aborted).toEqual([]);
  });

  it("gives up after timeoutMs, dark", async () => {
    const { client, backend } = await setup({ lineMs: 10 });
    await client.ask("region", { move: "next" });
    expect((await client.ask("acquire", { ...long, timeoutMs: 300 })).header.error.code).toBe("TIMEOUT");
    expect(backend.isOn).toBe(false);
    expect((await client.ask("status")).header.result.state).toBe("idle");
  });

  it("goes dark when the owner falls silent, and tells who asks", async () => {
    const { client, server, backend } = await setup({ lineMs: 10 }, { leaseMs: 300 });
    const other = connect(server);
    await client.ask("region", { move: "next" });
    const began = performance.now();
    const { header } = await client.ask("acquire", long);
    const took = performance.now() - began;
    expect(header.error).toMatchObject({ code: "ABORTED", details: { cause: "lease" } });
    expect([took > 290, took < 800]).toEqual([true, true]);
    const { result } = (await other.ask("status")).header;
    expect([result.state, result.owner, backend.isOn]).toEqual(["safe", undefined, false]);
  });

  it("is kept by the owner's heartbeat alone", async () => {
    const { client, server } = await setup({ lineMs: 10, size: [40, 4] }, { leaseMs: 300 });
    const other = connect(server);
    await client.ask("region", { move: "next" });
    let done = false;
    const acquiring = client.ask("acquire", { steps: [...one.steps, ...one.steps] }).finally(() => {
      done = true;
    });
    const began = performance.now();
    while (!done) {
      await new Promise((resolve) => setTimeout(resolve, 80));
      await client.ask("heartbeat");
    }
    expect((await acquiring).header.ok).toBe(true);
    expect(performance.now() - began).toBeGreaterThan(600);
    const lapses = client.ask("acquire", long);
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await other.ask("heartbeat");
    }
    expect((await lapses).header.error.details.cause).toBe("lease");
  });

  it("numbers its events without a gap", async () => {
    const { client, server, backend } = await setup({ lineMs: 2 });
    const events = subscribe(server);
    await events.until((e) => e.topic === "beat");
    await client.ask("region", { move: "next" });
    const reply = await client.ask("acquire", { steps: [one.steps[0], long.steps[0]] }, { id: "q" });
    const sted = await events.until((e) => e.topic === "frame.sted");
    expect(sted.header).toMatchObject({
      ...reply.header.result.frames[1],
      part: 0,
      origin: "request",
      request: "q",
    });
    expect(sted.pixels[0]?.equals(reply.pixels[1] as Buffer)).toBe(true);
    backend.emit({
      type: "frame",
      kind: "confocal",
      settings: good,
      origin: "operator",
      frame: { pixels: new Uint16Array(4), shape: [2, 2], pixelSizeNm: 20, actual: {}, saturated: 0 },
    });
    backend.emit({ type: "fault", fault: { code: "HOT", message: "warm", source: "laser" } });
    await client.ask("safe", { reason: "t" });
    await events.until((e) => e.header.origin === "operator");
    await events.until((e) => e.topic === "fault");
    await events.until((e) => e.topic === "state" && e.header.state === "safe");
    await events.until((e) => e.topic === "progress" && e.header.lines === 24);
    expect(
      events.events.some(
        (e) => e.topic === "state" && e.header.state === "acquiring" && e.header.light[0].on,
      ),
    ).toBe(true);
    const seqs = events.events.map((e) => e.header.seq as number);
    expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] as number) + i));
    expect(new Set(events.events.map((e) => e.header.start))).toEqual(new Set([server.start]));
  });

  it("latches when the interlock opens", async () => {
    const { client, server, backend } = await setup({ lineMs: 5 });
    const events = subscribe(server);
    await events.until((e) => e.topic === "beat");
    await client.ask("region", { move: "next" });
    const acquiring = client.ask("acquire", long);
    await events.until((e) => e.topic === "progress");
    backend.emit({ type: "fault", fault: { code: "INTERLOCK", message: "door", source: "door" } });
    expect((await acquiring).header.error.code).toBe("INTERLOCK");
    expect(backend.isOn).toBe(false);
    expect((await client.ask("acquire", one)).header.error.code).toBe("SAFE_STATE");
  });

  it("passes a device's refusal on, in the protocol's words", async () => {
    const { client, backend } = await setup();
    await client.ask("region", { move: "next" });
    backend.fail = new StedError("DEVICE_LOST", "the laser is gone");
    expect((await client.ask("acquire", one)).header.error).toMatchObject({
      code: "DEVICE_LOST",
      retryable: true,
    });
    backend.fail = new StedError("WEIRD", "what");
    expect((await client.ask("acquire", one)).header.error).toMatchObject({
      code: "INTERNAL",
      message: "what",
    });
    expect((await client.ask("status")).header.result.state).toBe("idle");
  });

  it("refuses in the protocol's order", async () => {
    const { client, server } = await setup({ lineMs: 5 });
    const other = connect(server);
    const late = { expiresAt: 1 };
    expect((await client.ask("nonsense", {}, late)).header.error.code).toBe("EXPIRED");
    expect((await client.ask("focus", {})).header.error.code).toBe("UNKNOWN_METHOD");
    await client.ask("region", { move: "next" });
    expect((await client.ask("region", { xUm: 1, yUm: 1 })).header.error.code).toBe("BAD_PARAMS");
    await client.ask("safe", { reason: "t" });
    expect((await other.ask("acquire", {})).header.error.code).toBe("BUSY");
    expect((await client.ask("acquire", {})).header.error.code).toBe("SAFE_STATE");
    await client.ask("resume");
    const acquiring = client.ask("acquire", long);
    expect((await client.ask("acquire", {})).header.error.code).toBe("BUSY");
    await client.ask("abort");
    await acquiring;
    const both = {
      steps: [
        { kind: "sted", settings: { ...good, dwellTimeUs: 1e6 } },
        { kind: "sted", settings: {} },
      ],
    };
    expect((await client.ask("acquire", both)).header.error.code).toBe("BAD_PARAMS");
  });

  it("goes dark and lets its ports go when it is closed", async () => {
    const { client, server, backend } = await setup({ lineMs: 5 });
    await client.ask("region", { move: "next" });
    const acquiring = client.ask("acquire", long);
    await client.ask("status");
    expect(backend.isOn).toBe(true);
    await server.close();
    expect(backend.isOn).toBe(false);
    expect((await acquiring).header.error.code).toBe("ABORTED");
    const again = await serveRig(new FakeBackend(), { bind: server.commands, events: server.events });
    open.push(again);
    expect(again.commands).toBe(server.commands);
  });

  it("says in one line why it cannot bind", async () => {
    const { server } = await setup();
    const busy = serveRig(new FakeBackend(), { bind: server.commands, events: null });
    await expect(busy).rejects.toThrow(ConnectError);
    await expect(busy).rejects.toMatchObject({ code: "PORT_BUSY", where: server.commands });
    for (const bind of [
      "nonsense",
      "tcp://",
      "tcp://127.0.0.1:99999",
      "udp://127.0.0.1:1",
      "tcp://not-a-host.invalid:5555",
    ]) {
      await expect(serveRig(new FakeBackend(), { bind, events: null })).rejects.toThrow(UsageError);
    }
    for (const bind of ["tcp://*:5999", "tcp://0.0.0.0:*"]) {
      await expect(serveRig(new FakeBackend(), { bind, events: null })).rejects.toMatchObject({
        code: "CURVE_NEEDED",
      });
    }
  });
});
