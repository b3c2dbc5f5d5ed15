import type { JSX } from "preact";
import { notes } from "../store.js";
import { clockTime } from "../time.js";

/** What happened lately, newest first. */
export function NotesPanel(): JSX.Element | null {
  if (notes.value.length === 0) return null;
  return (
    <section class="panel notes" aria-labelledby="notes-title">
      <h2 id="notes-title">Lately</h2>
      <ol>
        {[...notes.value].reverse().map((note) => (
          <li key={note.seq} class={`is-${note.level}`}>
            <time dateTime={note.at}>{clockTime(note.at)}</time> {note.message}
          </li>
        ))}
      </ol>
    </section>
  );
}
