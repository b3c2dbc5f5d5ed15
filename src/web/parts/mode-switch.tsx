import type { JSX } from "preact";
import type { Mode } from "../../loop/contract.js";
import { setMode } from "../actions.js";
import { isLive, session } from "../store.js";

const modes: readonly (readonly [Mode, string, string])[] = [
  ["observe", "Observe", "score only"],
  ["assist", "Assist", "you decide on every step"],
  ["auto", "Auto", "weights decide"],
  ["hold", "Hold", "image at the chosen settings"],
];

/** Who decides. */
export function ModeSwitch(): JSX.Element {
  const current = session.value?.mode;
  // A rig without settings cannot be driven.
  const fixed = session.value?.parameters.length === 0;
  return (
    <fieldset class="mode-switch" aria-label="Mode">
      {modes.map(([mode, label, means]) => (
        <button
          key={mode}
          type="button"
          title={fixed && mode !== "observe" ? "this rig can only be observed" : means}
          aria-pressed={mode === current}
          disabled={!isLive.value || (fixed && mode !== "observe")}
          onClick={() => {
            if (mode !== current) void setMode(mode);
          }}
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}
