import type { RigState } from "../../contract.js";
import type { AbortCause, Method } from "../schemas.js";

/** Who may do what now, as a pure reducer: ownership, lease, `safe`, the one job in progress. Times are monotonic ms. */
export interface Machine {
  readonly owner: string | null;
  readonly leaseUntil: number;
  readonly safe: boolean;
  readonly job: Job | null;
}
export interface Job {
  readonly id: string;
  readonly method: "acquire" | "region" | "focus";
  /** Why it is ending early; null while it goes on. */
  readonly ending: Cause | null;
}
/** `timeout` and `interlock` end an acquisition too, but under their own codes. */
export type Cause = AbortCause | "timeout" | "interlock";

export type MachineEvent =
  | {
      readonly type: "heard" | "claim";
      readonly session: string;
      readonly now: number;
      readonly leaseMs: number;
    }
  | { readonly type: "tick"; readonly now: number }
  | { readonly type: "begin"; readonly id: string; readonly method: Job["method"] }
  | { readonly type: "end"; readonly id: string }
  | { readonly type: "cancel"; readonly cause: Cause; readonly id?: string | undefined }
  | { readonly type: "safe"; readonly cause: "safe" | "interlock" }
  | { readonly type: "resume" | "release" };

/** `cancel`: end the job in progress now; `dark`: switch every source off. */
export type Effect = { readonly type: "cancel"; readonly cause: Cause } | { readonly type: "dark" };
export interface Step {
  readonly state: Machine;
  readonly effects: readonly Effect[];
}

export const initialMachine: Machine = { owner: null, leaseUntil: 0, safe: false, job: null };

export function next(state: Machine, event: MachineEvent): Step {
  switch (event.type) {
    case "heard":
      return event.session === state.owner
        ? quiet({ ...state, leaseUntil: event.now + event.leaseMs })
        : quiet(state);
    case "claim":
      return quiet({ ...state, owner: event.session, leaseUntil: event.now + event.leaseMs });
    case "tick":
      if (state.owner === null || event.now <= state.leaseUntil) return quiet(state);
      return goSafe({ ...state, owner: null }, "lease");
    case "begin":
      return quiet({ ...state, job: { id: event.id, method: event.method, ending: null } });
    case "end":
      return quiet(state.job?.id === event.id ? { ...state, job: null } : state);
    case "cancel":
      return event.id !== undefined && state.job?.id !== event.id ? quiet(state) : cancel(state, event.cause);
    case "safe":
      return goSafe(state, event.cause);
    case "resume":
      return quiet({ ...state, safe: false });
    case "release":
      return { state: { ...state, owner: null }, effects: [{ type: "dark" }] };
  }
}

function quiet(state: Machine): Step {
  return { state, effects: [] };
}

function cancel(state: Machine, cause: Cause): Step {
  const { job } = state;
  if (job === null || job.method !== "acquire" || job.ending !== null) return quiet(state);
  return { state: { ...state, job: { ...job, ending: cause } }, effects: [{ type: "cancel", cause }] };
}

function goSafe(state: Machine, cause: Cause): Step {
  const ended = cancel({ ...state, safe: true }, cause);
  return { state: ended.state, effects: [...ended.effects, { type: "dark" }] };
}

export type StateRefusal =
  | { readonly code: "BUSY"; readonly why: "owned" | "acquiring" }
  | { readonly code: "SAFE_STATE" };

const owned: ReadonlySet<Method> = new Set(["acquire", "region", "focus", "resume", "release"]);
const lit: ReadonlySet<Method> = new Set(["acquire", "focus"]);
const exclusive: ReadonlySet<Method> = new Set(["acquire", "region", "focus", "release"]);

/** Does the rig's state forbid the method? In the protocol's order: ownership, safe, acquiring. */
export function stateRefusal(state: Machine, method: Method, session: string): StateRefusal | null {
  if (owned.has(method) && state.owner !== null && state.owner !== session)
    return { code: "BUSY", why: "owned" };
  if (state.safe && lit.has(method)) return { code: "SAFE_STATE" };
  if (state.job !== null && exclusive.has(method)) return { code: "BUSY", why: "acquiring" };
  return null;
}

/** The state's name on the wire. @param faulty does the rig report faults? */
export function stateName(state: Machine, faulty: boolean): RigState {
  if (state.safe) return "safe";
  if (state.job !== null && state.job.method !== "region") return "acquiring";
  return faulty ? "fault" : "idle";
}
