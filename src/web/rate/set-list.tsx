import type { JSX } from "preact";
import { TableBox } from "../parts/table-box.js";
import { NewSet } from "./new-set.js";
import { openSet, rater, sets } from "./rating.js";

/** Sets that were begun, whose ratings they are, and the way to a new one. */
export function SetList(): JSX.Element {
  const named = rater.get().trim() !== "";
  return (
    <section class="panel" aria-labelledby="sets-title">
      <div class="plain-head">
        <h2 id="sets-title">Rate frames</h2>
        <label class="field">
          Your name{" "}
          <input
            type="text"
            required
            maxLength={80}
            value={rater.get()}
            onInput={(event) => rater.set(event.currentTarget.value)}
          />
        </label>
      </div>
      {!named && (
        <p class="warn-text" role="status">
          Enter your name first: a rating needs its rater.
        </p>
      )}
      <TableBox label="Sets">
        {(sets.value ?? []).length > 0 && (
          <table>
            <thead>
              <tr>
                <th>Set</th>
                <th class="number">Frames</th>
                <th>Raters</th>
                <th>Order</th>
                <th>From</th>
              </tr>
            </thead>
            <tbody>
              {(sets.value ?? []).map((s) => (
                <tr key={s.name}>
                  <td>
                    <button type="button" disabled={!named} onClick={() => void openSet(s.name)}>
                      {s.name}
                    </button>
                  </td>
                  <td class="number">{s.frames}</td>
                  <td>{s.raters.map((r) => `${r.rater} ${r.done}`).join(", ") || "nobody yet"}</td>
                  <td>{s.order === "active" ? "most informative first" : "random"}</td>
                  <td class="dim long">{s.source}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </TableBox>
      {sets.value?.length === 0 && <p class="dim">No set yet: make one below.</p>}
      <NewSet able={named} />
    </section>
  );
}
