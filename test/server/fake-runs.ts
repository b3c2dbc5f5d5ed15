import { type Frame, UsageError } from "../../src/core/index.js";
import type { RunRecord, StepRecord } from "../../src/journal/index.js";
import type { ServerOptions } from "../../src/server/options.js";
import type { FakeSession } from "./fake-session.js";

/** Past runs, each lived through by a fake session before the test begins. */
export function fakeRuns(
  past: readonly {
    readonly id: string;
    readonly session: FakeSession;
    readonly state?: RunRecord["state"];
  }[],
): ServerOptions["runs"] {
  const find = (id: string): (typeof past)[number] => {
    const found = id === "latest" ? past.at(-1) : past.find((p) => p.id === id);
    if (found !== undefined) return found;
    throw new UsageError("RUN_UNKNOWN", `no run ${id}`);
  };
  const record = ({ id, session, state }: (typeof past)[number]): RunRecord => ({
    run: id,
    startedAt: session.steps()[0]?.at ?? session.state().at,
    endedAt: session.state().at,
    seed: 1,
    mode: session.state().mode,
    config: { secret: "not for the page" },
    configHash: "c",
    limitsHash: "l",
    parameters: session.state().parameters,
    objectives: session.state().objectives,
    model: { name: "actin", version: "1", hash: "h" },
    engine: { name: "onnx-cpu", version: "1", threads: 2 },
    software: "0.1.0",
    state: state ?? "finished",
    iterations: session.steps().length,
    frames: session.steps().length * 3,
  });
  return {
    runs: async () => past.map(record),
    run: async (id) => record(find(id)),
    steps: async (id) =>
      find(id)
        .session.steps()
        .map((s) => stepRecord(id, s)),
    extras: async () => [],
    frame: async (id, frame): Promise<Frame | null> => find(id).session.frame(frame),
  };
}

function stepRecord(run: string, s: ReturnType<FakeSession["steps"]>[number]): StepRecord {
  const frames = (["before", "sted", "after"] as const).flatMap((role) => {
    const id = s.frames[role];
    return id === null ? [] : [{ id, role }];
  });
  return {
    intent: {
      run,
      step: s.step,
      attempt: 1,
      at: s.at,
      settings: s.settings,
      why: s.why,
      by: s.by,
      optimiserState: { large: "not for the page" },
      work: 1,
      proposed: s.settings,
      region: null,
      rigStart: "start",
      regionsUsed: s.step,
      plannedDoseUj: 1,
    },
    state: "done",
    result: {
      run,
      step: s.step,
      attempt: 1,
      at: s.at,
      actual: s.actual,
      objectives: s.objectives,
      observation: { settings: s.settings, objectives: {} },
      score: s.score,
      doseUj: 1,
    },
    frames: frames as unknown as StepRecord["frames"],
  };
}
