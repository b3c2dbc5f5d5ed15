import type { JSX } from "preact";
import { frameMaps, shown } from "../picture.js";
import { opened, stepWord } from "../source.js";
import { newestFrame, progress, session } from "../store.js";
import { choices, chosenView, mapName, roleLabels, turnMap, view, wanted, withHeatmap } from "../viewer.js";
import { FrameCanvas } from "./frame-canvas.js";
import { Scrubber } from "./scrubber.js";

const kinds: Readonly<Record<string, string>> = {
  before: "Confocal before",
  sted: "STED",
  after: "Confocal after",
};

/** The newest frame, large; before, STED and after by arrow keys; any step of the run by looking back. */
export function FramePanel(): JSX.Element {
  const frame = wanted.value;
  const picture = shown.value;
  const past = opened.value;
  const role = frame?.role ?? null;
  const what = role === null ? (picture?.kind === "sted" ? "STED" : "Frame") : (kinds[role] ?? role);
  const saturated = newestFrame.value?.id === picture?.id ? (newestFrame.value?.saturated ?? 0) : 0;
  return (
    <section class="panel frame-panel" aria-label="Picture">
      <div class="frame-head">
        <h2>
          {what}
          {frame?.step !== null && frame?.step !== undefined && (
            <span class="dim">
              {" "}
              · {stepWord.value} {frame.step}
            </span>
          )}
        </h2>
        <fieldset class="tabs" aria-label="Which picture">
          {choices.value.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={chosenView.value === name}
              onClick={() => (view.value = name)}
            >
              {roleLabels[name]}
            </button>
          ))}
        </fieldset>
      </div>
      <FrameCanvas />
      <ScanProgress />
      <div class="frame-foot">
        <Scrubber />
        <button
          type="button"
          class="quiet"
          aria-pressed={withHeatmap.value}
          title="what the network saw where"
          onClick={() => (withHeatmap.value = !withHeatmap.value)}
        >
          heatmap <kbd>H</kbd>
        </button>
        <button type="button" class="quiet" title="other colours" onClick={() => turnMap(frameMaps.value)}>
          {mapName.value} <kbd>C</kbd>
        </button>
      </div>
      <p class="model">
        {picture !== null && `${picture.width} × ${picture.height} px of ${picture.pixelSizeNm} nm. `}
        {saturated > 0 && <strong class="warn-text">{saturated} px saturated. </strong>}
        {past === null ? (
          <>
            Rated by model <b>{session.value?.model.name}</b>, {session.value?.model.engine}.{" "}
            {session.value?.model.notice}
          </>
        ) : (
          <>
            Rated by model <b>{past.model}</b>, {past.engine}.
          </>
        )}
      </p>
    </section>
  );
}

/** How far the scan under way has come, where the rig tells. */
function ScanProgress(): JSX.Element {
  const p = progress.value;
  const scanning = p !== null && session.value?.rig.state === "acquiring";
  return <progress class="scan" aria-label="Scan" max={p?.lines ?? 1} value={scanning ? p.line : 0} />;
}
