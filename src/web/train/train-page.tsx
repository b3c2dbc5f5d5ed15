import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { EvaluationPanel } from "./evaluation-panel.js";
import { ModelsPanel } from "./models-panel.js";
import { ProgressPanel } from "./progress-panel.js";
import { TrainForm } from "./train-form.js";
import { attempt, follow, load, trouble } from "./training.js";

/** From rated frames to a network that the next run uses. */
export function TrainPage(): JSX.Element {
  useEffect(() => {
    void attempt("Load", load);
    return follow();
  }, []);
  return (
    <main class="plain stack">
      {trouble.value !== null && (
        <p class="danger-text notice" role="alert">
          {trouble.value}
        </p>
      )}
      <TrainForm />
      <ProgressPanel />
      <ModelsPanel />
      <EvaluationPanel />
    </main>
  );
}
