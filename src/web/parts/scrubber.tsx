import type { JSX } from "preact";
import { lookAt, lookBy, lookedAt, opened, pickedStep, shownSteps } from "../source.js";

/** Moves through the run's steps; at its right end it follows a live run. */
export function Scrubber(): JSX.Element {
  const all = shownSteps.value;
  const picked = pickedStep.value;
  const at = picked === null ? all.length : all.indexOf(picked);
  const last = opened.value === null ? all.length : all.length - 1;
  const following = opened.value === null && lookedAt.value === null;
  return (
    <div class="scrubber">
      <button
        type="button"
        class="quiet"
        disabled={at <= 0}
        onClick={() => lookBy(-1)}
        aria-label="One step back"
      >
        ◀
      </button>
      <input
        type="range"
        aria-label="Step"
        aria-valuetext={picked === null ? "live" : `step ${picked.step}`}
        min={0}
        max={Math.max(last, 0)}
        value={at}
        disabled={all.length === 0}
        onInput={(event) => lookAt(all[event.currentTarget.valueAsNumber]?.step ?? null)}
      />
      <button
        type="button"
        class="quiet"
        disabled={at >= last}
        onClick={() => lookBy(1)}
        aria-label="One step forward"
      >
        ▶
      </button>
      {opened.value === null && (
        <button type="button" class="quiet" disabled={following} onClick={() => lookAt(null)}>
          {following ? "live" : "follow"} <kbd>F</kbd>
        </button>
      )}
    </div>
  );
}
