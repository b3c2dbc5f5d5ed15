import type { z } from "zod";
import type { FrameRow, RunRecord, StepRecord } from "../journal/index.js";
import type { runDetailSchema, runSchema } from "./schemas.js";

/** A run as the list shows it: its record without the configuration. */
export function runSummary(run: RunRecord): z.infer<typeof runSchema> {
  return {
    run: run.run,
    state: run.state,
    iterations: run.iterations,
    frames: run.frames,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    mode: run.mode,
    seed: run.seed,
    model: run.model.name,
    engine: run.engine.name,
    software: run.software,
  };
}

/** A run with its steps, each in the shape of a live one; attempts that gave nothing have no score and no values. */
export function runDetail(
  run: RunRecord,
  steps: readonly StepRecord[],
  extras: readonly FrameRow[],
): z.input<typeof runDetailSchema> {
  return {
    ...runSummary(run),
    parameters: [...run.parameters],
    objectives: run.objectives.map((o) => ({
      ...o,
      known: o.known === undefined ? undefined : { ...o.known, product: [...o.known.product] },
    })),
    extras: extras.map(({ id, step, frame, score }) => ({
      id,
      step,
      kind: frame.kind,
      acquiredAt: frame.acquiredAt,
      region: frame.region,
      settings: frame.settings,
      score,
    })),
    steps: steps.map(({ intent, state, result, frames }) => {
      const idOf = (role: string): string | null => frames.find((f) => f.role === role)?.id ?? null;
      return {
        step: intent.step,
        attempt: intent.attempt,
        state,
        at: result?.at ?? intent.at,
        region: intent.region?.id ?? null,
        settings: intent.settings,
        actual: result?.actual ?? intent.settings,
        why: intent.why,
        by: intent.by,
        objectives: result?.objectives ?? {},
        score: result?.score ?? null,
        frames: { before: idOf("before"), sted: idOf("sted"), after: idOf("after") },
      };
    }),
  };
}
