import type { JSX } from "preact";
import type { ObjectiveSpec, TradeOff } from "../../core/observation.js";
import * as actions from "../actions.js";
import { digits, unitOf } from "../format.js";
import { isLive, session } from "../store.js";
import { EditForm } from "./edit-form.js";
import { Options } from "./options.js";
import { SettingRow } from "./setting-row.js";

/** What is being exposed and what comes next, why, and the operator's word on it. */
export function SettingsPanel(): JSX.Element | null {
  const state = session.value;
  if (state === null) return null;
  const { proposal, current, parameters } = state;
  const why = proposal?.why ?? current?.why;
  if (proposal !== null && actions.editing.value) return <EditForm key={proposal.id} proposal={proposal} />;
  return (
    <section
      class={`panel settings-panel ${proposal === null ? "" : "asks"}`}
      aria-labelledby="settings-title"
    >
      <h2 id="settings-title">
        {proposal === null ? "Settings" : `Proposal for step ${proposal.step}`}
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
      {why !== undefined && (
        <p class="why">
          {why.text} <Expected of={why} objectives={state.objectives} />
        </p>
      )}
      {proposal !== null && (
        <>
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
      {proposal === null && state.state === "running" && parameters.length > 0 && (
        <p class="dim">
          {state.mode === "assist"
            ? "The next proposal comes after this step."
            : "Decides by itself; switch to Assist to be asked."}
        </p>
      )}
    </section>
  );
}

/** "expects Quality 0.62 ± 0.05, Bleaching 0.31 ± 0.04" */
function Expected(props: {
  readonly of: { readonly expected: TradeOff["objectives"]; readonly uncertainty: TradeOff["objectives"] };
  readonly objectives: readonly ObjectiveSpec[];
}): JSX.Element | null {
  const parts = props.objectives.flatMap((o) => {
    const mean = props.of.expected[o.name];
    if (mean === undefined) return [];
    const sd = props.of.uncertainty[o.name] ?? 0;
    return [`${o.label} ${digits(mean)}${sd > 0 ? ` ± ${digits(sd)}` : ""} ${unitOf(o.unit)}`.trim()];
  });
  return parts.length === 0 ? null : <span class="expected">Expects {parts.join(", ")}.</span>;
}
