import type { JSX } from "preact";
import type { RatingTask } from "../../study/rating-set.js";
import { Agreement } from "./agreement.js";
import { busy, closeSet, judge, loadAgreement, picture, rated, undo, value } from "./rating.js";

/** One frame, one slider; every judgement is on disk before the next frame is shown. */
export function FrameRater({ task }: { readonly task: RatingTask }): JSX.Element {
  const shown = picture.value;
  const waiting = busy.value !== null;
  return (
    <section class="panel rate" aria-labelledby="rate-title">
      <div class="plain-head">
        <h2 id="rate-title">{rated.value}</h2>
        <span class="dim">
          {task.rater} · {task.done} of {task.total}
        </span>
        <span>
          <button type="button" onClick={() => void loadAgreement()}>
            Agreement
          </button>{" "}
          <button type="button" onClick={() => void closeSet()}>
            All sets
          </button>
        </span>
      </div>
      <progress value={task.done} max={task.total} aria-label="Rated" />
      <Agreement />
      {task.frame === null ? (
        <div class="rate-end">
          <p>All frames are rated. Thank you.</p>
          <button type="button" onClick={() => void undo()}>
            Take the last one back <kbd>U</kbd>
          </button>
        </div>
      ) : (
        <div class="rate-frame">
          <figure class="rate-picture">
            {shown !== null && <img src={shown.url} alt="Frame to rate" />}
            {shown !== null && <figcaption>{shown.widthUm.toFixed(1)} µm wide</figcaption>}
          </figure>
          <div class="rate-controls">
            <label>
              <span>Quality</span>
              <output class="rate-value">{value.value === null ? "–" : `${value.value} %`}</output>
              <input
                type="range"
                min={0}
                max={100}
                step={1}
                value={value.value ?? 50}
                aria-label="Quality, per cent"
                onInput={(event) => {
                  value.value = Number(event.currentTarget.value);
                }}
              />
              <span class="rate-ends" aria-hidden="true">
                <small>useless</small>
                <small>as good as it gets</small>
              </span>
            </label>
            <button
              type="button"
              class="go"
              disabled={value.value === null || waiting}
              onClick={() => void judge("rate", value.value)}
            >
              Rate <kbd>↵</kbd>
            </button>
            <p class="dim">
              Or one key: <kbd>0</kbd> … <kbd>9</kbd> for 0 to 90 %, <kbd>+</kbd> for 100 %.
            </p>
            <div class="rate-others">
              <button type="button" disabled={waiting} onClick={() => void judge("cannot")}>
                Cannot judge <kbd>X</kbd>
              </button>
              <button type="button" disabled={waiting} onClick={() => void judge("skip")}>
                Later <kbd>N</kbd>
              </button>
              <button type="button" disabled={!task.canUndo || waiting} onClick={() => void undo()}>
                Undo <kbd>U</kbd>
              </button>
            </div>
          </div>
        </div>
      )}
    </section>
  );
}
