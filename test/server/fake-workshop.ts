import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JournalEvent } from "../../src/journal/index.js";
import type { Workshop } from "../../src/server/index.js";

export interface FakeWorkshop extends Workshop {
  readonly kept: Map<string, JournalEvent[]>;
}

/** A workshop on a folder of its own. @param script a module that stands for this program's command line */
export function fakeWorkshop(script = "process.exit(1)"): FakeWorkshop {
  const kept = new Map<string, JournalEvent[]>();
  return {
    kept,
    data: mkdtempSync(join(tmpdir(), "stedloop-workshop-")),
    command: [process.execPath, "--input-type=module", "-e", script, "--"],
    folders: null,
    limits: { limits: { depletionPowerMw: { max: 250 }, dwellTimeUs: { min: 1, max: 100 } } },
    examine: async function* () {
      yield { name: "engine onnx-cpu", state: "ok" as const, detail: "8 ms a frame" };
      yield { name: "port", state: "info" as const, detail: "8420 in use", hint: "choose another" };
    },
    annotate: async (run, event) => {
      kept.set(run, [...(kept.get(run) ?? []), event]);
    },
    events: async (run) => kept.get(run) ?? [],
  };
}

/** Stands for `stedloop`: writes what a training writes, answers what the others print. */
export const standIn = `
import { mkdirSync, writeFileSync } from "node:fs";
const [command, ...rest] = process.argv.slice(1);
const after = (name) => rest[rest.indexOf(name) + 1];
if (command === "train") {
  const out = after("--out");
  mkdirSync(out + "/checkpoints", { recursive: true });
  const history = [{ epoch: 1, loss: 0.04, validationRmse: 0.2, trueRmse: null, rate: 0.001, seconds: 1 }];
  writeFileSync(out + "/checkpoints/last.ckpt", JSON.stringify({ history }) + "\\nweights");
  console.error("epoch 1/2 done");
  if (rest.includes("--resume")) setInterval(() => undefined, 1000);
  else { writeFileSync(out + "/card.json", "{}"); console.log("{}"); }
} else if (command === "evaluate") {
  writeFileSync(after("--points"), '{"id":"a","rating":0.5,"score":0.6}\\n');
  console.log('{"n":1,"rmse":0.1,"mae":0.1,"r2":null,"spearman":null,"coverage90":null,"frames":"all"}');
} else if (command === "export") {
  const to = after("--to");
  mkdirSync(to + "/deep/er", { recursive: true });
  writeFileSync(to + "/steps.csv", "step,at\\n1,now\\n");
  writeFileSync(to + "/deep/er/chunk", Buffer.alloc(1500, 7));
  writeFileSync(to + "/format", after("--format"));
} else if (command === "replay") {
  console.log('{"run":"r1","steps":3,"identical":true}');
}
`;
