import { ConfigError, type Observation, type ParameterSpec } from "../../core/index.js";
import type { JournalReader } from "../../journal/index.js";

/**
 * What earlier runs of the data folder saw, marked with their names, as far as they turned the same knobs.
 * @throws UsageError for an unknown run, ConfigError for one that has nothing to teach
 */
export async function earlierObservations(
  reader: JournalReader,
  runs: readonly string[],
  parameters: readonly ParameterSpec[],
): Promise<readonly Observation[]> {
  const out: Observation[] = [];
  for (const id of runs) {
    const { run } = await reader.run(id);
    const steps = await reader.steps(run, { optimiserStates: false });
    const seen = steps.flatMap(({ state, result }) =>
      state === "done" && result !== null && fits(result.observation, parameters) ? [result.observation] : [],
    );
    if (seen.length === 0)
      throw new ConfigError("WARM_START_EMPTY", `run ${run} has no step with ${names(parameters)}`, {
        where: "optimiser.warmStart",
        hint: "name a run that turned the same knobs",
      });
    out.push(...seen.map((o) => ({ ...o, session: run })));
  }
  return out;
}

const names = (parameters: readonly ParameterSpec[]): string => parameters.map((p) => p.name).join(", ");

function fits(observation: Observation, parameters: readonly ParameterSpec[]): boolean {
  const known = Object.values(observation.objectives).some((v) => v !== null);
  return known && parameters.every((p) => Number.isFinite(observation.settings[p.name]));
}
