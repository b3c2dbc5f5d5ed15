import type { JSX } from "preact";
import type { FleetWorker } from "../../core/fleet.js";
import { TableBox } from "../parts/table-box.js";
import { ago } from "./rig-card.js";

/** Who scores for the rigs. */
export function WorkerTable({ workers }: { readonly workers: readonly FleetWorker[] }): JSX.Element {
  if (workers.length === 0) return <p class="dim">No scoring worker has been heard.</p>;
  return (
    <TableBox label="Scoring workers">
      <table class="fleet-workers">
        <caption>Scoring workers</caption>
        <thead>
          <tr>
            <th scope="col">Worker</th>
            <th scope="col">Networks</th>
            <th scope="col">Engine</th>
            <th scope="col">Scored</th>
            <th scope="col">Given up</th>
            <th scope="col">Heard</th>
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <tr key={worker.worker} class={worker.stale ? "stale" : ""}>
              <th scope="row">{worker.worker}</th>
              <td>{worker.models.join(", ")}</td>
              <td>{worker.engine}</td>
              <td>{worker.scored}</td>
              <td>{worker.failed}</td>
              <td>{worker.stale ? `${ago(worker.heardSAgo)} ago` : "live"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
