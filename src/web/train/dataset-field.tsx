import type { JSX } from "preact";
import { overview } from "./training.js";

/** A dataset: one that was rated here, or any folder in the Dataset format. */
export function DatasetField(props: {
  readonly value: string;
  readonly onValue: (folder: string) => void;
  readonly id: string;
}): JSX.Element {
  return (
    <label>
      Dataset{" "}
      <input
        type="text"
        list={props.id}
        value={props.value}
        placeholder="folder with dataset.json"
        onInput={(e) => props.onValue(e.currentTarget.value)}
      />
      <datalist id={props.id}>
        {(overview.value?.datasets ?? []).map((d) => (
          <option key={d.folder} value={d.folder}>
            {d.name}
          </option>
        ))}
      </datalist>
    </label>
  );
}
