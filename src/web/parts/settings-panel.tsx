import type { JSX } from "preact";
import * as actions from "../actions.js";
import { ago, predictionText } from "../format.js";
import { preview, shownProposal } from "../preview.js";
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
  if (opened.value === null && state.proposal !== null) return <ProposalPanel />;
  const back = opened.value === null ? null : pickedStep.value;
  const current = opened.value === null ? state.current : back;
  const parameters = shownParameters.value;
  return (
    <section class="panel settings-panel" aria-labelledby="settings-title">
      <h2 id="settings-title">
        {back === null ? "Settings" : `Settings of step ${back.step}`}
        {current !== null && <span class="dim"> · {current.why.kind}</span>}
      </h2>
      {parameters.length === 0 && <p class="dim">This rig is only observed: it takes no settings.</p>}
      <div class="setting-rows">
        {parameters.map((spec) => (
          <SettingRow
            key={spec.name}
            spec={spec}
            current={current?.settings[spec.name] ?? null}
            proposed={null}
          />
        ))}
      </div>
      {current !== null && <p class="why">{current.why.text}</p>}
      {opened.value === null && state.state === "running" && parameters.length > 0 && (
        <p class="dim">
          {state.mode === "assist"
            ? "The next proposal comes after this step."
            : state.mode === "hold"
              ? "Keeps these settings."
              : "Decides by itself; switch to Assist to be asked."}
        </p>
      )}
    </section>
  );
}

/** A question to the operator: the proposal, or the trade-off that is being looked at. */
function ProposalPanel(): JSX.Element | null {
  const state = session.value;
  const shown = shownProposal.value;
  if (state === null || state.proposal === null || shown === null) return null;
  const { proposal, current, parameters, objectives } = state;
  const { option } = shown;
  if (actions.editing.value)
    return <EditForm key={proposal.id} step={proposal.step} proposed={shown.settings} />;
  return (
    <section class="panel settings-panel asks" aria-labelledby="settings-title">
      <h2 id="settings-title">
        {option === null ? "Proposal" : "Trade-off"} for step {proposal.step}
        <span class="dim"> · {option === null ? proposal.why.kind : "predicted"}</span>
      </h2>
      <div class="setting-rows">
        {parameters.map((spec) => (
          <SettingRow
            key={spec.name}
            spec={spec}
            current={current?.settings[spec.name] ?? null}
            proposed={shown.settings[spec.name] ?? null}
          />
        ))}
      </div>
      <p class="why">
        {option === null
          ? proposal.why.text
          : `Predicted: ${predictionText(option.objectives, option.sd, objectives)}.`}
      </p>
      {proposal.until !== null && <Deadline until={proposal.until} />}
      <div class="decide">
        <button type="button" class="go" disabled={!isLive.value} onClick={() => void actions.approveShown()}>
          {option === null ? "Approve" : "Take it"} <kbd>A</kbd>
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
        {option === null ? (
          <button type="button" disabled={!isLive.value} onClick={() => void actions.reject()}>
            Reject <kbd>R</kbd>
          </button>
        ) : (
          <button type="button" onClick={() => preview(null)}>
            Back <kbd>B</kbd>
          </button>
        )}
      </div>
      <Options />
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
