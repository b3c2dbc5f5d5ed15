import type { JSX } from "preact";
import type { TradeOff } from "../../core/observation.js";
import { choose } from "../actions.js";
import { digits, settingsText, withUnit } from "../format.js";
import { isLive, session } from "../store.js";
import { hovered } from "../trade-off.js";

/** Predicted trade-offs to take instead; the same numbers mark them in the scatter. */
export function Options(props: { readonly options: readonly TradeOff[] }): JSX.Element | null {
  const state = session.value;
  if (props.options.length === 0 || state === null) return null;
  return (
    <fieldset class="options" aria-label="Other trade-offs">
      {props.options.slice(0, 9).map((option, i) => (
        <button
          // Options have no name of their own; their order is their identity.
          key={`${i + 1}`}
          type="button"
          disabled={!isLive.value}
          title={settingsText(option.settings, state.parameters)}
          onPointerEnter={() => (hovered.value = i)}
          onPointerLeave={() => (hovered.value = null)}
          onClick={() => void choose(i)}
        >
          <kbd>{i + 1}</kbd>
          <span>
            {state.parameters.map((p) => withUnit(option.settings[p.name] ?? 0, p.unit)).join(" · ")}
            <small>
              {state.objectives
                .filter((o) => option.objectives[o.name] !== undefined)
                .map((o) => `${o.label} ${digits(option.objectives[o.name] ?? 0)}`)
                .join(", ")}
            </small>
          </span>
        </button>
      ))}
    </fieldset>
  );
}
