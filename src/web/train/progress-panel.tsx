import type { JSX } from "preact";
import { LossCurves } from "./loss-curves.js";
import { busy, cancelTraining, training } from "./training.js";

const words = {
  idle: "none yet",
  training: "training",
  done: "done",
  cancelled: "cancelled; its last checkpoint is kept",
  failed: "failed",
} as const;

export function ProgressPanel(): JSX.Element | null {
  const now = training.value;
  if (now === null || now.wish === null) return null;
  const last = now.lines.at(-1);
  return (
    <section class="panel" aria-labelledby="progress-title">
      <div class="plain-head">
        <h2 id="progress-title">
          {now.wish.name}{" "}
          <span class={now.state === "failed" ? "danger-text" : "dim"}>· {words[now.state]}</span>
        </h2>
        {now.state === "training" && (
          <button type="button" disabled={busy.value !== null} onClick={() => void cancelTraining()}>
            Cancel
          </button>
        )}
      </div>
      <LossCurves epochs={now.epochs} />
      {last !== undefined && <p role="status">{last}</p>}
      <details>
        <summary>What it said</summary>
        <pre class="said">{now.lines.join("\n")}</pre>
      </details>
    </section>
  );
}
