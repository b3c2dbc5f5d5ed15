import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { Dealer, Publisher, Router } from "zeromq";
import { serveRig, ZeromqRig } from "../../drivers/zeromq/index.js";
import { decode, readReply } from "../../drivers/zeromq/wire.js";
import { StedError } from "../../src/core/index.js";
import { FakeBackend, fakeCapabilities } from "./fake-backend.js";
import { RawClient } from "./raw-client.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});
const wild = "tcp://127.0.0.1:*";

const bytes = fc.uint8Array({ maxLength: 200 }).map((b) => Buffer.from(b));
const anyJson = fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text));
const number = fc.oneof(
  fc.double({ noDefaultInfinity: false }),
  fc.integer({ min: -10, max: 300 }),
  fc.constantFrom<unknown>("5", null, true, [], {}, -0, 1e308),
);
const settings = fc.dictionary(
  fc.constantFrom("depletionPowerMw", "excitationPowerUw", "dwellTimeUs", "lineRepeats", "__proto__", "gain"),
  number,
);
const step = fc.record(
  { kind: fc.constantFrom<unknown>("confocal", "sted", "flim", 3), settings },
  { requiredKeys: [] },
);
const params = fc.record(
  {
    steps: fc.oneof(fc.array(step, { maxLength: 3 }), fc.constant("all")),
    region: fc.constantFrom<unknown>("r1", "r9", 4),
    widthPx: number,
    heightPx: number,
    timeoutMs: number,
    move: fc.constantFrom<unknown>("next", "back"),
    frameSeq: number,
    id: fc.string(),
    reason: fc.string(),
  },
  { requiredKeys: [] },
);
const header = fc
  .record(
    {
      id: fc.oneof(fc.uuid(), fc.constant("same"), fc.integer()),
      method: fc.oneof(
        fc.constantFrom(
          "hello",
          "status",
          "region",
          "acquire",
          "frame",
          "abort",
          "release",
          "resume",
          "focus",
          "safe",
        ),
        fc.constant("acquire"),
        fc.string(),
      ),
      params: fc.oneof(params, fc.jsonValue({ maxDepth: 2 })),
      expiresAt: fc.oneof(fc.constant(4e12), fc.constant(1), number),
      session: fc.oneof(fc.constantFrom("a", "b"), fc.integer()),
    },
    { requiredKeys: [] },
  )
  // A bare NaN is what another language's JSON may hold.
  .map((h) =>
    Buffer.from(
      JSON.stringify(h, (_, v) => (Number.isNaN(v) ? "\u0000NaN" : v)).replaceAll('"\\u0000NaN"', "NaN"),
    ),
  );
/** Nearly right: what a real client would say, with at most one number that is anything. */
const nearlyRight = fc
  .record({
    id: fc.uuid(),
    name: fc.constantFrom("depletionPowerMw", "excitationPowerUw", "dwellTimeUs", "lineRepeats"),
    value: number,
    kind: fc.constantFrom("confocal", "sted"),
  })
  .map(({ id, name, value, kind }) => {
    const steps = [{ kind, settings: { excitationPowerUw: 3, dwellTimeUs: 7, [name]: value } }];
    return Buffer.from(
      JSON.stringify({ id, method: "acquire", params: { steps }, expiresAt: 4e12, session: "a" }),
    );
  });
const resume = fc
  .uuid()
  .map((id) => Buffer.from(JSON.stringify({ id, method: "resume", expiresAt: 4e12, session: "a" })));
const word = fc.oneof(
  { arbitrary: fc.constant(Buffer.from("stedrig/1")), weight: 8 },
  { arbitrary: bytes, weight: 1 },
);
const message = fc.oneof(
  { arbitrary: fc.tuple(word, header).map((p) => p as Buffer[]), weight: 8 },
  { arbitrary: fc.tuple(word, fc.oneof(nearlyRight, resume)).map((p) => p as Buffer[]), weight: 8 },
  { arbitrary: fc.tuple(word, fc.oneof(bytes, anyJson)).map((p) => p as Buffer[]), weight: 2 },
  { arbitrary: fc.array(bytes, { minLength: 1, maxLength: 5 }), weight: 1 },
);

describe("whatever comes over the wire", () => {
  it("the server answers, exposes nothing outside its ranges and stays dark", async () => {
    const backend = new FakeBackend({ size: [6, 8] });
    const server = await serveRig(backend, { bind: wild, events: wild });
    open.push(server);
    const dealer = new Dealer({ linger: 0 });
    dealer.connect(server.commands);
    open.push(dealer);
    const probe = new RawClient(server.commands);
    open.push(probe);
    await probe.ask("region", { move: "next" }, { session: "a" });
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 20 }), async (messages) => {
        for (const parts of messages) await dealer.send(parts);
        for (const _ of messages) {
          const [first, second] = await dealer.receive();
          expect(String(first)).toBe("stedrig/1");
          expect(readReply([first as Buffer, second as Buffer]).kind).toBe("reply");
          answered++;
        }
        expect((await probe.ask("status")).header.ok).toBe(true);
        expect(backend.isOn).toBe(false);
      }),
      { numRuns: 300 },
    );
    expect(answered).toBeGreaterThan(1000);
    for (const { kind, settings: used } of backend.exposed) {
      for (const spec of fakeCapabilities.parameters) {
        const value = used[spec.name];
        const max = Math.min(spec.max, fakeCapabilities.limits[spec.name]?.max ?? spec.max);
        expect(value).toBeGreaterThanOrEqual(spec.min);
        expect(value).toBeLessThanOrEqual(max);
        if (spec.integer) expect(Number.isInteger(value)).toBe(true);
      }
      expect(Object.keys(used).sort()).toEqual(fakeCapabilities.parameters.map((s) => s.name).sort());
      if (kind === "confocal") expect(used.depletionPowerMw).toBe(0);
    }
    // The property means something only if some of it was let through.
    expect(backend.exposed.length).toBeGreaterThan(20);
  });

  it("the client rejects with a typed error and lives on", async () => {
    const router = new Router({ linger: 0 });
    const pub = new Publisher({ linger: 0 });
    await router.bind(wild);
    await pub.bind(wild);
    open.push(router, pub);
    const good = {
      rig: { name: "s", vendor: "", model: "", serial: "" },
      server: { name: "s", version: "1" },
      protocol: "stedrig/1",
      start: "one",
      session: "s",
      now: Date.now(),
      leaseMs: 3000,
      events: pub.lastEndpoint,
      capabilities: fakeCapabilities,
    };
    const script: { next: Buffer[] | null } = { next: null };
    void (async () => {
      for await (const [to, , text] of router) {
        const { id } = JSON.parse(String(text)) as { id: string };
        const reply = script.next?.map((part) =>
          Buffer.from(part.toString("latin1").replace("THE-ID", id), "latin1"),
        );
        await router.send([
          to as Buffer,
          ...(reply ?? ["stedrig/1", JSON.stringify({ id, ok: true, result: good })]),
        ]);
      }
    })().catch(() => undefined);
    const rig = new ZeromqRig({ commands: router.lastEndpoint ?? "", requestTimeoutMs: 30 });
    open.push(rig);
    await rig.open();
    const result = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.record({
        state: fc.constant("idle"),
        light: fc.array(fc.jsonValue()),
        faults: fc.constant([]),
        region: fc.jsonValue(),
      }),
    );
    const replyHeader = fc
      .record(
        {
          id: fc.constantFrom<unknown>("THE-ID", "other", null, 3),
          ok: fc.constantFrom<unknown>(true, false, 1),
          result,
          error: fc.jsonValue(),
        },
        { requiredKeys: [] },
      )
      .map((h) => Buffer.from(JSON.stringify(h)));
    const reply = fc.oneof(
      fc.tuple(word, replyHeader).map((p) => p as Buffer[]),
      fc.array(bytes, { minLength: 1, maxLength: 4 }),
    );
    await fc.assert(
      fc.asyncProperty(reply, message, async (parts, event) => {
        script.next = parts;
        await pub.send(event);
        const outcome = await rig.status().then(
          (status) => status.state,
          (error: unknown) => error,
        );
        expect(outcome === "idle" || outcome instanceof StedError).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it("decode takes any bytes", () => {
    fc.assert(
      fc.property(fc.oneof(bytes, anyJson), (part) => {
        decode(part);
        readReply([part]);
        readReply([Buffer.from("stedrig/1"), part]);
      }),
    );
    expect(decode(Buffer.from('{"a": NaN, "b": "NaN", "c": [-Infinity, "\\"NaN"]}'))).toEqual({
      a: null,
      b: "NaN",
      c: [null, '"NaN'],
    });
  });
});
