import type { JSX } from "preact";
import { binHeads, cellText, pText, tablesOf } from "../../study/tables.js";
import { TableBox } from "../parts/table-box.js";
import { result } from "./studies.js";

/** The two tables in the paper's layout, the paper's own numbers below ours. */
export function ResultTables(): JSX.Element {
  const all = result.value;
  if (all === null) return <p class="dim">Loading…</p>;
  return (
    <>
      {all.notes.map((n) => (
        <p key={n} class="dim">
          {n}
        </p>
      ))}
      {tablesOf(all).map((t) => {
        const tests = all.comparisons.filter(
          (c) => c.measure === t.measure && c.dataset === t.dataset && c.bin !== null,
        );
        return (
          <TableBox key={`${t.measure} ${t.dataset}`} label={`${t.title} of ${t.dataset}`}>
            <table>
              <caption>
                {t.title}, %: {t.dataset}
              </caption>
              <thead>
                <tr>
                  <th>Target score</th>
                  {binHeads.map((h) => (
                    <th key={h} class="number">
                      {h}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {t.lines.map((line) => (
                  <tr key={line.label} class={line.paper ? "dim" : ""}>
                    <td>{line.label}</td>
                    {line.cells.map((c, i) => (
                      <td key={binHeads[i]} class="number">
                        {cellText(c)}
                      </td>
                    ))}
                  </tr>
                ))}
                {all.models.length === 1 && (
                  <tr class="dim">
                    <td>p, network against random</td>
                    {tests.map((c) => (
                      <td key={`${c.bin}`} class="number">
                        {pText(c.p)}
                      </td>
                    ))}
                  </tr>
                )}
              </tbody>
            </table>
          </TableBox>
        );
      })}
    </>
  );
}
