import type { ResolvedConfig } from "../config/index.js";
import type { Settings } from "../core/index.js";
import type { JournalReader } from "../journal/index.js";
import { bestStep, hypervolumeShare } from "../optimiser/index.js";
import { spaceOf } from "./space.js";

/** What `run --headless --json` prints. `best` holds the optimised objectives as measured; null when no step has them all. */
export interface Summary {
  readonly run: string;
  readonly iterations: number;
  readonly frames: number;
  readonly best: {
    readonly step: number;
    readonly settings: Settings;
    readonly objectives: Readonly<Record<string, number>>;
  } | null;
  readonly hypervolume: number;
}

/** The summary of a run from its journal alone, so that it is the same whenever it is asked for. */
export async function summarise(reader: JournalReader, run: string): Promise<Summary> {
  const record = await reader.run(run);
  const steps = (await reader.steps(record.run, { optimiserStates: false })).filter(
    (s) => s.state === "done",
  );
  const observations = steps.flatMap((s) => (s.result === null ? [] : [s.result.observation]));
  const { parameters, objectives } = record;
  const best =
    parameters.length === 0 || observations.length === 0
      ? null
      : bestStep(spaceOf(record.config as ResolvedConfig, parameters, objectives, record.seed), observations);
  const chosen = best === null ? undefined : steps[best];
  return {
    run: record.run,
    iterations: record.iterations,
    frames: record.frames,
    best:
      chosen?.result == null
        ? null
        : {
            step: chosen.intent.step,
            settings: chosen.intent.settings,
            objectives: Object.fromEntries(
              objectives.map((o) => [o.name, chosen.result?.objectives[o.name]?.value as number]),
            ),
          },
    hypervolume: hypervolumeShare(observations, objectives),
  };
}
