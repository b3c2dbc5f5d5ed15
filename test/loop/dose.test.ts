import { describe, expect, it } from "vitest";
import { DeadlineError, ProtocolError } from "../../src/core/index.js";
import { Session, type SessionState, whereItStands } from "../../src/loop/index.js";
import { EnvelopeKeeper, makeEnvelope } from "../../src/safety/index.js";
import { makeParts, specs } from "./fakes.js";

const fresh = whereItStands([]);
// 10 mW × 10 µs on 0.1 µm² is 100 J/cm²: the fake optimiser's steps take 100, 200, 300 … J/cm² of depletion light.
const beam = { depletionAreaUm2: 0.1, excitationAreaUm2: 0.1 };
const limits = { depletionPowerMw: { max: 250 }, dwellTimeUs: { max: 100 } };

function withDose(
  dose: { readonly regionJPerCm2?: number; readonly runJPerCm2?: number },
  over: Parameters<typeof makeParts>[0] = {},
): ReturnType<typeof makeParts> {
  const parts = makeParts(over);
  const base = makeEnvelope(limits, specs, {}, { dose, beam });
  return { ...parts, envelope: new EnvelopeKeeper(base, { parameters: specs, limits: {} }, parts.clock) };
}
function until(session: Session, test: (state: SessionState) => boolean): Promise<SessionState> {
  return new Promise((resolve) => {
    if (test(session.state())) return resolve(session.state());
    const leave = session.subscribe(() => {
      if (!test(session.state())) return;
      leave();
      resolve(session.state());
    });
  });
}

describe("dose in a session", () => {
  it("is shown live and journalled, J/cm² beside µJ", async () => {
    const parts = withDose(
      { regionJPerCm2: 5000, runJPerCm2: 9000 },
      { budget: { steps: 3, doseJPerCm2: 8000 } },
    );
    const session = new Session(parts, fresh);
    const last = await session.run();
    expect(last.budget.doseJPerCm2).toBeCloseTo(600);
    expect(last.budget).toMatchObject({ doseLimitJPerCm2: 8000, regionLimitJPerCm2: 5000 });
    expect(last.budget.regionJPerCm2).toBeCloseTo(300);
    const results = parts.journal.records.map((r) => r.result?.doseJPerCm2);
    expect(results.map((d) => Math.round(d ?? 0))).toEqual([100, 200, 300]);
    expect(whereItStands(parts.journal.records).spent.runJPerCm2).toBeCloseTo(600);
    session.close();
  });

  it("ends the run before a step that the light budget has no room for", async () => {
    const parts = withDose({}, { budget: { steps: 40, doseJPerCm2: 650 } });
    const session = new Session(parts, fresh);
    const last = await session.run();
    expect(last).toMatchObject({ state: "finished", step: 3, alert: expect.stringMatching(/650 J\/cm²/) });
    expect(parts.rig.exposed.filter((s) => (s.depletionPowerMw ?? 0) > 0)).toHaveLength(3);
    session.close();
  });

  it("refuses what region or run may not get any more, before anything is begun", async () => {
    const parts = withDose({ regionJPerCm2: 250 }, { budget: { steps: 40 }, unattended: true });
    const session = new Session(parts, fresh);
    const last = await session.run();
    expect(last).toMatchObject({
      state: "failed",
      step: 2,
      alert: expect.stringMatching(/one frame gives 300/),
    });
    expect(parts.journal.order.filter((o) => o.startsWith("begin"))).toHaveLength(2);
    session.close();
    const whole = withDose({ runJPerCm2: 301 }, { budget: { steps: 40 }, unattended: true });
    const second = new Session(whole, fresh);
    expect(await second.run()).toMatchObject({
      state: "failed",
      step: 2,
      alert: expect.stringMatching(/this run has had/),
    });
    second.close();
  });

  it("counts what was lost or aborted in full, and not what the rig refused in the dark; a resume goes on from there", async () => {
    const parts = withDose({}, { budget: { steps: 1 } });
    parts.rig.failures = [
      new ProtocolError("DEVICE_LOST", "gone", { data: { retryable: true } }),
      new DeadlineError("TIMEOUT", "no answer"),
    ];
    const session = new Session(parts, fresh);
    const last = await session.run();
    expect(last).toMatchObject({ state: "finished", step: 1 });
    expect(last.budget.doseJPerCm2).toBeCloseTo(300);
    const spent = whereItStands(parts.journal.records).spent;
    expect(spent.runJPerCm2).toBeCloseTo(300);
    expect(Object.values(spent.byRegion).map(Math.round)).toEqual([100, 100, 100]);
    session.close();
    const refused = withDose({}, { budget: { steps: 1 }, unattended: true });
    refused.rig.failures = [new ProtocolError("SAFE_STATE", "no")];
    const second = new Session(refused, whereItStands(parts.journal.records));
    expect((await second.run()).budget.doseJPerCm2).toBeCloseTo(300);
    second.close();
  });

  it("a field that is skipped at the first look has had that look only", async () => {
    const parts = withDose({}, { gate: "auto", budget: { steps: 1 } });
    parts.rig.empty = true;
    const session = new Session(parts, fresh);
    const done = session.run();
    await until(session, (s) => s.skipped >= 2);
    expect(session.state().budget.doseJPerCm2).toBe(0);
    parts.rig.empty = false;
    await done;
    expect(whereItStands(parts.journal.records).spent.runJPerCm2).toBeCloseTo(100);
    session.close();
  });
});

describe("light sources in a session", () => {
  it("rest in the dark until their ramp allows the next power", async () => {
    const parts = {
      ...makeParts({ budget: { steps: 2 } }),
      sources: {
        limits: { laser: { maxMw: 250, maxRampMwPerS: 100 } },
        driven: [{ source: "laser", setting: "depletionPowerMw", mwPerUnit: 1 }],
      },
    };
    const session = new Session(parts, fresh);
    const stages = new Set<string>();
    session.subscribe((e) => e.type === "state" && e.patch.stage !== undefined && stages.add(e.patch.stage));
    const began = performance.now();
    await session.run();
    // 0 → 10 → 20 mW at 100 mW/s.
    expect(performance.now() - began).toBeGreaterThanOrEqual(190);
    expect(stages.has("resting in the dark")).toBe(true);
    session.close();
  });

  it("beyond their greatest power stop everything", async () => {
    const parts = {
      ...makeParts({ budget: { steps: 1 } }),
      sources: { limits: { laser: { maxMw: 100 } }, driven: [] },
    };
    parts.rig.hold = new Promise(() => undefined);
    const session = new Session(parts, fresh);
    const done = session.run();
    await until(session, (s) => s.rig.state === "acquiring");
    const light = [{ name: "laser", kind: "depletion" as const, on: true, powerMw: 106, confirmed: true }];
    parts.rig.send({ type: "state", state: "acquiring", light });
    await until(session, (s) => s.state === "safe");
    expect(parts.rig.told.some((t) => t.startsWith("safe laser gives 106 mW"))).toBe(true);
    await session.abort("me");
    await done;
    session.close();
  });

  it("maintenance is refused while light is on, journalled, shown and ended", async () => {
    const parts = makeParts({ budget: { steps: 1 } });
    parts.rig.hold = new Promise(() => undefined);
    const session = new Session(parts, fresh);
    const done = session.run();
    await until(session, (s) => s.rig.state === "acquiring");
    const wanted = { limits: { depletionPowerMw: { max: 300 } }, minutes: 1, reason: "align" };
    await expect(session.beginMaintenance(wanted, "root")).rejects.toMatchObject({ code: "NOT_NOW" });
    await session.panic("test", "me");
    await session.beginMaintenance(wanted, "root");
    expect(session.state().maintenance).toMatchObject({
      by: "root",
      limits: { depletionPowerMw: { max: 300 } },
    });
    expect(parts.envelope.limits.depletionPowerMw?.max).toBe(300);
    await session.endMaintenance("root");
    expect(parts.envelope.limits.depletionPowerMw?.max).toBe(250);
    expect(parts.journal.notes.filter((n) => n.kind === "maintenance")).toHaveLength(2);
    await session.abort("me");
    await done;
    session.close();
  });
});
