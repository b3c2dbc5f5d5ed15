import { describe, expect, it } from "vitest";
import type { ScoreRecord } from "../../src/core/index.js";
import { isBudgetUsed } from "../../src/loop/budget.js";
import { type Held, holdDrift } from "../../src/loop/hold-drift.js";
import { Session, type SessionState, whereItStands } from "../../src/loop/index.js";
import { makeParts } from "./fakes.js";

const good: Held = { score: 0.7, lower: 0.6, inDomain: true };
const low: Held = { score: 0.5, lower: 0.4, inDomain: true };
const strange: Held = { score: 0.7, lower: 0.6, inDomain: false };
const unscored: Held = { score: null, lower: null, inDomain: false };

describe("the rule of hold mode", () => {
  it("speaks after three frames in a row below the interval, not after two, not after one good among them", () => {
    expect(holdDrift([good], [good, low, low], null)).toBeNull();
    expect(holdDrift([good], [good, low, low, low], null)).toBe("quality stayed below 0.60 for 3 frames");
    expect(holdDrift([], [good, low, low, good, low], null)).toBeNull();
    expect(holdDrift([], [good, low, low, low], null)).toMatch(/below 0.60/);
  });
  it("speaks below the threshold, whatever the interval, and of frames unlike anything known", () => {
    expect(holdDrift([], [low, low, low], 0.55)).toBe("quality stayed below 0.55 for 3 frames");
    expect(holdDrift([], [low, low, low], 0.45)).toBeNull();
    expect(holdDrift([], [good, strange, strange, strange], null)).toMatch(/unlike anything/);
    expect(holdDrift([], [good, unscored, null, unscored], null)).toBeNull();
    expect(holdDrift([], [], 0.5)).toBeNull();
  });
});

describe("a budget", () => {
  const state = { mode: "auto", step: 0, budget: { minutesUsed: 3 } } as SessionState;
  const hold = { active: false, tuneUntil: null };
  it("counts steps and minutes, and gives tuning after drift steps of its own", () => {
    const used = (
      budget: object,
      steps: number,
      afterBudget: "finish" | "hold",
      h = hold as object,
    ): boolean => isBudgetUsed({ budget, afterBudget }, state, steps, h as typeof hold);
    expect(used({ steps: 5 }, 4, "finish")).toBe(false);
    expect(used({ steps: 5 }, 5, "finish")).toBe(true);
    expect(used({ minutes: 3 }, 1, "finish")).toBe(true);
    expect(used({ minutes: 4 }, 1, "finish")).toBe(false);
    expect(used({ steps: 5 }, 9, "hold", { active: true, tuneUntil: null })).toBe(false);
    expect(used({ steps: 5 }, 9, "hold", { active: false, tuneUntil: 12 })).toBe(false);
    expect(used({ steps: 5 }, 12, "hold", { active: false, tuneUntil: 12 })).toBe(true);
    expect(used({ steps: 5 }, 5, "finish", { active: false, tuneUntil: 12 })).toBe(true);
  });
});

function scoring(parts: ReturnType<typeof makeParts>, score: (frame: number) => number): void {
  let frame = 0;
  const scorer = {
    score: async (): Promise<ScoreRecord> => {
      const value = score(frame++);
      return { score: value, lower: value - 0.1, upper: value + 0.1, inDomain: true, foreground: 0.2, ms: 1 };
    },
  };
  Object.assign(parts, { scorer });
}
const settings = { depletionPowerMw: 55, dwellTimeUs: 10 };

describe("a session that holds", () => {
  it("images at the given settings, with a control confocal every k-th step, and pauses when quality drops", async () => {
    const parts = makeParts({
      mode: "hold",
      budget: { steps: 30 },
      holdSettings: settings,
      hold: { control: 3, onDrift: "pause", tuneSteps: 2 },
    });
    scoring(parts, (frame) => (frame < 8 ? 0.7 : 0.3));
    const session = new Session(parts, whereItStands([]));
    const done = session.run();
    await new Promise<void>((resolve) => {
      const leave = session.subscribe(() => {
        if (session.state().state !== "paused") return;
        leave();
        resolve();
      });
    });
    expect(session.state().alert).toMatch(/quality stayed below 0\.60 for 3 frames/);
    const taken = parts.rig.told.filter((t) => t.startsWith("acquire"));
    expect(taken[0]).toBe("acquire confocal+sted+confocal");
    expect(taken.slice(1, 3)).toEqual(["acquire sted", "acquire sted"]);
    expect(taken[3]).toBe("acquire confocal+sted+confocal");
    expect(session.steps().every((s) => s.settings.depletionPowerMw === 55)).toBe(true);
    await session.abort("me");
    await done;
    session.close();
  });

  it("tunes again when told to, with what was seen before as an earlier run, then holds what that found", async () => {
    const parts = makeParts({
      mode: "hold",
      budget: { steps: 12 },
      holdSettings: settings,
      hold: { control: 1, onDrift: "tune", tuneSteps: 2 },
    });
    const retired: string[] = [];
    Object.assign(parts.optimiser, {
      retire: async (name: string) => {
        retired.push(name);
      },
      best: async () => ({ depletionPowerMw: 99, dwellTimeUs: 10 }),
    });
    // Three frames a step: bleak from the fourth step on, good again once tuned.
    scoring(parts, (frame) => (frame < 9 || frame >= 24 ? 0.7 : 0.3));
    const session = new Session(parts, whereItStands([]));
    await session.run();
    const powers = session.steps().map((s) => s.settings.depletionPowerMw);
    expect(powers).toEqual([55, 55, 55, 55, 55, 55, 10, 20, 99, 99, 99, 99]);
    expect(retired).toEqual(["this run before step 7"]);
    session.close();
  });
});
