import type { JSX } from "preact";
import { session } from "../store.js";

/** Which conditions hold the run, which are bad now, and what it waits for. */
export function SuspendLines(): JSX.Element | null {
  const suspend = session.value?.suspend ?? null;
  if (suspend === null) return null;
  const { on, goodForS, holds, held, needsOperator, goodSince } = suspend;
  const then = needsOperator
    ? "An operator has to press Resume."
    : goodSince === null
      ? `It goes on by itself after ${goodForS} s without.`
      : `Good since ${goodSince.slice(11, 19)} UTC: it goes on by itself after ${goodForS} s.`;
  return (
    <div class="suspend">
      {held && (
        <p class="danger-text" role="status">
          <strong>Held in the dark.</strong> {then}
        </p>
      )}
      {holds.map(({ reason }) => (
        <p key={reason} class="danger-text">
          {reason}
        </p>
      ))}
      {!held && holds.length === 0 && <p class="dim">Holds the run: {on.join(", ")}; all good</p>}
    </div>
  );
}
