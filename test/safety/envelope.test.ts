import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ParameterSpec, SafetyTrip } from "../../src/core/index.js";
import { approve, leaseVerdict, makeEnvelope, violation } from "../../src/safety/index.js";

const spec = (name: string, min: number, max: number, integer = false): ParameterSpec => ({
  name,
  label: name,
  unit: "1",
  min,
  max,
  scale: "linear",
  integer,
});
const parameters = [
  spec("depletionPowerMw", 0, 350),
  spec("dwellTimeUs", 1, 100),
  spec("lineRepeats", 1, 10, true),
];
const envelope = makeEnvelope(
  {
    depletionPowerMw: { max: 250 },
    dwellTimeUs: { min: 2, max: 500 },
    lineRepeats: { max: 10 },
    ghost: { max: 1 },
  },
  parameters,
  { depletionPowerMw: { max: 200 } },
);

describe("envelope", () => {
  it("is the tightest of configuration, rig bounds and rig limits", () => {
    expect(envelope.limits).toEqual({
      depletionPowerMw: { min: 0, max: 200, integer: false },
      dwellTimeUs: { min: 2, max: 100, integer: false },
      lineRepeats: { min: 1, max: 10, integer: true },
    });
  });

  it("lets nothing through that is outside, whatever is asked", () => {
    const value = fc.oneof(
      fc.double(),
      fc.constantFrom(
        Number.NaN,
        Number.POSITIVE_INFINITY,
        -0,
        1e308,
        "100" as unknown as number,
        null as unknown as number,
      ),
      fc.double({ min: -10, max: 400, noNaN: true }),
      fc.integer({ min: -5, max: 300 }),
    );
    const name = fc.constantFrom(
      "depletionPowerMw",
      "dwellTimeUs",
      "lineRepeats",
      "ghost",
      "__proto__",
      "constructor",
      "x",
    );
    const step = fc.record({
      kind: fc.constantFrom("confocal" as const, "sted" as const),
      settings: fc.dictionary(name, value),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 4 }), (steps) => {
        let out: ReturnType<typeof approve<{ steps: typeof steps }>>;
        try {
          out = approve({ steps }, envelope);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(SafetyTrip);
          return;
        }
        for (const { kind, settings } of out.steps) {
          for (const [n, v] of Object.entries(settings)) {
            const limit = envelope.limits[n];
            expect(limit).toBeDefined();
            if (limit === undefined) continue;
            expect(typeof v === "number" && v >= limit.min && v <= limit.max).toBe(true);
            if (limit.integer) expect(Number.isInteger(v)).toBe(true);
          }
          if (kind === "confocal") expect(Math.abs(settings.depletionPowerMw ?? 0)).toBe(0);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it("takes what is inside, and freezes a copy of it", () => {
    const settings = { depletionPowerMw: 200, dwellTimeUs: 2 };
    const approved = approve({ steps: [{ kind: "sted" as const, settings }] }, envelope);
    settings.depletionPowerMw = 9999;
    expect(approved.steps[0]?.settings).toEqual({ depletionPowerMw: 200, dwellTimeUs: 2 });
    expect(Object.isFrozen(approved.steps[0]?.settings)).toBe(true);
  });

  it("says which value and what to do", () => {
    expect(violation({ depletionPowerMw: 201 }, envelope)?.line).toMatch(
      /depletionPowerMw = 201 is outside 0 … 200/,
    );
    expect(violation({ zoom: 1 }, envelope)?.line).toMatch(/no limit for 'zoom'/);
    expect(violation({ lineRepeats: 1.5 }, envelope)?.line).toMatch(/whole number/);
  });

  it("refuses an acquisition of nothing", () => {
    expect(() => approve({ steps: [] }, envelope)).toThrow(SafetyTrip);
  });
});

describe("lease", () => {
  const stage = { name: "scoring", startedAt: 1000, deadlineMs: 5000 };
  const cases = [
    { name: "inside its deadline", now: 5999, lagMs: 0, renew: true },
    { name: "past its deadline", now: 6001, lagMs: 0, renew: false },
    { name: "an event loop that is late", now: 1500, lagMs: 501, renew: false },
    { name: "a little lag", now: 1500, lagMs: 499, renew: true },
  ];
  for (const { name, now, lagMs, renew } of cases) {
    it(`${renew ? "renewed" : "withheld"}: ${name}`, () => {
      expect(leaseVerdict(stage, now, lagMs).renew).toBe(renew);
    });
  }
});
