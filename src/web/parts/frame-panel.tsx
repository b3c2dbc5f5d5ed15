import type { JSX } from "preact";
import { colourMaps, shown } from "../picture.js";
import { newestFrame, progress, session, steps } from "../store.js";
import {
  lookAt,
  lookBy,
  lookedAt,
  mapName,
  roleLabels,
  roles,
  shownRole,
  turnMap,
  view,
  wanted,
} from "../viewer.js";
import { FrameCanvas } from "./frame-canvas.js";

const kinds: Readonly<Record<string, string>> = {
  before: "Confocal before",
  sted: "STED",
  after: "Confocal after",
};

/** The newest frame, large; before, STED and after by arrow keys; any step of the run by looking back. */
export function FramePanel(): JSX.Element {
  const back = lookedAt.value;
  const frame = wanted.value;
  const picture = shown.value;
  const role = shownRole.value;
  const what = role === null ? (picture?.kind === "sted" ? "STED" : "Frame") : (kinds[role] ?? role);
  const saturated = newestFrame.value?.id === picture?.id ? (newestFrame.value?.saturated ?? 0) : 0;
  return (
    <section class="panel frame-panel" aria-label="Picture">
      <div class="frame-head">
        <h2>
          {what}
          {frame?.step !== null && frame?.step !== undefined && <span class="dim"> · step {frame.step}</span>}
        </h2>
        <fieldset class="tabs" aria-label="Which picture">
          {roles.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={view.value === name}
              onClick={() => (view.value = name)}
            >
              {roleLabels[name]}
            </button>
          ))}
        </fieldset>
      </div>
      <FrameCanvas />
      <div class="frame-foot">
        <span class="dim">
          {picture === null
            ? "no frame yet"
            : `${picture.width} × ${picture.height} px, ${picture.pixelSizeNm} nm`}
          {saturated > 0 && <strong class="warn-text"> · {saturated} px saturated</strong>}
        </span>
        <ScanProgress />
        <div class="frame-tools">
          <button type="button" class="quiet" onClick={() => turnMap(Object.keys(colourMaps.value))}>
            {mapName.value} <kbd>C</kbd>
          </button>
          <button
            type="button"
            class="quiet"
            disabled={steps.value.length === 0}
            onClick={() => lookBy(-1)}
            aria-label="One step back"
          >
            ◀
          </button>
          <button
            type="button"
            class="quiet"
            disabled={back === null}
            onClick={() => lookBy(1)}
            aria-label="One step forward"
          >
            ▶
          </button>
          <button type="button" class="quiet" disabled={back === null} onClick={() => lookAt(null)}>
            {back === null ? "live" : "follow"} <kbd>F</kbd>
          </button>
        </div>
      </div>
      <p class="model">
        Rated by model <b>{session.value?.model.name}</b>, {session.value?.model.engine}.{" "}
        {session.value?.model.notice}
      </p>
    </section>
  );
}

/** How far the scan under way has come, where the rig tells. */
function ScanProgress(): JSX.Element | null {
  const p = progress.value;
  if (p === null || session.value?.rig.state !== "acquiring") return null;
  return <progress aria-label="Scan" max={p.lines} value={p.line} />;
}
