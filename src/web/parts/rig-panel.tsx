import type { JSX } from "preact";
import type { LightState } from "../../../drivers/contract.js";
import { digits, powerText } from "../format.js";
import { isLive, session } from "../store.js";
import { SuspendLines } from "./suspend-lines.js";

const words: Readonly<Record<string, string>> = {
  acquiring: "scanning",
  safe: "safe: dark and locked",
  fault: "fault",
  lost: "lost: no answer",
};

/** What the rig does, which light is on, how much light the sample had, how far the run is. */
export function RigPanel(): JSX.Element | null {
  const state = session.value;
  if (state === null) return null;
  const { rig, budget } = state;
  return (
    <section class="panel rig-panel" aria-labelledby="rig-title">
      <h2 id="rig-title">
        {rig.name}{" "}
        <span class={`rig-state is-${rig.state}`}>
          {rig.state === "idle" ? idleWord(rig.light) : words[rig.state]}
        </span>
      </h2>
      <ul class="lights">
        {rig.light.map((light) => (
          <Light key={light.name} light={light} />
        ))}
        {rig.light.length === 0 && <li class="dim">this rig does not tell of its light</li>}
      </ul>
      <dl class="values">
        <div>
          <dt>{state.mode === "observe" ? "Frames" : "Steps"}</dt>
          <dd>
            {state.step}
            <small>{budget.steps === null ? "" : ` of ${budget.steps}`}</small>
          </dd>
        </div>
        <div>
          <dt>Time</dt>
          <dd>
            {digits(budget.minutesUsed)}
            <small>{budget.minutes === null ? "" : ` of ${digits(budget.minutes)}`} min</small>
          </dd>
        </div>
        <div>
          <dt>STED dose</dt>
          <dd>
            <Dose uj={budget.doseUj} />
          </dd>
        </div>
        <div title="light that a pixel has had, summed over the run's frames">
          <dt>Light</dt>
          <dd>
            {digits(budget.doseJPerCm2)}
            <small>
              {budget.doseLimitJPerCm2 === null ? "" : ` of ${digits(budget.doseLimitJPerCm2)}`} J/cm²
            </small>
          </dd>
        </div>
        {state.skipped > 0 && (
          <div title="fields without anything to tune on">
            <dt>Skipped</dt>
            <dd>{state.skipped}</dd>
          </div>
        )}
      </dl>
      {budget.steps !== null && (
        <progress aria-label="Budget used" max={budget.steps} value={Math.min(state.step, budget.steps)} />
      )}
      {budget.regionLimitJPerCm2 !== null && (
        <p class="dim">
          Here: {digits(budget.regionJPerCm2)} of {digits(budget.regionLimitJPerCm2)} J/cm²
        </p>
      )}
      {state.maintenance !== null && (
        <p class="danger-text" role="status">
          Maintenance by {state.maintenance.by} until {state.maintenance.until.slice(11, 16)} UTC:{" "}
          {state.maintenance.reason}
        </p>
      )}
      <SuspendLines />
      {rig.faults.map((fault) => (
        <p key={fault.code + fault.source} class="danger-text" role="alert">
          {fault.source}: {fault.message} <small>({fault.code})</small>
        </p>
      ))}
      {!rig.concurrent && (
        <p class="dim">This rig cannot be stopped in mid-frame; E-stop takes hold after the frame.</p>
      )}
      {state.holder !== null && <p class="dim">In control: {state.holder}</p>}
    </section>
  );
}

/** Dark is said only where it is known. */
function idleWord(light: readonly LightState[]): string {
  if (light.some((l) => l.on)) return "idle, light on";
  return light.length > 0 && light.every((l) => l.confirmed) ? "idle, dark" : "idle";
}

function Light({ light }: { readonly light: LightState }): JSX.Element {
  const known = isLive.value;
  const word = light.on ? "on" : light.confirmed ? "off" : "off, not read back";
  return (
    <li class={`light ${light.on && known ? `on ${light.kind}` : ""}`}>
      <i aria-hidden="true" />
      <span class="light-name">{light.name}</span>
      <b>{known ? word : `was ${word}`}</b>
      <span class="power">{light.on ? powerText(light.powerMw) : ""}</span>
    </li>
  );
}

function Dose({ uj }: { readonly uj: number }): JSX.Element {
  const [value, unit] = uj >= 1e6 ? [uj / 1e6, "J"] : uj >= 1000 ? [uj / 1000, "mJ"] : [uj, "µJ"];
  return (
    <>
      {digits(value)} <small>{unit}</small>
    </>
  );
}
