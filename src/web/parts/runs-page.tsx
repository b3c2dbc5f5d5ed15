import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { getJson, lineOf } from "../api.js";
import { go } from "../place.js";
import { Compare } from "../runs/compare.js";
import { RunTools } from "../runs/run-tools.js";
import { annotations, choose, chosen, loadAnnotations, trouble } from "../runs/tools.js";
import { openRun, type RunDetail, type RunEntry } from "../source.js";
import { session } from "../store.js";
import { dateTime } from "../time.js";
import { TableBox } from "./table-box.js";

/** All runs of the data folder; any of them opens in the same view as the live one. */
export function RunsPage(): JSX.Element {
  const [runs, setRuns] = useState<readonly RunEntry[] | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [sought, seek] = useState("");
  const [unfolded, unfold] = useState<string | null>(null);
  const step = session.value?.step;
  useEffect(() => {
    void loadAnnotations();
    getJson<{ runs: RunEntry[] }>("/runs")
      .then((answer) => setRuns([...answer.runs].reverse()))
      .catch((thrown) => setWrong(lineOf(thrown)));
  }, [step]);
  const open = async (run: string): Promise<void> => {
    try {
      openRun(
        run === session.value?.run ? null : await getJson<RunDetail>(`/runs/${encodeURIComponent(run)}`),
      );
      go("live");
    } catch (thrown) {
      setWrong(lineOf(thrown));
    }
  };
  const words = sought.toLowerCase().split(/\s+/);
  const found = (runs ?? []).filter((r) => {
    const { note = "", tags = [] } = annotations.value[r.run] ?? {};
    const text =
      `${r.run} ${r.state} ${r.mode} ${r.model} ${r.startedAt} ${note} ${tags.join(" ")}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return (
    <main class="plain stack">
      <Compare />
      <section class="panel" aria-labelledby="runs-title">
        <div class="plain-head">
          <h2 id="runs-title">Runs</h2>
          <input
            type="search"
            aria-label="Search runs"
            placeholder="Search"
            value={sought}
            onInput={(e) => seek(e.currentTarget.value)}
          />
        </div>
        {trouble.value !== null && <p class="danger-text">{trouble.value}</p>}
        {wrong !== null && <p class="danger-text">{wrong}</p>}
        <TableBox label="Runs">
          <table>
            <thead>
              <tr>
                <th>Run</th>
                <th>Compare</th>
                <th>Started</th>
                <th>State</th>
                <th class="number">Steps</th>
                <th class="number">Frames</th>
                <th>Mode</th>
                <th>Model</th>
                <th class="number">Seed</th>
                <th>Note, tags</th>
                <th>More</th>
              </tr>
            </thead>
            <tbody>
              {found.map((r) => [
                <tr key={r.run}>
                  <td>
                    <button type="button" class="quiet" onClick={() => void open(r.run)}>
                      {r.run}
                    </button>
                  </td>
                  <td>
                    <input
                      type="checkbox"
                      aria-label={`Compare ${r.run}`}
                      checked={chosen.value.includes(r.run)}
                      onChange={(e) => void choose(r.run, e.currentTarget.checked)}
                    />
                  </td>
                  <td>{dateTime(r.startedAt)}</td>
                  <td>{r.run === session.value?.run ? "live" : r.state}</td>
                  <td class="number">{r.iterations}</td>
                  <td class="number">{r.frames}</td>
                  <td>{r.mode}</td>
                  <td>{r.model}</td>
                  <td class="number">{r.seed}</td>
                  <td class="long">
                    {annotations.value[r.run]?.note}{" "}
                    {annotations.value[r.run]?.tags.map((t) => (
                      <span key={t} class="tag">
                        {t}
                      </span>
                    ))}
                  </td>
                  <td>
                    <button
                      type="button"
                      class="quiet"
                      aria-expanded={unfolded === r.run}
                      aria-label="More"
                      onClick={() => unfold(unfolded === r.run ? null : r.run)}
                    >
                      …
                    </button>
                  </td>
                </tr>,
                unfolded === r.run && (
                  <tr key={`${r.run} tools`}>
                    <td colSpan={11}>
                      <RunTools run={r.run} />
                    </td>
                  </tr>
                ),
              ])}
            </tbody>
          </table>
        </TableBox>
        {runs !== null && found.length === 0 && (
          <p class="dim">{runs.length === 0 ? "No run yet." : "No run matches."}</p>
        )}
      </section>
    </main>
  );
}
