import type { JSX } from "preact";
import { scoreText } from "../format.js";
import { opened, pickedStep, shownObjectives, stepWord } from "../source.js";
import { newestFrame, session } from "../store.js";

interface Shown {
  readonly score: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly inDomain: boolean;
  readonly reason?: string;
  readonly of: string;
}

/** The score to show: of the step looked back at, of a frame that nobody asked for, or of the last step. */
function current(): Shown | null {
  const back = pickedStep.value;
  if (back?.score) return { ...back.score, of: `${stepWord.value} ${back.step}` };
  if (back !== null || opened.value !== null) return null;
  const frame = newestFrame.value;
  if (session.value?.mode === "observe" && frame?.score) {
    return { ...frame.score, of: frame.kind === "sted" ? "newest STED frame" : "newest frame" };
  }
  const last = session.value?.last;
  return last === null || last === undefined ? null : { ...last, of: `step ${last.step}` };
}

/** How good the image is, as one number that reads across a room. */
export function ScorePanel(): JSX.Element {
  const shown = current();
  const quality = shownObjectives.value.find((o) => o.name === "quality");
  const score = shown?.score ?? null;
  const percent = (v: number): string => `${(100 * v).toFixed(1)}%`;
  return (
    <section class="panel score-panel" aria-labelledby="score-title">
      <h2 id="score-title">
        Quality <span class="dim">{shown === null ? "" : `· ${shown.of}`}</span>
      </h2>
      <div class="score-line">
        <output class={`score ${score === null ? "none" : ""}`}>{scoreText(score)}</output>
        <div class="score-side">
          {shown !== null && shown.lower !== null && shown.upper !== null && (
            <span class="interval">
              {shown.lower.toFixed(2)} – {shown.upper.toFixed(2)}
            </span>
          )}
          {shown !== null && (
            <span class={`domain ${shown.inDomain ? "in" : "out"}`}>
              {shown.inDomain ? "✓ in domain" : "⚠ unlike its training"}
            </span>
          )}
        </div>
      </div>
      <div class="meter" aria-hidden="true">
        {shown?.lower !== null && shown?.lower !== undefined && shown.upper !== null && (
          <i class="band" style={{ left: percent(shown.lower), width: percent(shown.upper - shown.lower) }} />
        )}
        {quality !== undefined && <i class="limit" style={{ left: percent(quality.worstAcceptable) }} />}
        {score !== null && <i class="mark" style={{ left: percent(score) }} />}
      </div>
      {shown?.score === null && <p class="warn-text">{shown.reason ?? "no score"}</p>}
      <Values />
    </section>
  );
}

/** The other objectives of the same step. */
function Values(): JSX.Element | null {
  const back = pickedStep.value;
  const last = session.value?.last ?? null;
  if (back === null && (last === null || opened.value !== null)) return null;
  const measured = (name: string): number | null =>
    back === null ? (last?.objectives[name] ?? null) : (back.objectives[name]?.value ?? null);
  return (
    <dl class="values">
      {shownObjectives.value
        .filter((o) => o.name !== "quality" && (stepWord.value === "step" || measured(o.name) !== null))
        .map((o) => {
          const value = measured(o.name);
          return (
            <div key={o.name}>
              <dt>{o.label}</dt>
              <dd title={back?.objectives[o.name]?.reason}>
                {value === null ? "–" : value.toFixed(Math.abs(value) < 10 ? 2 : 0)}
                {o.unit !== "1" && value !== null && <small> {o.unit}</small>}
              </dd>
            </div>
          );
        })}
    </dl>
  );
}
