import type { JSX } from "preact";
import * as actions from "../actions.js";
import { ago } from "../format.js";
import { opened, pickedStep, shownParameters } from "../source.js";
import { isLive, session, silentMs } from "../store.js";
import { untilMs } from "../time.js";
import { EditForm } from "./edit-form.js";
import { Options } from "./options.js";
import { SettingRow } from "./setting-row.js";

/** What is being exposed and what comes next, why, and the operator's word on it. */
export function SettingsPanel(): JSX.Element | null {
  const state = session.value;
  if (state === null) return null;
  const back = opened.value === null ? null : pickedStep.value;
  const parameters = shownParameters.value;
  const proposal = opened.value === null ? state.proposal : null;
  const current = opened.value === null ? state.current : back;
  const why = proposal?.why ?? current?.why;
  if (proposal !== null && actions.editing.value) return <EditForm key={proposal.id} proposal={proposal} />;
  return (
    <section
      class={`panel settings-panel ${proposal === null ? "" : "asks"}`}
      aria-labelledby="settings-title"
    >
      <h2 id="settings-title">
        {proposal === null
          ? back === null
            ? "Settings"
            : `Settings of step ${back.step}`
          : `Proposal for step ${proposal.step}`}
        {why !== undefined && <span class="dim"> · {why.kind}</span>}
      </h2>
      {parameters.length === 0 && <p class="dim">This rig is only observed: it takes no settings.</p>}
      <div class="setting-rows">
        {parameters.map((spec) => (
          <SettingRow
            key={spec.name}
            spec={spec}
            current={current?.settings[spec.name] ?? null}
            proposed={proposal?.settings[spec.name] ?? null}
          />
        ))}
      </div>
      {why !== undefined && <p class="why">{why.text}</p>}
      {proposal !== null && (
        <>
          {proposal.until !== null && <Deadline until={proposal.until} />}
          <div class="decide">
            <button type="button" class="go" disabled={!isLive.value} onClick={() => void actions.approve()}>
              Approve <kbd>A</kbd>
            </button>
            <button
              type="button"
              disabled={!isLive.value}
              onClick={() => {
                actions.editing.value = true;
              }}
            >
              Edit <kbd>E</kbd>
            </button>
            <button type="button" disabled={!isLive.value} onClick={() => void actions.reject()}>
              Reject <kbd>R</kbd>
            </button>
          </div>
          <Options options={proposal.options} />
        </>
      )}
      {opened.value === null && proposal === null && state.state === "running" && parameters.length > 0 && (
        <p class="dim">
          {state.mode === "assist"
            ? "The next proposal comes after this step."
            : "Decides by itself; switch to Assist to be asked."}
        </p>
      )}
    </section>
  );
}

/** How long the proposal waits before the run pauses by itself. */
function Deadline({ until }: { readonly until: string }): JSX.Element | null {
  // Read so that the words follow the clock: it moves once a second.
  silentMs.value;
  const left = untilMs(until);
  if (left > 3 * 60_000) return null;
  return (
    <p class="warn-text">
      {left <= 0 ? "The time to answer is over." : `Pauses in ${ago(left)} without an answer.`}
    </p>
  );
}
