import type { JSX } from "preact";
import { digits, unitOf, withUnit } from "../format.js";
import { TableBox } from "../parts/table-box.js";
import { session } from "../store.js";
import { limits } from "./rig.js";

type Range = { readonly min?: number; readonly max?: number };
type Ranges = Readonly<Record<string, Range>>;
interface Source {
  readonly maxMw: number;
  readonly maxRampMwPerS?: number;
  readonly maxDuty?: number;
}

/** "lineRepeats" -> "Line repeats": a setting that the rig does not let us turn has no label of its own here. */
const words = (name: string): string =>
  name.replace(/([A-Z])/g, (c) => ` ${c.toLowerCase()}`).replace(/^./, (c) => c.toUpperCase());
const labelOf = (name: string): string =>
  session.value?.parameters.find((p) => p.name === name)?.label ?? words(name);
const rangeText = (ranges: Ranges): string =>
  Object.entries(ranges)
    .map(([name, { min, max }]) => {
      const low = min === undefined ? "" : `from ${digits(min)} `;
      return `${labelOf(name)} ${low}${max === undefined ? "" : `up to ${digits(max)}`}`;
    })
    .join(", ");

/** What may ever be set, whoever asks. */
export function Limits(): JSX.Element {
  const { limits: bounds = {}, sources = {}, dose = {}, combinations = [] } = limits.value;
  const parameters = session.value?.parameters ?? [];
  const { regionJPerCm2, runJPerCm2 } = dose as { regionJPerCm2?: number; runJPerCm2?: number };
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
            {Object.entries(bounds as Ranges).map(([name, { min, max }]) => (
              <tr key={name}>
                <td>{labelOf(name)}</td>
                <td class="number">{min ?? "the rig's own"}</td>
                <td class="number">{max}</td>
                <td>{unitOf(parameters.find((p) => p.name === name)?.unit ?? "1")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
      <ul class="more-limits">
        {Object.entries(sources as Readonly<Record<string, Source>>).map(([name, s]) => (
          <li key={name}>
            <b>{name}</b> up to {withUnit(s.maxMw, "mW")}
            {s.maxRampMwPerS !== undefined && `, rising by up to ${withUnit(s.maxRampMwPerS, "mW/s")}`}
            {s.maxDuty !== undefined && `, on for up to ${digits(s.maxDuty * 100)} % of the time`}
          </li>
        ))}
        {regionJPerCm2 !== undefined && <li>Light on a place up to {withUnit(regionJPerCm2, "J/cm²")}</li>}
        {runJPerCm2 !== undefined && <li>Light in a run up to {withUnit(runJPerCm2, "J/cm²")}</li>}
        {(combinations as readonly { when: Ranges; then: Ranges }[]).map((c) => (
          <li key={JSON.stringify(c)}>
            With {rangeText(c.when)}: {rangeText(c.then)}
          </li>
        ))}
      </ul>
    </section>
  );
}
