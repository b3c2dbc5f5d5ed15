import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock, VirtualClock } from "../../src/core/index.js";
import { FakeSession } from "./fake-session.js";
import { StreamReader } from "./http.js";
import { type Served, serve } from "./serve.js";

const closers: (() => Promise<void> | void)[] = [];
const start = async (given: Parameters<typeof serve>[0] = {}): Promise<Served> => {
  const served = await serve(given);
  closers.push(served.close);
  return served;
};
const read = async (
  served: Served,
  query = "",
  headers: Record<string, string> = {},
): Promise<StreamReader> => {
  const reader = await StreamReader.open(`${served.address}/api/v1/events${query}`, headers);
  closers.unshift(() => reader.close());
  return reader;
};
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe("the event stream", () => {
  it("begins with the whole state, then numbers every change without a gap", async () => {
    const served = await start();
    served.session.takeStep();
    const reader = await read(served);
    const [first] = await reader.take(1);
    expect(first).toMatchObject({ event: "state", id: served.session.state().seq });
    expect(first?.data).toMatchObject({ step: 1, mode: "assist" });
    served.session.takeStep();
    const seq = first?.id ?? 0;
    const more = await reader.take(served.session.state().seq - seq);
    expect(more.map((m) => m.id)).toEqual(more.map((_, i) => seq + 1 + i));
    expect(more.every((m) => m.event === "delta" && m.data.seq === m.id)).toBe(true);
    expect(new Set(more.map((m) => m.data.type))).toEqual(new Set(["state", "frame", "step"]));
  });

  it("resumes after Last-Event-ID with exactly what was missed", async () => {
    const served = await start();
    for (let i = 0; i < 5; i++) served.session.takeStep();
    const last = served.session.state().seq;
    const reader = await read(served, "", { "last-event-id": String(last - 7) });
    const missed = await reader.take(7);
    expect(missed.map((m) => m.id)).toEqual([6, 5, 4, 3, 2, 1, 0].map((back) => last - back));
    expect(missed.every((m) => m.event === "delta")).toBe(true);
  });

  const fresh: readonly [string, string, string | undefined][] = [
    ["the buffer has moved on", "", "1"],
    ["the number lies in the future", "", "99999"],
    ["the daemon was started anew", "?server=other&lastEventId=SEQ", undefined],
  ];
  it.each(fresh)("sends the whole state when %s", async (_, query, header) => {
    const served = await start({ session: new FakeSession({ bufferLength: 5 }) });
    for (let i = 0; i < 3; i++) served.session.takeStep();
    const seq = served.session.state().seq;
    const headers: Record<string, string> = header === undefined ? {} : { "last-event-id": header };
    const reader = await read(served, query.replace("SEQ", String(seq - 1)), headers);
    expect((await reader.next())?.event).toBe("state");
  });

  it("resumes by query too, for this start of the daemon", async () => {
    const served = await start();
    served.session.takeStep();
    const { server, seq } = (await (await served.get("/api/v1/state")).json()) as {
      server: string;
      seq: number;
    };
    served.session.note("info", "hello");
    const reader = await read(served, `?server=${server}&lastEventId=${seq}`);
    expect(await reader.next()).toMatchObject({ event: "delta", id: seq + 1, data: { message: "hello" } });
  });

  it("refuses a number that is none", async () => {
    const served = await start();
    const answer = await served.get("/api/v1/events", { "last-event-id": "abc" });
    expect(answer.status).toBe(400);
  });

  it("holds no queue for a watcher who does not read, and gives it the state when it does again", async () => {
    const served = await start({ session: new FakeSession({ bufferLength: 500 }) });
    const socket = connect(served.port, "127.0.0.1");
    closers.unshift(() => void socket.destroy());
    socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\n\r\n`);
    await new Promise((resolve) => socket.once("data", resolve));
    socket.pause();
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().external;
    const filler = "x".repeat(4000);
    for (let i = 0; i < 10_000; i++) {
      served.session.note("info", filler);
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const grown = process.memoryUsage().arrayBuffers + process.memoryUsage().external - before;
    expect(grown).toBeLessThan(20e6);
    let text = "";
    const caughtUp = new Promise<void>((resolve) => {
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        if (text.includes(`id: ${served.session.state().seq}\n`)) resolve();
      });
    });
    socket.resume();
    await caughtUp;
    expect(text.match(/event: state/g)).toHaveLength(1);
    expect(text.length).toBeLessThan(20e6);
  });

  it("lets go of a watcher that stays stuck", async () => {
    const clock = new VirtualClock();
    const served = await start({
      clock: { ...systemClock, every: clock.every.bind(clock), monotonic: () => clock.now() },
    });
    const socket = connect(served.port, "127.0.0.1");
    socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\n\r\n`);
    await new Promise((resolve) => socket.once("data", resolve));
    socket.pause();
    const gone = new Promise((resolve) => socket.once("close", resolve));
    const filler = "x".repeat(10_000);
    for (let i = 0; i < 2000; i++) {
      served.session.note("info", filler);
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await clock.advance(33_000);
    socket.resume();
    await gone;
    expect(await (await served.get("/metrics")).text()).toMatch(/stedloop_watchers 0/);
  });

  it("ends with the server, and leaves no subscription and no timer", async () => {
    const clock = new VirtualClock();
    const served = await serve({ clock: { ...systemClock, every: clock.every.bind(clock) } });
    const reader = await StreamReader.open(`${served.address}/api/v1/events`);
    await reader.next();
    expect(served.session.watchers).toBe(1);
    await served.close();
    expect(await reader.next().catch(() => null)).toBeNull();
    expect(served.session.watchers).toBe(0);
    expect(clock.openTimers).toBe(0);
  });
});
