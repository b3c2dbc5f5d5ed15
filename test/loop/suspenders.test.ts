import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../src/core/index.js";
import { type Hold, Session, whereItStands } from "../../src/loop/index.js";
import { type Held, nextHeld } from "../../src/loop/suspenders.js";
import { makeParts } from "./fakes.js";

const low: Hold = { reason: "only 3 MB are free", needsOperator: false };
const interlock: Hold = { reason: "the interlock is open", needsOperator: true };
const held = (over: Partial<Held> = {}): Held => ({
  alert: "held",
  needsOperator: false,
  goodSince: null,
  ...over,
});

describe("a condition that is declared to hold the run", () => {
  const table: readonly {
    name: string;
    held: Held | null;
    seen: Partial<Parameters<typeof nextHeld>[1]>;
    act: "hold" | "goOn" | "end" | null;
    stays: boolean;
  }[] = [
    { name: "nothing is bad", held: null, seen: {}, act: null, stays: false },
    { name: "bad while running", held: null, seen: { holds: [low] }, act: "hold", stays: true },
    {
      name: "bad while a proposal waits",
      held: null,
      seen: { run: "waiting", holds: [low] },
      act: "hold",
      stays: true,
    },
    {
      name: "bad while paused by hand",
      held: null,
      seen: { run: "paused", holds: [low] },
      act: null,
      stays: false,
    },
    { name: "bad in safe", held: null, seen: { run: "safe", holds: [low] }, act: null, stays: false },
    {
      name: "good again, not yet for long",
      held: held({ goodSince: 95_000 }),
      seen: { run: "paused", alert: "held" },
      act: null,
      stays: true,
    },
    {
      name: "good for long enough",
      held: held({ goodSince: 90_000 }),
      seen: { run: "paused", alert: "held" },
      act: "goOn",
      stays: false,
    },
    {
      name: "an open interlock, closed for long: a person",
      held: held({ goodSince: 0, needsOperator: true }),
      seen: { run: "paused", alert: "held" },
      act: null,
      stays: true,
    },
    {
      name: "paused by a person meanwhile: theirs now",
      held: held({ goodSince: 0 }),
      seen: { run: "paused", alert: null },
      act: null,
      stays: false,
    },
    {
      name: "resumed by a person while still bad: held again",
      held: held(),
      seen: { run: "running", holds: [low] },
      act: "hold",
      stays: true,
    },
    {
      name: "needs a person where none is",
      held: null,
      seen: { holds: [interlock], unattended: true },
      act: "end",
      stays: true,
    },
    {
      name: "passes by itself where nobody is",
      held: null,
      seen: { holds: [low], unattended: true },
      act: "hold",
      stays: true,
    },
    {
      name: "held where nobody is, and now it needs a person",
      held: held(),
      seen: { run: "paused", alert: "held", holds: [low, interlock], unattended: true },
      act: "end",
      stays: true,
    },
  ];
  it.each(table)("$name", (row) => {
    const seen = {
      run: "running" as const,
      ...{ alert: null, holds: [], now: 100_000, goodForS: 10, unattended: false },
      ...row.seen,
    };
    const next = nextHeld(row.held, seen);
    expect(next.act).toBe(row.act);
    expect(next.held !== null).toBe(row.stays);
  });

  it("bad again starts the time anew, and an interlock meanwhile makes it a person's", () => {
    const seen = { run: "paused" as const, alert: "held", now: 100_000, goodForS: 10, unattended: false };
    expect(nextHeld(held({ goodSince: 99_000 }), { ...seen, holds: [low] }).held?.goodSince).toBeNull();
    expect(nextHeld(held(), { ...seen, holds: [interlock] }).held?.needsOperator).toBe(true);
  });

  it("holds a real session in the dark, says why, and lets it go on with the same proposal", async () => {
    const clock = new VirtualClock();
    let holds: readonly Hold[] = [];
    const parts = makeParts({ mode: "assist", budget: { steps: 1 } }, clock);
    const suspend = { on: ["disk"], goodForS: 10, look: () => Promise.resolve(holds) };
    const session = new Session({ ...parts, suspend }, whereItStands([]));
    const done = session.run();
    const until = async (state: string): Promise<void> => {
      for (let i = 0; session.state().state !== state; i++) {
        if (i > 2000) throw new Error(`still ${session.state().state}`);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await until("waiting");
    holds = [low];
    await clock.advance(1500);
    await until("paused");
    expect(session.state().alert).toBe("held: only 3 MB are free (it goes on after 10 s without)");
    expect(session.state().proposal).toBeNull();
    const shown = { on: ["disk"], goodForS: 10 };
    expect(session.state().suspend).toEqual({
      ...shown,
      holds: [low],
      held: true,
      needsOperator: false,
      goodSince: null,
    });
    holds = [];
    await clock.advance(5000);
    expect(session.state().state).toBe("paused");
    expect(session.state().suspend).toMatchObject({ holds: [], held: true, goodSince: expect.any(String) });
    await clock.advance(8000);
    await until("waiting");
    expect(session.state().alert).toBeNull();
    expect(session.state().suspend).toMatchObject({ ...shown, holds: [], held: false, goodSince: null });
    await session.approve(session.state().proposal?.id ?? "", "me");
    expect(await done).toMatchObject({ state: "finished", step: 1 });
    expect(parts.rig.exposed.length).toBe(3);
    session.close();
  });

  describe("where nobody attends, whatever would wait for a person ends the run", () => {
    const unattended = { mode: "auto", unattended: true, budget: { steps: 50 } } as const;

    it("a panic that neither rig nor journal takes", async () => {
      const parts = makeParts(unattended);
      parts.rig.hold = new Promise(() => undefined);
      parts.rig.safe = () => Promise.reject(new Error("no answer"));
      const session = new Session(parts, whereItStands([]));
      const done = session.run();
      await session.panic("smoke", "somebody").catch(() => undefined);
      // Light is asked to go out again at the end; the exposure itself never answers here.
      parts.rig.abort().catch(() => undefined);
      expect(session.state()).toMatchObject({ state: "failed", alert: "light is off: smoke" });
      await done;
      session.close();
    });

    it("a panic on a full disk", async () => {
      const parts = makeParts(unattended);
      parts.journal.addEvent = () => Promise.reject(new Error("no space left on the disk"));
      const session = new Session(parts, whereItStands([]));
      const done = session.run();
      await session.panic("smoke", "somebody").catch(() => undefined);
      expect(await done).toMatchObject({ state: "failed", alert: "light is off: smoke" });
      session.close();
    });

    it("quality that drops while holding", async () => {
      const settings = { depletionPowerMw: 55, dwellTimeUs: 10 };
      const parts = makeParts({ ...unattended, mode: "hold", holdSettings: settings });
      let frames = 0;
      const score: typeof parts.scorer.score = async () => {
        const value = frames++ < 8 ? 0.7 : 0.3;
        return { score: value, lower: value, upper: value, inDomain: true, foreground: 0.2, ms: 1 };
      };
      const session = new Session({ ...parts, scorer: { score } }, whereItStands([]));
      const last = await session.run();
      expect(last.state).toBe("failed");
      expect(last.alert).toMatch(/quality stayed below 0\.70/);
      session.close();
    });
  });
});
