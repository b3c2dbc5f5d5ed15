import { lightRulesOf, type ResolvedConfig } from "../config/index.js";
import type { ObjectiveSpec, ParameterSpec } from "../core/index.js";
import { type OptimiserSpace, spaceFrom } from "../optimiser/index.js";

/** The optimiser's space of a run: the same for the daemon, a resume, a replay and the summary. */
export function spaceOf(
  config: Pick<
    ResolvedConfig,
    "objectives" | "optimiser" | "fixed" | "confocal" | "beam" | "combinations" | "dose"
  >,
  parameters: readonly ParameterSpec[],
  objectives: readonly ObjectiveSpec[],
  seed: number,
): OptimiserSpace {
  const { strategy, initial, sure, context, learnFromClicks } = config.optimiser;
  // Weights that somebody gave are a preference; without any the whole trade-off is mapped.
  const prefer = config.objectives.some((o) => o.weight !== undefined);
  const light = lightRulesOf(config);
  const soft = objectives.some((o) => o.limit !== undefined);
  const space = {
    parameters,
    objectives,
    strategy,
    initial,
    seed,
    prefer,
    // Absent where it changes nothing, so that runs from before there was such a key still resume.
    ...(soft ? { sure } : {}),
    ...(learnFromClicks === true ? { learnFromClicks } : {}),
    ...(context === undefined || context.length === 0 ? {} : { context }),
  };
  return spaceFrom(light === undefined ? space : { ...space, light });
}
