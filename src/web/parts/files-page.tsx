import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { csvOf, save } from "../csv.js";
import { scoreText } from "../format.js";
import { session } from "../store.js";
import { forgetFiles, rated, takeFiles, waitingFiles } from "../upload.js";
import { TableBox } from "./table-box.js";

/** Rates image files that are dropped here. They stay on this computer and are not kept. */
export function FilesPage(): JSX.Element {
  const [over, setOver] = useState(false);
  const lines = rated.value;
  return (
    <main class="plain">
      <section class="panel" aria-labelledby="files-title">
        <div class="plain-head">
          <h2 id="files-title">Rate image files</h2>
          <span>
            <button
              type="button"
              disabled={lines.length === 0}
              onClick={() => save("scores.csv", scoresCsv())}
            >
              Save CSV
            </button>{" "}
            <button type="button" disabled={lines.length === 0} onClick={forgetFiles}>
              Clear
            </button>
          </span>
        </div>
        <label
          class={`drop ${over ? "over" : ""}`}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={() => setOver(false)}
        >
          <b>Drop TIFF, Imspector (.msr, .obf) or .npy files here</b>
          <span class="dim">or choose them: photon counts, 64 px or more, up to 64 MiB each</span>
          <input
            type="file"
            multiple
            accept=".tif,.tiff,.obf,.msr,.npy"
            aria-label="Choose image files"
            onChange={(event) => {
              takeFiles([...(event.currentTarget.files ?? [])]);
              event.currentTarget.value = "";
            }}
          />
        </label>
        <p class="dim" role="status">
          {waitingFiles.value > 0
            ? `${waitingFiles.value} waiting…`
            : lines.length === 0
              ? `Rated by model ${session.value?.model.name ?? ""}. ${session.value?.model.notice ?? ""}`
              : `${lines.filter((l) => !l.failed).length} rated, ${lines.filter((l) => l.failed).length} not`}
        </p>
        <TableBox label="Rated files">
          {lines.length > 0 && (
            <table>
              <thead>
                <tr>
                  <th>File</th>
                  <th class="number">Page</th>
                  <th class="number">Quality</th>
                  <th>90 % interval</th>
                  <th>Domain</th>
                  <th>Remark</th>
                </tr>
              </thead>
              <tbody>
                {lines.map((l, i) => (
                  <tr key={`${i + 1} ${l.file}`}>
                    <td>{l.file}</td>
                    <td class="number">{l.failed ? "" : l.frame}</td>
                    <td class="number big">{scoreText(l.score)}</td>
                    <td>
                      {l.lower === null || l.upper === null
                        ? ""
                        : `${l.lower.toFixed(2)} – ${l.upper.toFixed(2)}`}
                    </td>
                    <td>
                      {l.failed || l.score === null
                        ? ""
                        : l.inDomain
                          ? "✓ in domain"
                          : "⚠ unlike its training"}
                    </td>
                    <td class={l.failed ? "danger-text" : ""}>{l.reason}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </TableBox>
      </section>
    </main>
  );
}

function scoresCsv(): string {
  return csvOf(
    ["file", "frame", "score", "lower", "upper", "inDomain", "reason"],
    rated.value.map((l) => [
      l.file,
      l.frame,
      l.score,
      l.lower,
      l.upper,
      l.failed ? "" : String(l.inDomain),
      l.reason,
    ]),
  );
}
