import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { overview } from "./training.js";

/** A dataset: one that was rated here, or any folder in the Dataset format. */
export function DatasetField(props: {
  readonly value: string;
  readonly onValue: (folder: string) => void;
}): JSX.Element {
  const known = overview.value?.datasets ?? [];
  const [other, setOther] = useState(false);
  const typed = other || known.length === 0;
  return (
    <>
      {known.length > 0 && (
        <label>
          Dataset{" "}
          <select
            value={typed ? "" : props.value}
            onChange={(e) => {
              const folder = e.currentTarget.value;
              setOther(folder === "");
              props.onValue(folder);
            }}
          >
            {known.map((d) => (
              <option key={d.folder} value={d.folder}>
                {d.name}
              </option>
            ))}
            <option value="">another folder…</option>
          </select>
        </label>
      )}
      {typed && (
        <label>
          Folder of the dataset{" "}
          <input
            type="text"
            value={props.value}
            placeholder="folder with dataset.json"
            onInput={(e) => props.onValue(e.currentTarget.value)}
          />
        </label>
      )}
    </>
  );
}
