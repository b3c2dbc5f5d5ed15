import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { TableBox } from "../parts/table-box.js";
import { dateTime } from "../time.js";
import { DatasetField } from "./dataset-field.js";
import { busy, deployModel, evaluateModel, overview, rollBack } from "./training.js";

/** Every network here, what its card says, and which one the next run begins with. */
export function ModelsPanel(): JSX.Element | null {
  const [dataset, setDataset] = useState<string | null>(null);
  const seen = overview.value;
  if (seen === null) return null;
  const folder = dataset ?? seen.datasets[0]?.folder ?? "";
  const deployed = seen.deployments.at(-1);
  const waiting = busy.value !== null;
  return (
    <section class="panel" aria-labelledby="models-title">
      <div class="plain-head">
        <h2 id="models-title">Networks</h2>
        <DatasetField value={folder} onValue={setDataset} />
        <button
          type="button"
          disabled={waiting || deployed === undefined}
          onClick={() => void rollBack()}
          title="back to what was deployed before"
        >
          Roll back
        </button>
      </div>
      <p class="dim" role="status">
        This run scores with {seen.running}.{" "}
        {deployed === undefined
          ? "Nothing was deployed: the next run takes the configuration's model."
          : `Deployed for the next start: ${nameOf(deployed.model)}, by ${deployed.by}, ${dateTime(deployed.at)}.`}
      </p>
      <TableBox label="Networks">
        <table>
          <thead>
            <tr>
              <th>Name</th>
              <th>Made</th>
              <th>Trained on</th>
              <th>Card</th>
              <th>Do</th>
            </tr>
          </thead>
          <tbody>
            {seen.models.map(({ name, card, madeHere }) => (
              <tr key={name}>
                <td>
                  {name} <small>{madeHere ? "made here" : "shipped"}</small>
                </td>
                <td>{card === undefined ? "" : dateTime(card.created)}</td>
                <td>{card === undefined ? "" : String(card.training["dataset"] ?? "not said")}</td>
                <td>
                  <details>
                    <summary>{card?.architecture ?? "damaged"}</summary>
                    <p class="wraps">{card?.notice}</p>
                    <pre class="said">{JSON.stringify({ ...card, notice: undefined }, null, 1)}</pre>
                  </details>
                </td>
                <td class="acts">
                  <button
                    type="button"
                    disabled={waiting || folder === ""}
                    aria-label={`Evaluate ${name}`}
                    onClick={() => void evaluateModel(name, folder)}
                  >
                    Evaluate
                  </button>{" "}
                  <button
                    type="button"
                    disabled={waiting}
                    aria-label={`Deploy ${name}`}
                    onClick={() => void deployModel(name)}
                  >
                    Deploy
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
      {busy.value === "Evaluate" && <p role="status">Evaluating…</p>}
    </section>
  );
}

const nameOf = (model: string): string => model.split(/[\\/]/).at(-1) ?? model;
