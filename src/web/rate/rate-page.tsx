import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { FrameRater } from "./frame-rater.js";
import { listenToRatingKeys } from "./keys.js";
import { busy, loadSets, making, rated, task, trouble } from "./rating.js";
import { SetList } from "./set-list.js";

/** Experts rate frames, one after another; what they say is what networks learn from. */
export function RatePage(): JSX.Element {
  useEffect(() => {
    void loadSets();
    return listenToRatingKeys(document);
  }, []);
  return (
    <main class="plain">
      {trouble.value !== null && (
        <p class="danger-text notice" role="alert">
          {trouble.value}
        </p>
      )}
      {busy.value === "Preparing the frames" && (
        <div class="notice" role="status">
          <p>
            Preparing the frames…{" "}
            {making.value !== null &&
              making.value.total > 0 &&
              `${making.value.done} of ${making.value.total}`}
          </p>
          <progress
            max={making.value?.total || 1}
            value={making.value?.done ?? 0}
            aria-label="Frames prepared"
          />
        </div>
      )}
      {rated.value !== null && task.value !== null ? <FrameRater task={task.value} /> : <SetList />}
    </main>
  );
}
