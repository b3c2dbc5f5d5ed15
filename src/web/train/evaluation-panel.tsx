import type { JSX } from "preact";
import { digits } from "../format.js";
import { TableBox } from "../parts/table-box.js";
import { CalibrationPicture } from "./calibration-picture.js";
import { PointsPicture } from "./points-picture.js";
import { type EvaluationRecord, evaluations } from "./training.js";

/** What evaluations said, one model beside the other. */
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
              <th class="number">Frames</th>
              <th class="number">RMSE, %</th>
              <th class="number">Mean error, %</th>
              <th class="number">Spearman</th>
              <th class="number">Inside the 90 % interval, %</th>
            </tr>
          </thead>
          <tbody>
            {all.map(([name, { figures: f }]) => (
              <tr key={name}>
                <td>{name}</td>
                <td class="number">
                  {f.n} <small>{f.frames === "test" ? "held out" : "all"}</small>
                </td>
                <td class="number">{digits(f.rmse * 100)}</td>
                <td class="number">{digits(f.mae * 100)}</td>
                <td class="number">{f.spearman === null ? "–" : f.spearman.toFixed(2)}</td>
                <td class="number">{f.coverage90 === null ? "–" : digits(f.coverage90 * 100)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
      {all.map(([name, record]) => (
        <Pictures key={name} name={name} record={record} />
      ))}
    </section>
  );
}

function Pictures({
  name,
  record,
}: {
  readonly name: string;
  readonly record: EvaluationRecord;
}): JSX.Element {
  const worst = [...record.points]
    .sort((a, b) => Math.abs(b.score - b.rating) - Math.abs(a.score - a.rating))
    .slice(0, 8);
  return (
    <div class="pictures">
      <h3>{name}</h3>
      <PointsPicture title={`${name}: predicted against rated`} points={record.points} kind="scores" />
      <PointsPicture title={`${name}: residuals`} points={record.points} kind="residuals" />
      <CalibrationPicture name={name} points={record.points} />
      <div>
        <h4>Worst frames</h4>
        <ol class="worst">
          {worst.map((p) => (
            <li key={p.id}>
              {p.id}: rated {(p.rating * 100).toFixed(0)}, predicted {(p.score * 100).toFixed(0)}
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}
