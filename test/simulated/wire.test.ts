import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { Dealer, Subscriber } from "zeromq";
import {
  createSimulatedBackend,
  faultNames,
  parseFaultScript,
  startFaultyWire,
} from "../../drivers/simulated/index.js";
import { serveRig } from "../../drivers/zeromq/index.js";
import { systemClock } from "../../src/core/index.js";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Answer {
  readonly id?: string;
  readonly result?: { readonly events?: string };
  readonly text: string;
}
function parse(text: string): Answer {
  try {
    return { ...(JSON.parse(text) as object), text };
  } catch {
    return { text };
  }
}

async function rig(text: string) {
  const backend = createSimulatedBackend({
    structure: "actin",
    seed: 1,
    timeScale: 0,
    clock: systemClock,
    faults: parseFaultScript(text, "f.yaml", faultNames),
  });
  const server = await serveRig(backend, { bind: "tcp://127.0.0.1:*", events: "tcp://127.0.0.1:*" });
  closing.push(() => server.close());
  const wire = await startFaultyWire({
    server: { commands: server.commands, events: server.events },
    bind: "tcp://127.0.0.1:*",
    events: "tcp://127.0.0.1:*",
    plan: backend.faultPlan,
    clock: systemClock,
  });
  closing.push(() => wire.close());
  const dealer = new Dealer({ linger: 0 });
  dealer.connect(wire.commands);
  closing.push(() => dealer.close());
  const send = async (method: string): Promise<string> => {
    const id = randomUUID();
    const header = {
      id,
      method,
      params: method === "hello" ? { client: "test", version: "1" } : {},
      session: "s",
    };
    await dealer.send(["stedrig/1", JSON.stringify({ ...header, expiresAt: systemClock.now() + 60_000 })]);
    return id;
  };
  const inbox: Answer[] = [];
  let wake = (): void => undefined;
  void (async () => {
    for await (const [, header] of dealer) {
      inbox.push(parse(String(header)));
      wake();
    }
  })();
  /** The next answer; null when none comes in time. */
  const receive = async (withinMs = 8000): Promise<Answer | null> => {
    if (inbox.length === 0) {
      const came = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await Promise.race([came, systemClock.sleep(withinMs)]);
    }
    return inbox.shift() ?? null;
  };
  return { backend, server, wire, dealer, send, receive };
}

describe("the faulty wire", () => {
  it("without faults passes everything, with its own event endpoint in hello", async () => {
    const r = await rig("");
    const id = await r.send("hello");
    const answer = await r.receive();
    expect(answer?.id).toBe(id);
    expect(answer?.result?.events).toBe(r.wire.events);
    const sub = new Subscriber({ linger: 0, receiveTimeout: 8000 });
    closing.push(() => sub.close());
    sub.connect(r.wire.events as string);
    sub.subscribe();
    const [topic] = await sub.receive();
    expect(String(topic)).toBe("beat");
  });

  it("drops one answer and doubles the next", async () => {
    const r = await rig(
      "- {at: {command: 1}, fault: reply-drop}\n- {at: {command: 2}, fault: reply-duplicate}",
    );
    await r.send("status");
    // The answer to the first never comes, so the second's is the first to arrive: twice.
    const second = await r.send("status");
    expect([(await r.receive())?.id, (await r.receive())?.id]).toEqual([second, second]);
    expect(r.backend.faultPlan.log.map((f) => f.fault)).toEqual(["reply-drop", "reply-duplicate"]);
  });

  it("garbles, delays and loses requests", async () => {
    const r = await rig(
      "- {at: {command: 1}, fault: reply-corrupt}\n- {at: {command: 2}, fault: request-drop}\n- {at: {command: 3}, fault: reply-delay}",
    );
    await r.send("status");
    const bad = await r.receive();
    await r.send("status");
    const began = systemClock.monotonic();
    const third = await r.send("status");
    const good = await r.receive();
    expect(good?.id).toBe(third);
    const withoutId = (a: Answer | null) => a?.text.replace(/"id":"[^"]*"/, "");
    expect(withoutId(bad)).not.toBe(withoutId(good));
    expect(systemClock.monotonic() - began).toBeGreaterThan(1900);
  });

  it("hangs up and comes back on the same ports", async () => {
    const r = await rig("- {at: {command: 2}, fault: disconnect, for: 0.5}");
    await r.send("status");
    await r.receive();
    const began = systemClock.monotonic();
    await r.send("status");
    for (let tries = 0; tries < 40 && (await r.receive(200)) === null; tries++) await r.send("status");
    expect(r.backend.faultPlan.log.map((f) => f.fault)).toEqual(["disconnect"]);
    expect(systemClock.monotonic() - began).toBeGreaterThan(400);
  });

  it("freezes: nothing comes and goes for a while, then it answers again", async () => {
    const r = await rig("- {at: {command: 2}, fault: rig-frozen, for: 1}");
    await r.send("status");
    expect(await r.receive()).not.toBeNull();
    const began = systemClock.monotonic();
    await r.send("status");
    let last = "";
    let answer = null;
    for (let tries = 0; tries < 40 && answer === null; tries++) {
      last = await r.send("status");
      answer = await r.receive(200);
    }
    expect(answer?.id).toBe(last);
    expect(systemClock.monotonic() - began).toBeGreaterThan(900);
  });

  it("loses heartbeats for a while; the counter of events shows the gap", async () => {
    const r = await rig("- {at: {command: 1}, fault: beat-lost, for: 2.5}");
    const sub = new Subscriber({ linger: 0, receiveTimeout: 20_000 });
    closing.push(() => sub.close());
    sub.connect(r.wire.events as string);
    sub.subscribe();
    const seq = async (): Promise<number> => {
      const [, header] = await sub.receive();
      return (JSON.parse(String(header)) as { seq: number }).seq;
    };
    const first = await seq();
    await r.send("status");
    await r.receive();
    let before = first;
    let gap = 0;
    for (let i = 0; i < 5 && gap === 0; i++) {
      const now = await seq();
      if (now > before + 1) gap = now - before - 1;
      before = now;
    }
    expect(gap).toBeGreaterThanOrEqual(2);
  });
});
