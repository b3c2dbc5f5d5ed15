import type { NewRun, RunOutcome } from "./records.js";

/**
 * What a run's Zarr says of itself. `complete` only when the run came to its end and every frame was kept; a run
 * that was stopped early, or still goes on, is not.
 */
export function runAttributes(
  run: NewRun,
  state: RunOutcome,
  counts: { readonly iterations: number; readonly frames: number },
): Record<string, unknown> {
  const { startedAt, seed, mode, parameters, objectives, model, engine, software } = run;
  return {
    stedloop: {
      complete: state === "finished",
      state,
      run: run.run,
      startedAt,
      iterations: counts.iterations,
      frames: counts.frames,
      seed,
      mode,
      parameters,
      objectives,
      model,
      engine,
      software,
    },
  };
}
