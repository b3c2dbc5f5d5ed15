import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { notes, session } from "../store.js";
import { clockTime } from "../time.js";
import { audit, events } from "./rig.js";
import { actText, eventText } from "./words.js";

interface Entry {
  readonly at: string;
  readonly kind: "event" | "note" | "command";
  readonly level: string;
  readonly text: string;
}
const most = 300;

/** Journal, notes and commands in one list, newest first; filtered by kind and by words. */
export function EventLog(): JSX.Element {
  const [kind, setKind] = useState("all");
  const [sought, seek] = useState("");
  const entries: Entry[] = [
    ...events.value.map((e) => ({
      at: e.at,
      kind: "event" as const,
      level: e.kind === "fault" || e.kind === "panic" ? "warn" : "info",
      text: eventText(e, session.value?.parameters ?? []),
    })),
    ...notes.value.map((n) => ({ at: n.at, kind: "note" as const, level: n.level, text: n.message })),
    ...(audit.value ?? []).map((a) => ({
      at: a.at,
      kind: "command" as const,
      level: a.status >= 400 ? "warn" : "info",
      text: actText(a),
    })),
  ];
  const words = sought.toLowerCase().split(/\s+/);
  const shown = entries
    .filter((e) => kind === "all" || (kind === "trouble" ? e.level !== "info" : e.kind === kind))
    .filter((e) => words.every((w) => e.text.toLowerCase().includes(w)))
    .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
    .slice(0, most);
  return (
    <section class="panel event-log" aria-labelledby="events-title">
      <div class="plain-head">
        <h2 id="events-title">Events</h2>
        <span class="filters">
          <select aria-label="Kind of event" value={kind} onChange={(e) => setKind(e.currentTarget.value)}>
            <option value="all">all</option>
            <option value="event">journal</option>
            <option value="note">notes</option>
            <option value="command">who did what</option>
            <option value="trouble">trouble only</option>
          </select>{" "}
          <input
            type="search"
            aria-label="Search events"
            placeholder="Search"
            value={sought}
            onInput={(e) => seek(e.currentTarget.value)}
          />
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <ol class="events" tabIndex={0} aria-label="Events, newest first">
        {shown.map((e, i) => (
          <li key={`${i + 1} ${e.at}`} class={`is-${e.level}`}>
            <time dateTime={e.at}>{clockTime(e.at)}</time> {e.text}
          </li>
        ))}
      </ol>
      {shown.length === 0 && <p class="dim">Nothing yet.</p>}
    </section>
  );
}
