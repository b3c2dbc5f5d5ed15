import type { JSX } from "preact";
import { type Answer, busy, give, picture, type Task, trouble, undo } from "./task.js";

/** One frame, two scores, four answers. */
export function Question({ task }: { readonly task: Task }): JSX.Element {
  const { question, done, total } = task;
  const shown = picture.value;
  if (question === null) {
    return (
      <main class="study">
        <div class="study-end">
          <h1>Thank you, {task.tester}.</h1>
          <p>All {total} frames are answered. You can close this page.</p>
          <button type="button" onClick={() => void undo()}>
            Take the last answer back <kbd>U</kbd>
          </button>
        </div>
      </main>
    );
  }
  return (
    <main class="study">
      <header class="study-head">
        <h1>Which score fits this image better?</h1>
        <p class="dim">
          {task.tester} · image {done + 1} of {total}
        </p>
        <progress value={done} max={total} aria-label="Answered" />
      </header>
      <figure class="study-picture">
        {shown !== null && <img src={shown.url} alt="Microscope frame to judge" />}
        {shown !== null && shown.widthUm > 0 && <figcaption>{shown.widthUm.toFixed(1)} µm wide</figcaption>}
      </figure>
      <div class="study-answers">
        <Score side="left" value={question.left} keyName="←" />
        <Score side="right" value={question.right} keyName="→" />
        <Choice answer="equivalent" keyName="↓">
          Both fit alike
        </Choice>
        <Choice answer="discard" keyName="X">
          Neither fits
        </Choice>
        <button
          type="button"
          class="study-undo quiet"
          disabled={done === 0 || busy.value}
          onClick={() => void undo()}
        >
          Take the last answer back <kbd>U</kbd>
        </button>
        <p class="danger-text" role="alert">
          {trouble.value ?? ""}
        </p>
      </div>
    </main>
  );
}

function Score(props: {
  readonly side: "left" | "right";
  readonly value: number;
  readonly keyName: string;
}): JSX.Element {
  return (
    <button
      type="button"
      class="study-score"
      aria-label={`${props.side} score, ${props.value} of 100, fits better`}
      onClick={() => void give(props.side)}
    >
      <strong>{props.value}</strong>
      <kbd>{props.keyName}</kbd>
    </button>
  );
}

function Choice(props: {
  readonly answer: Answer;
  readonly keyName: string;
  readonly children: string;
}): JSX.Element {
  return (
    <button type="button" class="study-choice" onClick={() => void give(props.answer)}>
      {props.children} <kbd>{props.keyName}</kbd>
    </button>
  );
}
