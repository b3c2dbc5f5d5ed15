import type { JSX } from "preact";
import type { FleetRig } from "../../core/fleet.js";
import { digits } from "../format.js";
import { dateTime } from "../time.js";

/** One rig. @param old what is shown is not of now, whatever the rig itself says */
export function RigCard({ rig, old }: { readonly rig: FleetRig; readonly old: boolean }): JSX.Element {
  const stale = rig.stale || old;
  const { last } = rig;
  return (
    <li class={stale ? "panel fleet-rig stale" : "panel fleet-rig"} aria-label={`Rig ${rig.rig}`}>
      <h2>
        {rig.rig} <small>{rig.device}</small>
      </h2>
      <Heard rig={rig} stale={stale} />
      <Light rig={rig} stale={stale} />
      <dl>
        <dt>State</dt>
        <dd>
          {rig.state}
          {rig.stage === "" ? "" : `, ${rig.stage}`}
        </dd>
        <dt>Step</dt>
        <dd>
          {rig.step}
          {rig.steps === null ? "" : ` of ${rig.steps}`} {rig.mode === "" ? "" : `(${rig.mode})`}
        </dd>
        <dt>Last score</dt>
        <dd>
          {last?.score == null ? "none" : digits(last.score)}
          {last?.lower == null || last.upper == null
            ? ""
            : ` (${digits(last.lower)} … ${digits(last.upper)})`}
          {last === null ? "" : `, step ${last.step}`}
        </dd>
        <dt>Scored by</dt>
        <dd>
          {rig.model} {rig.engine === "" ? "" : `on ${rig.engine}`}
        </dd>
      </dl>
      <Scores scores={rig.scores} />
      {rig.alert !== null && <p class="warn-text">{rig.alert}</p>}
      {rig.notes.at(-1) !== undefined && <p class="dim fleet-note">{rig.notes.at(-1)?.message}</p>}
    </li>
  );
}

function Heard({ rig, stale }: { readonly rig: FleetRig; readonly stale: boolean }): JSX.Element {
  if (!stale) return <p class="dim">live</p>;
  const since =
    rig.heardSAgo === null
      ? `not heard; last word ${dateTime(rig.at)}`
      : `last heard ${ago(rig.heardSAgo)} ago`;
  return <p class="warn-text">{since}: all below is old</p>;
}

/** Of a rig that is not heard nobody knows whether its light is on. */
function Light({ rig, stale }: { readonly rig: FleetRig; readonly stale: boolean }): JSX.Element {
  const lit = rig.light.filter((source) => source.on);
  const names = lit.map(({ name, powerMw, confirmed }) => {
    const power = `${name} ${digits(powerMw)} mW`;
    return confirmed ? power : `${power}, not read back`;
  });
  if (stale) {
    const was =
      rig.light.length === 0 ? "" : lit.length > 0 ? ` (was on: ${names.join(", ")})` : " (was off)";
    return <p class="fleet-light unknown">Light unknown{was}</p>;
  }
  if (rig.light.length === 0) return <p class="fleet-light unknown">No light source reported</p>;
  if (lit.length > 0) return <p class="fleet-light on">Light on: {names.join(", ")}</p>;
  return <p class="fleet-light off">Light off</p>;
}

const width = 240;
const height = 40;

/** The run's scores, 0 at the bottom, 1 at the top. */
function Scores({ scores }: { readonly scores: FleetRig["scores"] }): JSX.Element | null {
  const known = scores.flatMap((score, i) => (score === null ? [] : [{ i, score }]));
  const latest = known.at(-1);
  if (latest === undefined) return null;
  const step = width / Math.max(1, scores.length - 1);
  const points = known.map(({ i, score }) => `${(i * step).toFixed(1)},${((1 - score) * height).toFixed(1)}`);
  return (
    <svg
      class="fleet-scores"
      viewBox={`-3 -3 ${width + 6} ${height + 6}`}
      role="img"
      aria-label={`Scores of the latest ${scores.length} steps, the last ${digits(latest.score)}`}
    >
      <polyline points={points.join(" ")} />
      <circle cx={latest.i * step} cy={(1 - latest.score) * height} r="2.5" />
    </svg>
  );
}

export function ago(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
