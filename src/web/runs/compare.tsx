import type { JSX } from "preact";
import { axisOver } from "../axis.js";
import { digits, scoreText, settingsText } from "../format.js";
import { TableBox } from "../parts/table-box.js";
import type { RunDetail } from "../source.js";
import { chosen, loaded } from "./tools.js";

const width = 640;
const height = 240;
const edge = 40;
const colours = ["#70c0e8", "#f0b454", "#7fcf9a", "#d79bf0", "#ff8f7f", "#c9ced6"];

/** Quality by step of several runs, and the best step of each. */
export function Compare(): JSX.Element | null {
  const runs = chosen.value.flatMap((name) => loaded.value[name] ?? []);
  if (runs.length < 2) return null;
  const most = Math.max(2, ...runs.map((r) => doneOf(r).at(-1)?.step ?? 0));
  const y = axisOver([0, 1], true);
  const px = (step: number): number => edge + ((step - 1) / (most - 1)) * (width - edge - 10);
  const py = (score: number): number => height - 30 - y.at(score) * (height - 42);
  return (
    <section class="panel" aria-labelledby="compare-title">
      <h2 id="compare-title">Side by side</h2>
      <svg
        class="small-chart compare"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`quality by step of ${runs.length} runs`}
      >
        {y.ticks.map((t) => (
          <g key={t}>
            <line x1={edge} x2={width - 10} y1={py(t)} y2={py(t)} />
            <text x={edge - 6} y={py(t) + 4} text-anchor="end">
              {digits(t)}
            </text>
          </g>
        ))}
        <text x={px(1)} y={height - 12} text-anchor="middle">
          1
        </text>
        <text x={px(most)} y={height - 12} text-anchor="end">
          step {most}
        </text>
        {runs.map((run, i) => (
          <polyline
            key={run.run}
            fill="none"
            stroke={colours[i]}
            stroke-width={2}
            points={doneOf(run)
              .flatMap((s) => {
                const score = s.score?.score ?? null;
                return score === null ? [] : [`${px(s.step).toFixed(1)},${py(score).toFixed(1)}`];
              })
              .join(" ")}
          />
        ))}
      </svg>
      <TableBox label="Best steps">
        <table class="compare-table">
          <thead>
            <tr>
              <th>Run</th>
              <th class="number">Steps</th>
              <th class="number">Best quality</th>
              <th class="number">at step</th>
              <th>with</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run, i) => {
              const best = bestOf(run);
              return (
                <tr key={run.run}>
                  <td>
                    <svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
                      <rect width={10} height={10} fill={colours[i]} />
                    </svg>{" "}
                    {run.run}
                  </td>
                  <td class="number">{doneOf(run).length}</td>
                  <td class="number">{scoreText(best?.score?.score ?? null)}</td>
                  <td class="number">{best?.step ?? "–"}</td>
                  <td>{best === null ? "" : settingsText(best.settings, run.parameters)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}

const doneOf = (run: RunDetail): RunDetail["steps"] => run.steps.filter((s) => s.state === "done");

function bestOf(run: RunDetail): RunDetail["steps"][number] | null {
  let best: RunDetail["steps"][number] | null = null;
  for (const s of doneOf(run)) if ((s.score?.score ?? -1) > (best?.score?.score ?? -1)) best = s;
  return best;
}
