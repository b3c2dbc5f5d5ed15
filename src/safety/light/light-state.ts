/**
 * One light source as a state machine: pure. `dark` is what was read back as dark; whatever is not known to be dark is
 * shown as on. The only way to `on` is lit → envelope, interlock, key and lease all say yes in `ready`.
 */
export type LightStage = "dark" | "arming" | "warming" | "ready" | "on" | "fault" | "lost";

export interface LightMachine {
  readonly stage: LightStage;
  /** What was last read back; null = not known, which counts as on. */
  readonly lit: boolean | null;
  /** Off was ordered and dark is not confirmed yet. */
  readonly darkening: boolean;
  readonly interlock: boolean;
  readonly key: boolean;
  readonly lease: boolean;
  /** Why it may not be armed until a person resets it; null = it may. */
  readonly latch: string | null;
}

export type LightInput =
  /** Asked for: a set-point that the envelope has let through, or one that it has not. */
  | { readonly type: "arm"; readonly approved: boolean }
  | { readonly type: "cold" }
  | { readonly type: "warm" }
  | { readonly type: "lightUp"; readonly approved: boolean }
  | { readonly type: "off"; readonly reason: string }
  /** Read back from the device. */
  | { readonly type: "readOn" }
  | { readonly type: "readDark" }
  | { readonly type: "readUnknown" }
  | { readonly type: "interlock"; readonly closed: boolean }
  | { readonly type: "key"; readonly on: boolean }
  | { readonly type: "lease"; readonly valid: boolean; readonly reason: string }
  | { readonly type: "fault"; readonly reason: string }
  | { readonly type: "lost"; readonly reason: string }
  | { readonly type: "found" }
  /** A person's act. */
  | { readonly type: "reset" };

export type LightEffect =
  /** Off, again and again until read back as dark. */
  | { readonly do: "darken"; readonly reason: string }
  | { readonly do: "setPower" }
  | { readonly do: "switchOn" }
  | { readonly do: "refuse"; readonly code: LightRefusal };
export type LightRefusal =
  | "OUTSIDE_ENVELOPE"
  | "INTERLOCK"
  | "KEY"
  | "LEASE"
  | "LATCHED"
  | "LOST"
  | "NOT_READY";

export interface LightTurn {
  readonly state: LightMachine;
  readonly effects: readonly LightEffect[];
}

/** Before anything was read: not known, so shown as on; the first order is off. */
export const unknownLight: LightMachine = {
  stage: "lost",
  lit: null,
  darkening: false,
  interlock: false,
  key: false,
  lease: false,
  latch: null,
};

/** What a person is shown: unknown is on. */
export function shownOn(state: LightMachine): boolean {
  return state.lit !== false;
}

const stay = (state: LightMachine): LightTurn => ({ state, effects: [] });
const refuse = (state: LightMachine, code: LightRefusal): LightTurn => ({
  state,
  effects: [{ do: "refuse", code }],
});

/** Why no light may be made now, or null. */
function forbidden(state: LightMachine): LightRefusal | null {
  if (state.stage === "lost") return "LOST";
  if (state.latch !== null || state.stage === "fault") return "LATCHED";
  if (!state.interlock) return "INTERLOCK";
  if (!state.key) return "KEY";
  return state.lease ? null : "LEASE";
}

/** Off from wherever it is. @param latch why a person must look first; null where nothing is wrong */
function darken(state: LightMachine, reason: string, latch: string | null): LightTurn {
  const held = state.latch ?? latch;
  const stage = state.stage === "lost" ? "lost" : held !== null ? "fault" : "dark";
  const next = { ...state, latch: held };
  if (state.lit === false && !state.darkening && !busy(state)) return stay({ ...next, stage });
  // It is called dark only once it has been read back; until then the stage keeps its name and light counts as on.
  return {
    state: { ...next, stage: held !== null && stage !== "lost" ? "fault" : state.stage, darkening: true },
    effects: [{ do: "darken", reason }],
  };
}

/** Something that could still make light is under way. */
function busy(state: LightMachine): boolean {
  return (
    state.stage === "arming" || state.stage === "warming" || state.stage === "ready" || state.stage === "on"
  );
}

/** The next state and what is to be done. Pure. */
export function nextLight(state: LightMachine, input: LightInput): LightTurn {
  switch (input.type) {
    case "arm": {
      if (!input.approved) return refuse(state, "OUTSIDE_ENVELOPE");
      const no = forbidden(state);
      if (no !== null) return refuse(state, no);
      if (state.darkening || state.lit === null) return refuse(state, "NOT_READY");
      // A new set-point while it shines: the stage stays, the device ramps.
      if (state.stage === "on") return { state, effects: [{ do: "setPower" }] };
      return { state: { ...state, stage: "arming" }, effects: [{ do: "setPower" }] };
    }
    case "cold":
      return stay(state.stage === "arming" ? { ...state, stage: "warming" } : state);
    case "warm":
      return stay(
        state.stage === "arming" || state.stage === "warming" ? { ...state, stage: "ready" } : state,
      );
    case "lightUp": {
      if (!input.approved) return refuse(state, "OUTSIDE_ENVELOPE");
      const no = forbidden(state);
      if (no !== null) return refuse(state, no);
      if (state.stage === "on" && !state.darkening) return stay(state);
      if (state.stage !== "ready" || state.darkening) return refuse(state, "NOT_READY");
      return { state: { ...state, stage: "on", lit: null }, effects: [{ do: "switchOn" }] };
    }
    case "off":
      return darken(state, input.reason, null);
    case "readOn": {
      const next = { ...state, lit: true };
      if (state.stage === "on" || state.darkening || state.stage === "lost") return stay(next);
      return darken(next, "light that nobody ordered", "it shone although nobody had ordered it");
    }
    case "readDark": {
      if (state.stage === "lost") return stay({ ...state, lit: false, darkening: false });
      if (state.darkening || state.stage === "fault") {
        const stage = state.latch === null ? "dark" : "fault";
        return stay({ ...state, lit: false, darkening: false, stage });
      }
      if (state.stage === "on" && state.lit === true) {
        return stay({ ...state, lit: false, stage: "fault", latch: "it went dark by itself" });
      }
      return stay({ ...state, lit: false });
    }
    case "readUnknown":
      // Ordered and awaited (an emission delay): until it has come on no device says more; its driver bounds the wait.
      if (state.stage === "on" && state.lit !== true && !state.darkening)
        return stay({ ...state, lit: null });
      return darken({ ...state, lit: null }, "it does not say whether it is dark", null);
    case "interlock": {
      const next = { ...state, interlock: input.closed };
      return input.closed || (state.stage === "dark" && state.lit === false && !state.darkening)
        ? stay(next)
        : darken(next, "the interlock is open", "the interlock was open");
    }
    case "key": {
      const next = { ...state, key: input.on };
      return input.on || (state.stage === "dark" && state.lit === false && !state.darkening)
        ? stay(next)
        : darken(next, "the key is off", "the key was off");
    }
    case "lease": {
      const next = { ...state, lease: input.valid };
      return input.valid ? stay(next) : darken(next, input.reason, null);
    }
    case "fault":
      return darken(state, input.reason, input.reason);
    case "lost":
      // Nothing can be read: it counts as on until it has been found and read back.
      return {
        state: { ...state, stage: "lost", lit: null, darkening: true, latch: state.latch ?? input.reason },
        effects: [{ do: "darken", reason: input.reason }],
      };
    case "found": {
      if (state.stage !== "lost") return stay(state);
      const found = { ...state, stage: state.latch === null ? "dark" : "fault" } as const;
      return {
        state: { ...found, lit: null, darkening: true },
        effects: [{ do: "darken", reason: "found again" }],
      };
    }
    case "reset":
      if (state.lit !== false || state.darkening) return refuse(state, "NOT_READY");
      if (state.stage === "lost") return refuse(state, "LOST");
      if (!state.interlock) return refuse(state, "INTERLOCK");
      if (!state.key) return refuse(state, "KEY");
      return stay({ ...state, stage: "dark", latch: null });
  }
}
