import { describe, expect, it } from "vitest";
import { DeadlineError, ProtocolError, StoreError } from "../../src/core/index.js";
import { Session, type SessionEvent, type SessionState, whereItStands } from "../../src/loop/index.js";
import { makeParts } from "./fakes.js";

const fresh = whereItStands([]);

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

describe("a session", () => {
  it("runs its budget: intent before light, commit after, one observation a step", async () => {
    const parts = makeParts();
    const session = new Session(parts, fresh);
    const last = await session.run();
    expect(last).toMatchObject({ state: "finished", step: 3, last: { score: 0.5, step: 3 } });
    expect(parts.journal.order).toEqual([
      "begin 1.1",
      "commit 1",
      "begin 2.1",
      "commit 2",
      "begin 3.1",
      "commit 3",
    ]);
    expect(parts.optimiser.told.map((o) => o.settings.depletionPowerMw)).toEqual([10, 20, 30]);
    expect(parts.rig.told.filter((t) => t.startsWith("acquire"))).toEqual(
      Array(3).fill("acquire confocal+sted+confocal"),
    );
    expect(parts.rig.told.at(-1)).toBe("release");
    expect(parts.journal.outcome).toBe("finished");
    session.close();
  });

  it("numbers its events without a gap, and a viewer who was away catches up", async () => {
    const parts = makeParts();
    const session = new Session(parts, fresh);
    const events: SessionEvent[] = [];
    session.subscribe((e) => events.push(e));
    await session.run();
    expect(events.map((e) => e.seq)).toEqual(events.map((_, i) => i + 1));
    expect(session.since(5)?.[0]?.seq).toBe(6);
    expect(session.since(events.length)).toEqual([]);
    expect(session.since(events.length + 1)).toBeNull();
    session.close();
  });

  it("looks first and gives an empty field no depletion light", async () => {
    const parts = makeParts({ gate: "auto", budget: { steps: 1 } });
    parts.rig.empty = true;
    const session = new Session(parts, fresh);
    const done = session.run();
    await until(session, (s) => s.skipped >= 2);
    expect(parts.rig.exposed.every((s) => (s.depletionPowerMw ?? 0) === 0)).toBe(true);
    parts.rig.empty = false;
    const last = await done;
    expect(last).toMatchObject({ state: "finished", step: 1 });
    // The same proposal, on another region each time.
    expect(parts.optimiser.asked).toBe(1);
    session.close();
  });

  it("E-stop in mid-exposure goes dark, keeps the proposal, and goes on only when a person says so", async () => {
    const parts = makeParts({ budget: { steps: 1 } });
    parts.rig.hold = new Promise(() => undefined);
    const session = new Session(parts, fresh);
    const done = session.run();
    await until(session, (s) => s.rig.state === "acquiring");
    await session.panic("test", "me");
    const state = await until(session, (s) => s.state === "safe" && s.stage === "dark");
    expect(state.rig.state).toBe("safe");
    expect(state.alert).toMatch(/light is off/);
    parts.rig.hold = null;
    const before = parts.rig.told.length;
    await new Promise((r) => setImmediate(r));
    expect(parts.rig.told.slice(before).filter((t) => t.startsWith("acquire"))).toEqual([]);
    await session.resume("me");
    expect(await done).toMatchObject({ state: "finished", step: 1 });
    expect(parts.journal.order).toEqual(["begin 1.1", "failed 1.1", "begin 1.2", "commit 1"]);
    expect(parts.optimiser.asked).toBe(1);
    expect(parts.journal.notes.map((n) => n.kind)).toEqual(["panic", "resume"]);
    session.close();
  });

  it("pauses between steps, dark and without ownership", async () => {
    const parts = makeParts({ budget: { steps: 2 } });
    const session = new Session(parts, fresh);
    const done = session.run();
    await until(session, (s) => s.step === 1);
    await session.pause("me");
    await until(session, (s) => s.stage === "paused");
    expect(parts.rig.told.at(-1)).toBe("release");
    await expect(session.pause("me")).rejects.toMatchObject({ code: "NOT_NOW" });
    await session.resume("me");
    expect(await done).toMatchObject({ state: "finished", step: 2 });
    session.close();
  });

  it("tries a passing fault of the rig again on a new region, and asks for a person at a lasting one", async () => {
    const passing = new ProtocolError("TIMEOUT", "slow", { data: { retryable: true } });
    const parts = makeParts({ budget: { steps: 1 } });
    parts.rig.failures = [passing, passing];
    const session = new Session(parts, fresh);
    expect(await session.run()).toMatchObject({ state: "finished", step: 1 });
    expect(parts.journal.order).toEqual([
      "begin 1.1",
      "failed 1.1",
      "begin 1.2",
      "failed 1.2",
      "begin 1.3",
      "commit 1",
    ]);
    session.close();

    const other = makeParts({ budget: { steps: 1 } });
    other.rig.failures = [new ProtocolError("INTERLOCK", "interlock open", { data: { retryable: false } })];
    const waiting = new Session(other, fresh);
    const done = waiting.run();
    const state = await until(waiting, (s) => s.stage === "paused");
    expect(state.alert).toMatch(/interlock/);
    await waiting.abort("me");
    expect(await done).toMatchObject({ state: "aborted" });
    waiting.close();
  });

  it("a damaged frame or a missing answer costs one region; the rig is told to stop before another try", async () => {
    const parts = makeParts({ budget: { steps: 1 }, unattended: true });
    parts.rig.failures = [
      new ProtocolError("BAD_FRAME", "222x222"),
      new DeadlineError("NO_ANSWER", "silent"),
    ];
    const session = new Session(parts, fresh);
    expect(await session.run()).toMatchObject({ state: "finished", step: 1 });
    const acts = parts.rig.told.filter((t) => t !== "heartbeat");
    expect(acts.slice(2, 7).map((t) => t.split(" ")[0])).toEqual([
      "region",
      "acquire",
      "region",
      "acquire",
      "abort",
    ]);
    session.close();
  });

  it("unattended, a lasting fault or a journal that cannot write ends the run in the dark", async () => {
    const parts = makeParts({ unattended: true });
    parts.journal.refuse = new StoreError("DISK_FULL", "disk full");
    const session = new Session(parts, fresh);
    const last = await session.run();
    expect(last).toMatchObject({ state: "failed", alert: "disk full", step: 0 });
    expect(parts.optimiser.told).toEqual([]);
    expect(parts.rig.state).toBe("idle");
    session.close();
  });

  it("a lost rig is shown as lost, its light as unconfirmed, and nothing goes on by itself", async () => {
    const parts = makeParts({ budget: { steps: 2 } });
    const session = new Session(parts, fresh);
    const done = session.run();
    await until(session, (s) => s.step === 1);
    parts.rig.send({ type: "lost", reason: "cable" });
    const state = await until(session, (s) => s.state === "paused");
    expect(state.rig.state).toBe("lost");
    expect(state.rig.light.every((l) => !l.confirmed)).toBe(true);
    parts.rig.send({ type: "found" });
    await until(session, (s) => s.rig.state === "idle");
    expect(session.state().state).toBe("paused");
    await session.abort("me");
    await done;
    session.close();
  });

  it("a clock that jumps pauses the run", async () => {
    const parts = makeParts({ budget: { steps: 2 } });
    const session = new Session(parts, fresh);
    const done = session.run();
    await until(session, (s) => s.step === 1);
    const fault = { code: "CLOCK_JUMP", message: "the rig's clock jumped by 5 s", source: "rig" };
    parts.rig.send({ type: "fault", fault });
    expect(session.state()).toMatchObject({ state: "paused", alert: "the rig's clock jumped by 5 s" });
    expect(session.state().rig.faults).toEqual([fault]);
    await session.abort("me");
    await done;
    session.close();
  });

  it("scores and keeps a frame that the operator took by hand, once", async () => {
    const parts = makeParts({ mode: "observe", budget: { steps: 1 } });
    const session = new Session(parts, fresh);
    const done = session.run();
    const frame = parts.rig.frame("sted", {}, null, "operator");
    await until(session, (s) => s.state === "running");
    parts.rig.send({ type: "frame", frame });
    parts.rig.send({ type: "frame", frame });
    await until(session, (s) => s.step === 1);
    expect(parts.journal.extras.map((f) => f.frame.id)).toEqual([frame.id]);
    await session.abort("me");
    await done;
    expect(parts.rig.told.some((t) => t.startsWith("acquire"))).toBe(false);
    session.close();
  });
});
