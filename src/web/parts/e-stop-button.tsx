import type { JSX } from "preact";
import { pressEStop } from "../actions.js";

/** One press, no question, from every state of the page; acts on the way down, before a click is complete. */
export function EStopButton(): JSX.Element {
  return (
    <button
      type="button"
      class="e-stop"
      aria-label="E-stop"
      title="All light off, now (Esc)"
      onPointerDown={(event) => {
        if (event.button === 0) pressEStop();
      }}
      onClick={(event) => {
        // A press by keyboard or by assistive software comes as a click without pointer.
        if (event.detail === 0) pressEStop();
      }}
    >
      <span class="e-stop-word">E-stop</span>
      <kbd class="esc" />
    </button>
  );
}
