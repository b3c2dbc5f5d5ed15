import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { FrameRater } from "./frame-rater.js";
import { listenToRatingKeys } from "./keys.js";
import { busy, loadSets, rated, task, trouble } from "./rating.js";
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
      {busy.value === "Preparing the frames" && <p class="notice">Preparing the frames…</p>}
      {rated.value !== null && task.value !== null ? <FrameRater task={task.value} /> : <SetList />}
    </main>
  );
}
