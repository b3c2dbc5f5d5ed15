import { describe, expect, it } from "vitest";
import {
  initialMachine,
  type Machine,
  type MachineEvent,
  next,
  stateName,
  stateRefusal,
} from "../../drivers/zeromq/server/state.js";

const leaseMs = 100;
const owned: Machine = { ...initialMachine, owner: "a", leaseUntil: 150 };
const scanning: Machine = { ...owned, job: { id: "j", method: "acquire", ending: null } };
const moving: Machine = { ...owned, job: { id: "m", method: "region", ending: null } };
const at = { now: 60, leaseMs };

const cases: [string, Machine, MachineEvent, Partial<Machine>, string[]][] = [
  ["the owner renews", owned, { type: "heard", session: "a", ...at }, { leaseUntil: 160 }, []],
  ["another does not", owned, { type: "heard", session: "b", ...at }, { leaseUntil: 150, owner: "a" }, []],
  ["nobody owns by being heard", initialMachine, { type: "heard", session: "b", ...at }, { owner: null }, []],
  [
    "a claim owns",
    initialMachine,
    { type: "claim", session: "b", ...at },
    { owner: "b", leaseUntil: 160 },
    [],
  ],
  ["at the lease's last moment", owned, { type: "tick", now: 150 }, { owner: "a", safe: false }, []],
  ["after it", owned, { type: "tick", now: 151 }, { owner: null, safe: true }, ["dark"]],
  [
    "after it, scanning",
    scanning,
    { type: "tick", now: 151 },
    { owner: null, safe: true },
    ["cancel lease", "dark"],
  ],
  ["after it, moving", moving, { type: "tick", now: 151 }, { owner: null, safe: true }, ["dark"]],
  ["no owner, no lease", initialMachine, { type: "tick", now: 1e9 }, { safe: false }, []],
  ["abort", scanning, { type: "cancel", cause: "abort" }, { safe: false, owner: "a" }, ["cancel abort"]],
  ["abort of another", scanning, { type: "cancel", cause: "abort", id: "x" }, {}, []],
  ["abort of nothing", owned, { type: "cancel", cause: "abort" }, {}, []],
  ["abort of a move", moving, { type: "cancel", cause: "abort" }, {}, []],
  ["safe", owned, { type: "safe", cause: "safe" }, { safe: true, owner: "a" }, ["dark"]],
  ["safe, scanning", scanning, { type: "safe", cause: "safe" }, { safe: true }, ["cancel safe", "dark"]],
  [
    "an interlock",
    scanning,
    { type: "safe", cause: "interlock" },
    { safe: true },
    ["cancel interlock", "dark"],
  ],
  ["resume", { ...owned, safe: true }, { type: "resume" }, { safe: false, owner: "a" }, []],
  ["release", owned, { type: "release" }, { owner: null, safe: false }, ["dark"]],
  ["release in safe", { ...owned, safe: true }, { type: "release" }, { owner: null, safe: true }, ["dark"]],
  ["the end", scanning, { type: "end", id: "j" }, { job: null }, []],
  ["the end of another", scanning, { type: "end", id: "x" }, { job: scanning.job }, []],
];

describe("the rig's state", () => {
  for (const [what, before, event, after, effects] of cases) {
    it(what, () => {
      const step = next(before, event);
      expect(step.state).toMatchObject(after);
      expect(step.effects.map((e) => (e.type === "cancel" ? `cancel ${e.cause}` : e.type))).toEqual(effects);
    });
  }

  it("ends a job for its first cause only", () => {
    const { state } = next(scanning, { type: "cancel", cause: "abort" });
    expect(next(state, { type: "safe", cause: "safe" }).effects).toEqual([{ type: "dark" }]);
  });

  it("refuses in the protocol's order", () => {
    const all = { ...scanning, safe: true };
    const rows: [
      Machine,
      "acquire" | "region" | "focus" | "resume" | "release" | "frame" | "safe",
      string,
      unknown,
    ][] = [
      [all, "acquire", "b", { code: "BUSY", why: "owned" }],
      [all, "acquire", "a", { code: "SAFE_STATE" }],
      [all, "focus", "a", { code: "SAFE_STATE" }],
      [all, "region", "a", { code: "BUSY", why: "acquiring" }],
      [scanning, "acquire", "a", { code: "BUSY", why: "acquiring" }],
      [scanning, "release", "a", { code: "BUSY", why: "acquiring" }],
      [scanning, "resume", "a", null],
      [all, "resume", "b", { code: "BUSY", why: "owned" }],
      [all, "frame", "b", null],
      [all, "safe", "b", null],
      [owned, "acquire", "a", null],
      [initialMachine, "acquire", "b", null],
    ];
    for (const [state, method, session, want] of rows)
      expect(stateRefusal(state, method, session)).toEqual(want);
  });

  it("has its names", () => {
    expect([
      stateName(initialMachine, false),
      stateName(initialMachine, true),
      stateName(scanning, true),
      stateName(moving, false),
      stateName({ ...scanning, safe: true }, true),
    ]).toEqual(["idle", "fault", "acquiring", "idle", "safe"]);
  });
});
