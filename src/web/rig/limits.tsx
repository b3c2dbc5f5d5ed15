import type { JSX } from "preact";
import { TableBox } from "../parts/table-box.js";
import { session } from "../store.js";
import { limits } from "./rig.js";

/** What may ever be set, whoever asks. */
export function Limits(): JSX.Element {
  const { limits: bounds, ...others } = limits.value;
  const rows = Object.entries((bounds ?? {}) as Record<string, { min?: number; max?: number }>);
  const parameters = session.value?.parameters ?? [];
  return (
    <section class="panel" aria-labelledby="limits-title">
      <h2 id="limits-title">Safety limits in force</h2>
      <TableBox label="Limits">
        <table>
          <thead>
            <tr>
              <th>Setting</th>
              <th class="number">Least</th>
              <th class="number">Most</th>
              <th>Unit</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, { min, max }]) => {
              const spec = parameters.find((p) => p.name === name);
              return (
                <tr key={name}>
                  <td>{spec?.label ?? name}</td>
                  <td class="number">{min ?? "the rig's"}</td>
                  <td class="number">{max}</td>
                  <td>{spec === undefined || spec.unit === "1" ? "" : spec.unit}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </TableBox>
      {Object.keys(others).length > 0 && <pre class="said">{JSON.stringify(others, null, 1)}</pre>}
    </section>
  );
}
