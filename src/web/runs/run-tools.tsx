import type { JSX } from "preact";
import { useState } from "preact/hooks";
import {
  annotate,
  annotations,
  type ExportFormat,
  exportCsv,
  exporting,
  exportRun,
  learnFrom,
  learnt,
  replay,
  replays,
} from "./tools.js";

const formats: readonly (readonly [ExportFormat, string])[] = [
  ["ome-zarr", "OME-Zarr"],
  ["ome-tiff", "OME-TIFF"],
  ["csv", "CSV, all tables"],
  ["useq", "useq (MDASequence)"],
];
const formatOf = (text: string): ExportFormat => formats.find(([name]) => name === text)?.[0] ?? "ome-zarr";

/** What can be done with one run beside opening it: note, tags, export, replay, warm start. */
export function RunTools({ run }: { readonly run: string }): JSX.Element {
  const known = annotations.value[run] ?? { note: "", tags: [] };
  const [note, setNote] = useState(known.note);
  const [tags, setTags] = useState(known.tags.join(", "));
  const [format, setFormat] = useState<ExportFormat>("ome-zarr");
  const result = replays.value[run];
  const list = tags
    .split(",")
    .map((t) => t.trim())
    .filter((t) => t !== "");
  return (
    <div class="run-tools">
      <form
        class="form"
        aria-label={`Note of ${run}`}
        onSubmit={(event) => {
          event.preventDefault();
          void annotate(run, { note: note.trim(), tags: list });
        }}
      >
        <label class="wide">
          Note{" "}
          <input type="text" maxLength={4000} value={note} onInput={(e) => setNote(e.currentTarget.value)} />
        </label>
        <label>
          Tags, by commas <input type="text" value={tags} onInput={(e) => setTags(e.currentTarget.value)} />
        </label>
        <button type="submit">Keep</button>
      </form>
      <p class="run-acts">
        <button type="button" onClick={() => void exportCsv(run)}>
          Save CSV
        </button>{" "}
        <select
          aria-label="Format"
          value={format}
          onChange={(e) => setFormat(formatOf(e.currentTarget.value))}
        >
          {formats.map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>{" "}
        <button type="button" disabled={exporting.value !== null} onClick={() => void exportRun(run, format)}>
          {exporting.value === run ? "Exporting…" : "Export"}
        </button>{" "}
        <button type="button" disabled={result === "running"} onClick={() => void replay(run)}>
          {result === "running" ? "Replaying…" : "Check by replay"}
        </button>{" "}
        <button type="button" onClick={() => void learnFrom(run)}>
          Warm-start from it
        </button>{" "}
        <span role="status">{[replayWords(result), learnt.value[run] ?? ""].join(" ").trim()}</span>
      </p>
      <p class="dim">
        "Warm-start from it" lets the run that goes on count what this one learnt, as an earlier day's. To
        begin one so: <code>optimiser: {`{warmStart: [${run}]}`}</code> in the configuration.
      </p>
    </div>
  );
}

function replayWords(result: (typeof replays.value)[string] | undefined): string {
  if (result === undefined || result === "running") return "";
  if (result.identical) return `${result.steps} steps replayed: identical.`;
  if (result.withinTolerance) return `${result.steps} steps replayed: the same within tolerance.`;
  return `Replay differs: ${JSON.stringify(result.firstDifference)}`;
}
