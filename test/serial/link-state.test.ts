import { describe, expect, it } from "vitest";
import { backOffMs, type LinkEvent, type LinkState, next } from "../../drivers/serial/line/link-state.js";

const closed: LinkState = { name: "closed" };
const opening: LinkState = { name: "opening", device: null, attempt: 0 };
const identifying: LinkState = { name: "identifying", device: null, attempt: 0 };
const ready: LinkState = { name: "ready", device: "A 1" };
const waiting: LinkState = { name: "waiting", device: "A 1", attempt: 1 };
const reopening: LinkState = { name: "opening", device: "A 1", attempt: 1 };
const recognising: LinkState = { name: "identifying", device: "A 1", attempt: 1 };
const darkening: LinkState = { name: "darkening", device: "A 1", attempt: 1 };
const failed: LinkEvent = { type: "failed", reason: "gone" };

/** from, event, to, what is done */
const table: readonly (readonly [LinkState, LinkEvent, LinkState, readonly string[]])[] = [
  [closed, { type: "open" }, opening, ["openPort"]],
  [closed, failed, closed, []],
  [closed, { type: "close" }, closed, []],
  [opening, { type: "opened" }, identifying, ["identify"]],
  [opening, failed, closed, ["closePort", "openFailed"]],
  [identifying, { type: "identified", device: "A 1" }, ready, ["opened"]],
  [identifying, failed, closed, ["closePort", "openFailed"]],
  [ready, failed, waiting, ["closePort", "lost", "retryAfter"]],
  [ready, { type: "retry" }, ready, []],
  [waiting, { type: "retry" }, reopening, ["openPort"]],
  [waiting, failed, waiting, []],
  [reopening, { type: "opened" }, recognising, ["identify"]],
  [reopening, failed, { ...waiting, attempt: 2 }, ["closePort", "stillLost", "retryAfter"]],
  [recognising, { type: "identified", device: "A 1" }, darkening, ["darken"]],
  [
    recognising,
    { type: "identified", device: "A 2" },
    { ...waiting, attempt: 2 },
    ["closePort", "stillLost", "retryAfter"],
  ],
  [darkening, { type: "dark" }, ready, ["found"]],
  [darkening, failed, { ...waiting, attempt: 2 }, ["closePort", "stillLost", "retryAfter"]],
];

describe("link state", () => {
  it.each(table)("%o, %o", (from, event, to, effects) => {
    const step = next(from, event);
    expect(step.state).toEqual(to);
    expect(step.effects.map((effect) => effect.do)).toEqual(effects);
  });

  it("close closes the port from every open state", () => {
    for (const state of [opening, identifying, ready, waiting, reopening, recognising, darkening]) {
      expect(next(state, { type: "close" })).toEqual({ state: closed, effects: [{ do: "closePort" }] });
    }
  });

  it("is found only after identification and darkness, on any path of events", () => {
    const events: LinkEvent[] = [
      { type: "opened" },
      { type: "identified", device: "A 1" },
      { type: "identified", device: "B" },
      { type: "dark" },
      failed,
      { type: "retry" },
    ];
    const walk = (state: LinkState, trail: readonly string[], depth: number): void => {
      if (depth === 0) return;
      for (const event of events) {
        const step = next(state, event);
        const did = [...trail, ...step.effects.map((effect) => effect.do)];
        if (step.effects.some((effect) => effect.do === "found")) {
          const since = did.slice(did.lastIndexOf("openPort"));
          expect(since).toEqual(["openPort", "identify", "darken", "found"]);
        }
        walk(step.state, did, depth - 1);
      }
    };
    walk(ready, ["openPort", "identify", "opened"], 6);
  });

  it("backs off from 0.5 s to 10 s", () => {
    expect([1, 2, 3, 4, 5, 6, 20].map(backOffMs)).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });
});
