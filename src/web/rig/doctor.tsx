import type { JSX } from "preact";
import { examine, examining, findings } from "./rig.js";

const marks = { ok: "✓", info: "·", fault: "✗" } as const;

/** What works on the daemon's computer, and what to do about what does not. */
export function Doctor(): JSX.Element {
  return (
    <section class="panel" aria-labelledby="doctor-title">
      <div class="plain-head">
        <h2 id="doctor-title">Doctor</h2>
        <button type="button" disabled={examining.value} onClick={() => void examine()}>
          {examining.value ? "Examining…" : "Examine"}
        </button>
      </div>
      {findings.value === null ? (
        <p class="dim">Looks at engines, journal, disk and configuration; takes some seconds.</p>
      ) : (
        <ul class="findings">
          {findings.value.map((f) => (
            <li key={f.name} class={f.state === "fault" ? "danger-text" : ""}>
              <span aria-hidden="true">{marks[f.state]}</span> <b>{f.name}</b> {f.detail}
              {f.hint !== undefined && <small> → {f.hint}</small>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
