import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../src/core/index.js";
import { Session, type SessionState, whereItStands } from "../../src/loop/index.js";
import { makeParts } from "./fakes.js";

const fresh = whereItStands([]);

async function waiting(session: Session): Promise<NonNullable<SessionState["proposal"]>> {
  for (;;) {
    const { proposal } = session.state();
    if (proposal !== null) return proposal;
    await new Promise((r) => setImmediate(r));
  }
}

describe("assist mode", () => {
  it("exposes nothing before a person approves", async () => {
    const parts = makeParts({ mode: "assist", budget: { steps: 1 } });
    const session = new Session(parts, fresh);
    const done = session.run();
    const proposal = await waiting(session);
    expect(session.state().state).toBe("waiting");
    expect(parts.rig.exposed).toEqual([]);
    await session.approve(proposal.id, "me");
    expect(await done).toMatchObject({ state: "finished", step: 1 });
    expect(session.steps()[0]).toMatchObject({ by: "operator", settings: { depletionPowerMw: 10 } });
    await expect(session.approve(proposal.id, "me")).rejects.toMatchObject({ code: "PROPOSAL_GONE" });
    session.close();
  });

  it("an edit passes the envelope or is refused, and the optimiser learns what was really taken", async () => {
    const parts = makeParts({ mode: "assist", budget: { steps: 1 } });
    const session = new Session(parts, fresh);
    const done = session.run();
    const { id } = await waiting(session);
    await expect(session.edit(id, { depletionPowerMw: 251 }, "me")).rejects.toMatchObject({
      code: "OUTSIDE_ENVELOPE",
    });
    await expect(session.edit(id, { zoom: 2 }, "me")).rejects.toMatchObject({ code: "BAD_PARAMS" });
    await session.edit(id, { depletionPowerMw: 42 }, "me");
    await done;
    expect(parts.optimiser.told[0]?.settings).toEqual({ depletionPowerMw: 42, dwellTimeUs: 10 });
    expect(parts.optimiser.forgotten).toEqual([{ depletionPowerMw: 10, dwellTimeUs: 10 }]);
    expect(parts.journal.records[0]?.intent).toMatchObject({
      proposed: { depletionPowerMw: 10 },
      settings: { depletionPowerMw: 42 },
    });
    session.close();
  });

  it("a rejected proposal is followed by another", async () => {
    const parts = makeParts({ mode: "assist", budget: { steps: 1 } });
    const session = new Session(parts, fresh);
    const done = session.run();
    const first = await waiting(session);
    await session.reject(first.id, "me");
    while (session.state().proposal === null || session.state().proposal?.id === first.id) {
      await new Promise((r) => setImmediate(r));
    }
    const second = await waiting(session);
    expect(second.settings.depletionPowerMw).toBe(20);
    await session.choose(second.id, 0, "me");
    await done;
    expect(session.steps()[0]?.settings).toMatchObject({ depletionPowerMw: 77 });
    expect(parts.journal.records[0]?.intent.optimiserState).toMatchObject({ asks: 2 });
    session.close();
  });

  it("nobody there for the operator's lease: paused, let go, the same proposal afterwards", async () => {
    const clock = new VirtualClock();
    const parts = makeParts({ mode: "assist", budget: { steps: 1 }, operatorLeaseS: 60 }, clock);
    const session = new Session(parts, fresh);
    const done = session.run();
    await waiting(session);
    await clock.advance(61_000);
    expect(session.state()).toMatchObject({ state: "paused", proposal: null });
    expect(session.state().alert).toMatch(/nobody decided for 60 s/);
    expect(parts.rig.told).toContain("release");
    await session.resume("me");
    const again = await waiting(session);
    expect(again.settings.depletionPowerMw).toBe(10);
    await session.approve(again.id, "me");
    await done;
    session.close();
    expect(clock.openTimers).toBe(0);
  });

  it("repeat takes the last settings once more without asking the optimiser", async () => {
    const parts = makeParts({ budget: { steps: 2 } });
    const session = new Session(parts, fresh);
    const pressed = new Promise<void>((resolve, reject) => {
      session.subscribe((event) => {
        if (event.type !== "step" || event.step.step !== 1) return;
        const press = async (): Promise<void> => {
          await session.pause("me");
          await session.repeat("me");
          await session.resume("me");
        };
        press().then(resolve, reject);
      });
    });
    const done = session.run();
    await pressed;
    await done;
    expect(session.steps().map((s) => [s.settings.depletionPowerMw, s.by])).toEqual([
      [10, "auto"],
      [10, "operator"],
    ]);
    expect(parts.optimiser.asked).toBe(1);
    expect(parts.journal.notes.map((n) => n.kind)).toEqual(["pause", "repeat", "resume"]);
    session.close();
  });
});
