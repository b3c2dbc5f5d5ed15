import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { DatasetField } from "./dataset-field.js";
import { busy, overview, start, training } from "./training.js";

export function TrainForm(): JSX.Element {
  const [name, setName] = useState("");
  const [dataset, setDataset] = useState<string | null>(null);
  const [arch, setArch] = useState("cnn");
  const [epochs, setEpochs] = useState("");
  const [resume, setResume] = useState(false);
  const folder = dataset ?? overview.value?.datasets[0]?.folder ?? "";
  const running = training.value?.state === "training";
  const ready = name.trim() !== "" && folder.trim() !== "" && !running && busy.value === null;
  return (
    <section class="panel" aria-labelledby="train-title">
      <div class="plain-head">
        <h2 id="train-title">Train a network</h2>
      </div>
      <form
        class="form"
        aria-labelledby="train-title"
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready) return;
          const most = epochs === "" ? null : Number(epochs);
          void start({ name: name.trim(), dataset: folder.trim(), arch, epochs: most, resume });
        }}
      >
        <DatasetField value={folder} onValue={setDataset} />
        <label>
          Name of the model{" "}
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
          Architecture{" "}
          <select value={arch} onChange={(e) => setArch(e.currentTarget.value)}>
            <option value="cnn">cnn: a score</option>
            <option value="fcn">fcn: a score and a heatmap</option>
          </select>
        </label>
        <label>
          Most epochs{" "}
          <input
            type="number"
            min={1}
            max={10000}
            placeholder="as usual"
            value={epochs}
            onInput={(e) => setEpochs(e.currentTarget.value)}
          />
        </label>
        <label class="check">
          <input type="checkbox" checked={resume} onChange={(e) => setResume(e.currentTarget.checked)} /> go
          on from its last checkpoint
        </label>
        <button type="submit" class="go" disabled={!ready}>
          Train
        </button>
      </form>
    </section>
  );
}
