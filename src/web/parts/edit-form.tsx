import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ParameterSpec, Settings } from "../../core/settings.js";
import * as actions from "../actions.js";
import { digits, onGrid, share, unitOf, valueAt } from "../format.js";
import { isLive, session } from "../store.js";

const sliderSteps = 400;

/** The proposal with sliders that end where the limits end. The server has the last word. */
export function EditForm(props: { readonly step: number; readonly proposed: Settings }): JSX.Element {
  const { step, proposed } = props;
  const parameters = session.value?.parameters ?? [];
  const [settings, setSettings] = useState<Settings>(proposed);
  const set = (name: string, value: number): void => setSettings({ ...settings, [name]: value });
  const wrong = parameters.filter((p) => !inside(p, settings[p.name]));
  return (
    <section class="panel settings-panel asks" aria-labelledby="edit-title">
      <h2 id="edit-title">Edit step {step}</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (wrong.length === 0) void actions.useEdited(changed(settings, parameters));
        }}
      >
        <div class="setting-rows">
          {parameters.map((spec) => (
            <Field
              key={spec.name}
              spec={spec}
              value={settings[spec.name] ?? spec.min}
              was={proposed[spec.name] ?? null}
              onValue={(value) => set(spec.name, value)}
            />
          ))}
        </div>
        {wrong.map((p) => (
          <p key={p.name} class="warn-text" role="alert">
            {p.label} must be between {digits(p.min)} and {digits(p.max)} {unitOf(p.unit)}
          </p>
        ))}
        <div class="decide">
          <button type="submit" class="go" disabled={!isLive.value || wrong.length > 0}>
            Use these <kbd>⏎</kbd>
          </button>
          <button type="button" onClick={() => setSettings(proposed)}>
            Reset
          </button>
          <button
            type="button"
            onClick={() => {
              actions.editing.value = false;
            }}
          >
            Cancel <kbd>E</kbd>
          </button>
        </div>
      </form>
    </section>
  );
}

function Field(props: {
  readonly spec: ParameterSpec;
  readonly value: number;
  readonly was: number | null;
  readonly onValue: (value: number) => void;
}): JSX.Element {
  const { spec, value, was, onValue } = props;
  const id = `edit-${spec.name}`;
  return (
    <div class="setting edit">
      <label class="label" for={id}>
        {spec.label}
      </label>
      <span class="value">
        <input
          id={id}
          type="number"
          min={spec.min}
          max={spec.max}
          step={spec.integer === true ? 1 : (spec.step ?? "any")}
          value={Number.isFinite(value) ? value : ""}
          aria-invalid={!inside(spec, value)}
          onInput={(event) => onValue(event.currentTarget.valueAsNumber)}
        />{" "}
        <small>{unitOf(spec.unit)}</small>
      </span>
      <span class="range">
        <small>{digits(spec.min)}</small>
        <input
          type="range"
          aria-label={`${spec.label}, slider`}
          aria-valuetext={`${digits(value)} ${unitOf(spec.unit)}`}
          min={0}
          max={sliderSteps}
          step={1}
          value={Math.round(share(spec, value) * sliderSteps)}
          onInput={(event) => onValue(valueAt(spec, event.currentTarget.valueAsNumber / sliderSteps))}
        />
        <small>{digits(spec.max)}</small>
      </span>
      {was !== null && onGrid(spec, was) !== onGrid(spec, value) && (
        <button type="button" class="quiet was" onClick={() => onValue(was)}>
          proposed {digits(was)}
        </button>
      )}
    </div>
  );
}

function inside(spec: ParameterSpec, value: number | undefined): boolean {
  return (
    value !== undefined &&
    value >= spec.min &&
    value <= spec.max &&
    (spec.integer !== true || Number.isInteger(value))
  );
}
/** Only what may be turned; the fixed settings are not the operator's to send. */
function changed(settings: Settings, parameters: readonly ParameterSpec[]): Settings {
  return Object.fromEntries(parameters.map((p) => [p.name, settings[p.name] ?? p.min]));
}
