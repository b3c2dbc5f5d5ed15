import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunState } from "../../src/loop/contract.js";
import { hasEnded, nextRunState, type RunEvent } from "../../src/loop/run-state.js";

const cases: readonly { from: RunState; event: RunEvent; to: RunState }[] = [
  { from: "starting", event: "ready", to: "running" },
  { from: "running", event: "proposed", to: "waiting" },
  { from: "waiting", event: "decided", to: "running" },
  { from: "running", event: "pause", to: "paused" },
  { from: "waiting", event: "pause", to: "paused" },
  { from: "paused", event: "resume", to: "running" },
  { from: "running", event: "panic", to: "safe" },
  { from: "paused", event: "panic", to: "safe" },
  { from: "safe", event: "resume", to: "running" },
  { from: "safe", event: "pause", to: "safe" },
  { from: "safe", event: "ready", to: "safe" },
  { from: "running", event: "stop", to: "stopping" },
  { from: "stopping", event: "resume", to: "stopping" },
  { from: "stopping", event: "done", to: "finished" },
  { from: "running", event: "abort", to: "aborted" },
  { from: "finished", event: "panic", to: "finished" },
  { from: "paused", event: "done", to: "paused" },
];

describe("run state", () => {
  for (const { from, event, to } of cases) {
    it(`${from} + ${event} = ${to}`, () => expect(nextRunState(from, event)).toBe(to));
  }

  it("from every state E-stop is dark or the run has ended, and only resume leaves safe for running", () => {
    const events: RunEvent[] = [
      "ready",
      "proposed",
      "decided",
      "pause",
      "resume",
      "stop",
      "abort",
      "panic",
      "trouble",
      "done",
      "fail",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), (history) => {
        let state: RunState = "starting";
        for (const event of history) {
          const next = nextRunState(state, event);
          if (state === "safe" && next === "running") expect(event).toBe("resume");
          state = next;
        }
        const dark = nextRunState(state, "panic");
        expect(dark === "safe" || hasEnded(dark)).toBe(true);
      }),
    );
  });
});
