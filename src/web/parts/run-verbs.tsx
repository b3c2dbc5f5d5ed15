import type { JSX } from "preact";
import * as actions from "../actions.js";
import { pauseOrResume } from "../keys.js";
import { isLive, session } from "../store.js";

/** Pause, go on, skip, repeat, stop. */
export function RunVerbs(): JSX.Element {
  const state = session.value?.state;
  const off = !isLive.value || state === undefined;
  const paused = state === "paused";
  const steps = session.value?.mode !== "observe";
  const going = state === "running" || state === "waiting" || state === "starting";
  return (
    <fieldset class="run-verbs" aria-label="Run">
      <button type="button" disabled={off || !(paused || going)} onClick={pauseOrResume}>
        {paused ? "Resume" : "Pause"} <kbd>P</kbd>
      </button>
      <button type="button" disabled={off || !going || !steps} onClick={() => void actions.skip()}>
        Skip <kbd>S</kbd>
      </button>
      <button type="button" disabled={off || !going || !steps} onClick={() => void actions.repeat()}>
        Repeat <kbd>T</kbd>
      </button>
      <button
        type="button"
        disabled={off || !(going || paused || state === "safe")}
        title="End the run after this step"
        onClick={() => void actions.stop()}
      >
        Stop run
      </button>
    </fieldset>
  );
}
