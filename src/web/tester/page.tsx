import type { JSX } from "preact";
import { Question } from "./question.js";
import { refused, start, task, trouble } from "./task.js";

/** What a tester sees: the question, or in plain words why there is none. */
export function TesterPage(): JSX.Element {
  if (refused.value !== null) {
    return (
      <main class="study">
        <div class="study-end">
          <h1>This link does not work</h1>
          <p role="alert">{refused.value}</p>
        </div>
      </main>
    );
  }
  if (task.value !== null) return <Question task={task.value} />;
  return (
    <main class="study">
      <div class="study-end">
        <p>{trouble.value ?? "Loading…"}</p>
        {trouble.value !== null && (
          <button type="button" onClick={() => void start()}>
            Try again
          </button>
        )}
      </div>
    </main>
  );
}
