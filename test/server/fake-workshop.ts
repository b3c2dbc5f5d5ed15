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
