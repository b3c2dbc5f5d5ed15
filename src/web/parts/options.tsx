import type { JSX } from "preact";
import { predictionText, settingsText, withUnit } from "../format.js";
import { featured, hovered, preview, previewed } from "../preview.js";
import { session } from "../store.js";

/** A few of the predicted trade-offs, to look at and perhaps take instead; the same numbers mark them in the scatter. */
export function Options(): JSX.Element | null {
  const state = session.value;
  const all = state?.proposal?.options ?? [];
  if (state === null || all.length === 0) return null;
  return (
    <fieldset class="options" aria-label="Other trade-offs">
      {featured.value.map((index, place) => {
        const option = all[index];
        if (option === undefined) return null;
        return (
          <button
            key={index}
            type="button"
            aria-pressed={previewed.value === index}
            title={settingsText(option.settings, state.parameters)}
            onPointerEnter={() => {
              hovered.value = index;
            }}
            onPointerLeave={() => {
              hovered.value = null;
            }}
            onClick={() => preview(index)}
          >
            <kbd>{place + 1}</kbd>
            <span>
              {state.parameters.map((p) => withUnit(option.settings[p.name] ?? 0, p.unit)).join(" · ")}
              <small>{predictionText(option.objectives, undefined, state.objectives)}</small>
            </span>
          </button>
        );
      })}
    </fieldset>
  );
}
