import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { csvOf, save } from "../csv.js";
import { ago, scoreText } from "../format.js";
import { session } from "../store.js";
import {
  allLines,
  forgetFiles,
  isRating,
  progress,
  type Rated,
  stopFiles,
  takeFiles,
  version,
} from "../upload.js";
import { FileLook } from "./file-look.js";
import { TableBox } from "./table-box.js";

/** So many rows are drawn; all of them are in the CSV. */
const shownRows = 100;

/** Rates image files that are dropped here. They stay on this computer and are not kept. */
export function FilesPage(): JSX.Element {
  const [over, setOver] = useState(false);
  const [onlyFailed, setOnlyFailed] = useState(false);
  const [looked, look] = useState<Rated | null>(null);
  // Read so that the page follows what comes.
  version.value;
  const lines = allLines();
  const failed = progress.value.failed;
  const wanted = onlyFailed ? lines.filter((l) => l.failed) : lines;
  const rows = wanted.slice(-shownRows);
  return (
    <main class="plain">
      <section class="panel" aria-labelledby="files-title">
        <div class="plain-head">
          <h2 id="files-title">Rate image files</h2>
          <span>
            {failed > 0 && (
              <label class="check">
                <input
                  type="checkbox"
                  checked={onlyFailed}
                  onChange={(e) => setOnlyFailed(e.currentTarget.checked)}
                />{" "}
                only those not rated
              </label>
            )}{" "}
            <button
              type="button"
              disabled={lines.length === 0}
              onClick={() => save("scores.csv", scoresCsv(lines))}
            >
              Save CSV
            </button>{" "}
            {isRating() && (
              <button type="button" onClick={stopFiles}>
                Stop
              </button>
            )}{" "}
            <button
              type="button"
              disabled={lines.length === 0}
              onClick={() => {
                look(null);
                forgetFiles();
              }}
            >
              Clear
            </button>
          </span>
        </div>
        <label
          class={`drop ${over ? "over" : ""} ${lines.length > 0 ? "low" : ""}`}
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
        <FilesProgress lines={lines} />
        {looked !== null && <FileLook line={looked} onClose={() => look(null)} />}
        <TableBox label="Rated files">
          {rows.length > 0 && (
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
                {rows.map((l, i) => (
                  <Row key={`${wanted.length - rows.length + i}`} line={l} onLook={look} />
                ))}
              </tbody>
            </table>
          )}
        </TableBox>
        {wanted.length > rows.length && (
          <p class="dim">
            The newest {shownRows} of {wanted.length}; the CSV holds all {lines.length}.
          </p>
        )}
      </section>
    </main>
  );
}

/** How far it is; at rest what came of it. */
function FilesProgress({ lines }: { readonly lines: readonly Rated[] }): JSX.Element {
  const { done, total, failed, leftMs } = progress.value;
  const model = session.value?.model;
  const good = lines.filter((l) => !l.failed).length;
  return (
    <>
      {isRating() && <progress max={total} value={done} aria-label="Files rated" />}
      <p class="dim" role="status">
        {isRating()
          ? `${done} of ${total} files, ${failed} not rated${leftMs === null ? "" : `, about ${ago(leftMs)} left`}`
          : lines.length === 0
            ? `Rated by model ${model?.name ?? ""}. ${model?.notice ?? ""}`
            : `${good} rated, ${lines.length - good} not. A file's name opens its picture and heatmap.`}
      </p>
    </>
  );
}

function Row({
  line: l,
  onLook,
}: {
  readonly line: Rated;
  readonly onLook: (line: Rated) => void;
}): JSX.Element {
  return (
    <tr>
      <td>
        {l.failed ? (
          l.file
        ) : (
          <button type="button" class="quiet" onClick={() => onLook(l)}>
            {l.file}
          </button>
        )}
      </td>
      {l.failed ? (
        <td class="danger-text" colSpan={5}>
          <span class="why-not">– {l.reason}</span>
        </td>
      ) : (
        <>
          <td class="number">{l.frame}</td>
          <td class="number big">{scoreText(l.score)}</td>
          <td>
            {l.lower === null || l.upper === null ? "" : `${l.lower.toFixed(2)} – ${l.upper.toFixed(2)}`}
          </td>
          <td>{l.score === null ? "" : l.inDomain ? "✓ in domain" : "⚠ unlike its training"}</td>
          <td>{l.reason}</td>
        </>
      )}
    </tr>
  );
}

function scoresCsv(lines: readonly Rated[]): string {
  return csvOf(
    ["file", "frame", "score", "lower", "upper", "inDomain", "reason"],
    lines.map((l) => [
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
