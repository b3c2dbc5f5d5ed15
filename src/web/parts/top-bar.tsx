import type { JSX } from "preact";
import { helpOpen } from "../help-open.js";
import { session } from "../store.js";
import { EStopButton } from "./e-stop-button.js";
import { ModeSwitch } from "./mode-switch.js";
import { Nav } from "./nav.js";
import { RunVerbs } from "./run-verbs.js";

const words: Readonly<Record<string, string>> = {
  starting: "Starting",
  running: "Running",
  waiting: "Waiting for you",
  paused: "Paused",
  stopping: "Stopping",
  safe: "Safe · dark",
  finished: "Finished",
  aborted: "Ended",
  failed: "Failed",
};

/** Where the run stands, who decides, and the stop that is always there. */
export function TopBar(): JSX.Element {
  const state = session.value;
  return (
    <header class="top-bar">
      <h1>stedloop</h1>
      <Nav />
      {state !== null && (
        <div class={`run-state is-${state.state}`} role="status">
          <strong>{words[state.state] ?? state.state}</strong>
          {state.state === "running" &&
            !words[state.state]?.toLowerCase().includes(state.stage.toLowerCase()) && (
              <span class="stage" title={state.stage}>
                {state.stage}
              </span>
            )}
        </div>
      )}
      <ModeSwitch />
      <RunVerbs />
      <button
        type="button"
        class="quiet help-button"
        onClick={() => (helpOpen.value = true)}
        aria-label="Keys"
      >
        ?
      </button>
      <EStopButton />
    </header>
  );
}
