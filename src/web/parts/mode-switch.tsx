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
  return (
    <fieldset class="mode-switch" aria-label="Mode">
      {modes.map(([mode, label, means]) => (
        <button
          key={mode}
          type="button"
          title={means}
          aria-pressed={mode === current}
          disabled={!isLive.value}
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
