import type { JSX } from "preact";
import type { StepSummary } from "../../loop/contract.js";
import { digits, scoreText, settingsText, withUnit } from "../format.js";
import {
  lookAt,
  opened,
  pickedStep,
  shownObjectives,
  shownParameters,
  shownSteps,
  stepWord,
} from "../source.js";
import { type Note, notes } from "../store.js";
import { clockTime } from "../time.js";

const most = 60;
type Entry = { readonly at: string; readonly key: string; readonly step?: StepSummary; readonly note?: Note };

/** Steps and what else happened, newest first; a step opens on a click. */
export function LogPanel(): JSX.Element | null {
  const entries: Entry[] = [
    ...shownSteps.value.slice(-most).map((step) => ({ at: step.at, key: `step ${step.step}`, step })),
    ...(opened.value === null ? notes.value : []).map((note) => ({
      at: note.at,
      key: `note ${note.seq}`,
      note,
    })),
  ];
  if (entries.length === 0) return null;
  entries.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  return (
    <section class="panel log" aria-labelledby="log-title">
      <h2 id="log-title">{stepWord.value === "step" ? "Steps" : "Frames"} and events</h2>
      <ol>
        {entries.slice(0, most).map(({ key, step, note }) => (
          <li key={key} class={note === undefined ? "" : `is-${note.level}`}>
            {step !== undefined && <StepLine step={step} />}
            {note !== undefined && (
              <>
                <time dateTime={note.at}>{clockTime(note.at)}</time> {note.message}
              </>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function StepLine({ step }: { readonly step: StepSummary }): JSX.Element {
  const others = shownObjectives.value
    .filter((o) => o.name !== "quality" && o.known === undefined)
    .flatMap((o) => {
      const value = step.objectives[o.name]?.value ?? null;
      return value === null ? [] : [`${o.label.toLowerCase()} ${digits(value)}`];
    });
  const settings = shownParameters.value.map((p) => withUnit(step.settings[p.name] ?? 0, p.unit));
  const words = stepWord.value === "frame" ? [clockTime(step.at)] : [...others, ...settings];
  return (
    <button
      type="button"
      class="step-line"
      title={settingsText(step.settings, shownParameters.value)}
      aria-pressed={pickedStep.value?.step === step.step}
      onClick={() => lookAt(step.step)}
    >
      <span class="step-number">{step.step}</span>
      <b>{scoreText(step.score?.score ?? null)}</b>
      <span>{words.join(" · ")}</span>
    </button>
  );
}
