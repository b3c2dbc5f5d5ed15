import type { JSX } from "preact";
import { digits } from "../format.js";
import { TableBox } from "../parts/table-box.js";
import { CalibrationPicture } from "./calibration-picture.js";
import { PointsPicture } from "./points-picture.js";
import { type EvaluationRecord, evaluations, inForce } from "./training.js";
import { WorstFrames } from "./worst-frames.js";

const setOf = ({ dataset }: EvaluationRecord): string => dataset.split(/[\\/]/).at(-1) ?? dataset;
const percent = (v: number | null): string => (v === null ? "–" : digits(v * 100));

/** What evaluations said, one model beside the other; what differs from the network in force is said in one line. */
export function EvaluationPanel(): JSX.Element | null {
  const all = Object.entries(evaluations.value);
  if (all.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="evaluation-title">
      <div class="plain-head">
        <h2 id="evaluation-title">Evaluation</h2>
      </div>
      <TableBox label="Figures">
        <table>
          <thead>
            <tr>
              <th>Model</th>
              <th>Dataset</th>
              <th class="number">Frames</th>
              <th class="number">RMSE, %</th>
              <th class="number">Mean error, %</th>
              <th class="number">Spearman</th>
              <th class="number">Inside the 90 % interval, %</th>
            </tr>
          </thead>
          <tbody>
            {all.map(([key, record]) => {
              const { figures: f, model } = record;
              return (
                <tr key={key}>
                  <td>
                    {model} {model === inForce() && <small>in force</small>}
                  </td>
                  <td>{setOf(record)}</td>
                  <td class="number">
                    {f.n} <small>{f.frames === "test" ? "held out" : "all"}</small>
                  </td>
                  <td class="number">{percent(f.rmse)}</td>
                  <td class="number">{percent(f.mae)}</td>
                  <td class="number">{f.spearman === null ? "–" : f.spearman.toFixed(2)}</td>
                  <td class="number">{percent(f.coverage90)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </TableBox>
      {all.map(([key, record]) => (
        <Against key={key} record={record} all={all.map(([, r]) => r)} />
      ))}
      {all.map(([key, record]) => (
        <Pictures key={key} record={record} />
      ))}
    </section>
  );
}

/** A network against the one in force, on the same frames. */
function Against(props: {
  readonly record: EvaluationRecord;
  readonly all: readonly EvaluationRecord[];
}): JSX.Element | null {
  const { record, all } = props;
  const base = all.find((r) => r.model === inForce() && r.dataset === record.dataset);
  if (base === undefined || base === record) return null;
  const by = (base.figures.rmse - record.figures.rmse) * 100;
  const word = by > 0 ? "smaller" : "larger";
  return (
    <p class="against">
      <b>{record.model}</b> against <b>{base.model}</b>, which is in force, on {setOf(record)}: RMSE{" "}
      {digits(Math.abs(by))} points {word}, {record.figures.n} frames.
    </p>
  );
}

function Pictures({ record }: { readonly record: EvaluationRecord }): JSX.Element {
  const { model: name, points } = record;
  return (
    <div class="pictures">
      <h3>
        {name} on {setOf(record)}
      </h3>
      <PointsPicture title={`${name}: predicted against rated`} points={points} kind="scores" />
      <PointsPicture title={`${name}: residuals`} points={points} kind="residuals" />
      <CalibrationPicture name={name} points={points} />
      <WorstFrames record={record} />
    </div>
  );
}
