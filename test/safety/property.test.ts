import { describe, expect, it } from "vitest";
import { trial } from "./trial.js";

describe("a million requests", () => {
  it("random, adversarial and replayed: none outside the envelope reaches a driver", () => {
    // A refusal carries a stack, whose making takes longer than the refusal.
    const before = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    const counts = trial(1_000_000, 8);
    Error.stackTraceLimit = before;
    expect(counts.byKind).toEqual({ random: 333_334, adversarial: 333_333, replayed: 333_333 });
    // The test would prove nothing if all were refused, or none.
    expect(counts.exposed).toBeGreaterThan(20_000);
    expect(counts.refused).toBeGreaterThan(200_000);
    console.log(JSON.stringify(counts));
  });
});
