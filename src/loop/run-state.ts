import type { RunState } from "./contract.js";

/** What can happen to a run, whoever caused it. */
export type RunEvent =
  | "ready"
  | "proposed"
  | "decided"
  | "pause"
  | "resume"
  | "stop"
  | "abort"
  | "panic"
  | "trouble"
  | "done"
  | "fail";

const ended: ReadonlySet<RunState> = new Set<RunState>(["finished", "aborted", "failed"]);

/** A run that has ended stays ended. */
export function hasEnded(state: RunState): boolean {
  return ended.has(state);
}

const table: Readonly<Record<RunEvent, Partial<Record<RunState, RunState>>>> = {
  ready: { starting: "running" },
  proposed: { running: "waiting" },
  decided: { waiting: "running" },
  pause: { starting: "paused", running: "paused", waiting: "paused" },
  resume: { paused: "running", safe: "running" },
  stop: {
    starting: "stopping",
    running: "stopping",
    waiting: "stopping",
    paused: "stopping",
    safe: "stopping",
  },
  trouble: { starting: "paused", running: "paused", waiting: "paused" },
  done: { running: "finished", stopping: "finished", waiting: "finished" },
  // From every state that has not ended:
  panic: {},
  abort: {},
  fail: {},
};
const fromAny: Partial<Record<RunEvent, RunState>> = { panic: "safe", abort: "aborted", fail: "failed" };

/** The next state; an event that means nothing in this state changes nothing. Pure. */
export function nextRunState(state: RunState, event: RunEvent): RunState {
  if (hasEnded(state)) return state;
  return fromAny[event] ?? table[event][state] ?? state;
}
