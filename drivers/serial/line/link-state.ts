/**
 * A serial connection as a pure reducer. First open: open, identify, ready. After a loss: wait, open a new port,
 * identify; only the device that was there before is commanded dark, and only then is it found again.
 */
export type LinkState =
  | { readonly name: "closed" }
  | { readonly name: "opening"; readonly device: string | null; readonly attempt: number }
  | { readonly name: "identifying"; readonly device: string | null; readonly attempt: number }
  | { readonly name: "darkening"; readonly device: string; readonly attempt: number }
  | { readonly name: "ready"; readonly device: string }
  | { readonly name: "waiting"; readonly device: string; readonly attempt: number };

export type LinkEvent =
  | { readonly type: "open" }
  | { readonly type: "opened" }
  /** Who answers, as one comparable text (maker, model, serial number). */
  | { readonly type: "identified"; readonly device: string }
  | { readonly type: "dark" }
  /** The port could not be opened, was lost, or its device does not answer as it should. */
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "retry" }
  | { readonly type: "close" };

export type LinkEffect =
  | { readonly do: "openPort" }
  | { readonly do: "closePort" }
  | { readonly do: "identify" }
  | { readonly do: "darken" }
  | { readonly do: "retryAfter"; readonly ms: number }
  /** `open` succeeded (first time only). */
  | { readonly do: "opened" }
  | { readonly do: "openFailed"; readonly reason: string }
  | { readonly do: "lost"; readonly reason: string }
  /** Once per try while lost: why not yet. */
  | { readonly do: "stillLost"; readonly reason: string }
  | { readonly do: "found" };

export interface Step {
  readonly state: LinkState;
  readonly effects: readonly LinkEffect[];
}

/** Back-off before the n-th new try (n = 1 …): 0.5 s, doubling to 10 s. The runner adds jitter. */
export function backOffMs(attempt: number): number {
  return Math.min(10_000, 500 * 2 ** (attempt - 1));
}

const stay = (state: LinkState): Step => ({ state, effects: [] });

export function next(state: LinkState, event: LinkEvent): Step {
  if (event.type === "close") {
    return state.name === "closed"
      ? stay(state)
      : { state: { name: "closed" }, effects: [{ do: "closePort" }] };
  }
  if (event.type === "failed") return failed(state, event.reason);
  switch (state.name) {
    case "closed":
      return event.type === "open"
        ? { state: { name: "opening", device: null, attempt: 0 }, effects: [{ do: "openPort" }] }
        : stay(state);
    case "opening":
      return event.type === "opened"
        ? { state: { ...state, name: "identifying" }, effects: [{ do: "identify" }] }
        : stay(state);
    case "identifying":
      return event.type === "identified" ? identified(state, event.device) : stay(state);
    case "darkening":
      return event.type === "dark"
        ? { state: { name: "ready", device: state.device }, effects: [{ do: "found" }] }
        : stay(state);
    case "waiting":
      return event.type === "retry"
        ? { state: { ...state, name: "opening" }, effects: [{ do: "openPort" }] }
        : stay(state);
    case "ready":
      return stay(state);
  }
}

function identified(state: LinkState & { name: "identifying" }, device: string): Step {
  if (state.device === null) return { state: { name: "ready", device }, effects: [{ do: "opened" }] };
  if (state.device === device) {
    return { state: { name: "darkening", device, attempt: state.attempt }, effects: [{ do: "darken" }] };
  }
  return failed(state, `another device is on the port: ${device} instead of ${state.device}`);
}

function failed(state: LinkState, reason: string): Step {
  if (state.name === "closed" || state.name === "waiting") return stay(state);
  if (state.name !== "ready" && state.device === null) {
    return { state: { name: "closed" }, effects: [{ do: "closePort" }, { do: "openFailed", reason }] };
  }
  const device = state.device as string;
  const attempt = state.name === "ready" ? 1 : state.attempt + 1;
  return {
    state: { name: "waiting", device, attempt },
    effects: [
      { do: "closePort" },
      { do: state.name === "ready" ? "lost" : "stillLost", reason },
      { do: "retryAfter", ms: backOffMs(attempt) },
    ],
  };
}
