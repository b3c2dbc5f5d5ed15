import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { getJson } from "../api.js";
import type { RunEntry } from "../source.js";
import { busy, makeSet } from "./rating.js";

/** A new set from a folder on the daemon's computer (images or a dataset), or from a run's STED frames. */
export function NewSet({ able }: { readonly able: boolean }): JSX.Element {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"run" | "folder">("run");
  const [folder, setFolder] = useState("");
  const [run, setRun] = useState("");
  const [order, setOrder] = useState<"random" | "active">("random");
  const [structure, setStructure] = useState("");
  const [runs, setRuns] = useState<readonly RunEntry[]>([]);
  useEffect(() => {
    getJson<{ runs: RunEntry[] }>("/runs")
      .then(({ runs: all }) => {
        setRuns([...all].reverse());
        setRun(all.at(-1)?.run ?? "");
      })
      .catch(() => setRuns([]));
  }, []);
  const ready = able && name.trim() !== "" && (kind === "run" ? run !== "" : folder.trim() !== "");
  return (
    <form
      class="form"
      aria-labelledby="new-set-title"
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready) return;
        const source = kind === "run" ? { run } : { folder: folder.trim() };
        void makeSet({ name: name.trim(), source, order, structure: structure.trim() });
      }}
    >
      <h3 id="new-set-title">New set</h3>
      <label>
        Name{" "}
        <input
          type="text"
          maxLength={80}
          pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
          title="letters, digits, '.', '_' and '-'"
          value={name}
          onInput={(e) => setName(e.currentTarget.value)}
        />
      </label>
      <label>
        Frames from{" "}
        <select value={kind} onChange={(e) => setKind(e.currentTarget.value === "run" ? "run" : "folder")}>
          <option value="run">a run</option>
          <option value="folder">a folder or dataset</option>
        </select>
      </label>
      {kind === "run" ? (
        <label>
          Run{" "}
          <select value={run} onChange={(e) => setRun(e.currentTarget.value)}>
            {runs.map((r) => (
              <option key={r.run} value={r.run}>
                {r.run} ({r.iterations} steps)
              </option>
            ))}
          </select>
        </label>
      ) : (
        <label>
          Folder on the daemon's computer{" "}
          <input type="text" value={folder} onInput={(e) => setFolder(e.currentTarget.value)} />
        </label>
      )}
      <label>
        Structure <input type="text" value={structure} onInput={(e) => setStructure(e.currentTarget.value)} />
      </label>
      <label>
        Order{" "}
        <select
          value={order}
          onChange={(e) => setOrder(e.currentTarget.value === "active" ? "active" : "random")}
        >
          <option value="random">random</option>
          <option value="active">most informative first</option>
        </select>
      </label>
      <button type="submit" class="go" disabled={!ready || busy.value !== null}>
        Make it
      </button>
    </form>
  );
}
