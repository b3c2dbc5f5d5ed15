import type { LightRules, ObjectiveSpec, ParameterSpec } from "../core/index.js";
import { knownRange } from "./known.js";
import { badSpace, checkNames, checkObjectives, checkParameters, inputFault } from "./space-check.js";
import { kernelTsDimensions, type RawSpace, rawSpaceSchema, type StrategyName } from "./space-schema.js";

export { badSpace, inputFault } from "./space-check.js";
export { type StrategyName, strategyNames } from "./space-schema.js";

export interface SpaceObjective {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly direction: "minimise" | "maximise";
  readonly worstAcceptable?: number;
  readonly ideal?: number;
  readonly known?: { readonly product: readonly string[]; readonly factor: number };
  readonly noiseSd?: number;
  /** Soft limit in the objective's own unit and direction: learned, kept with probability `sure`. */
  readonly limit?: number;
}
export type Limits = Readonly<
  Record<string, { readonly min?: number | undefined; readonly max?: number | undefined }>
>;
export interface OptimiserSpace {
  readonly parameters: readonly ParameterSpec[];
  readonly objectives: readonly SpaceObjective[];
  readonly strategy: StrategyName;
  readonly seed: number;
  /** Points of the initial design; default max(5, 2d). */
  readonly initial: number;
  readonly preference?: { readonly weights: Readonly<Record<string, number>> };
  /** Hard limits: filter the candidates, never a penalty. */
  readonly limits?: Limits;
  /** Hard limit on the depletion dose of a pixel. */
  readonly maxDoseUj?: number;
  /** What the safety envelope refuses besides: combinations, and light per area. */
  readonly light?: LightRules;
  /** How sure it must be that settings keep the soft limits: 0.9 (default) cautious, 0.5 daring. */
  readonly sure?: number;
  /** What was clicked decides, once it foretells clicks well enough; until then and when unsure a person does. */
  readonly learnFromClicks?: true;
  /** Names of the features of a field that are told beside the settings. */
  readonly context?: readonly string[];
}

/**
 * Checks and completes a space. Of a parameter only name, min and max are needed (label = name, unit "1",
 * scale linear); the ideal of a known objective is the best that the parameters' bounds allow.
 * @throws InputError BAD_SPACE that names the field
 */
export function parseSpace(value: unknown, whole = "space"): OptimiserSpace {
  const result = rawSpaceSchema.safeParse(value);
  if (!result.success) throw inputFault("BAD_SPACE", result.error, whole);
  const raw = result.data;
  checkParameters(raw);
  const parameters = raw.parameters.map(
    (p): ParameterSpec => ({ ...p, label: p.label ?? p.name, unit: p.unit ?? "1" }),
  );
  raw.objectives.forEach((o) => {
    if (o.known === undefined || o.ideal !== undefined || o.known.product.length === 0) return;
    if (o.known.product.every((name) => parameters.some((p) => p.name === name))) {
      const range = knownRange({ product: o.known.product, factor: o.known.factor ?? 1 }, parameters);
      o.ideal = o.direction === "minimise" ? range.low : range.high;
    }
  });
  checkObjectives(raw);
  checkNames(raw);
  if (raw.strategy === "kernel-ts" && parameters.length > kernelTsDimensions)
    throw badSpace("strategy", `kernel-ts searches a full grid: at most ${kernelTsDimensions} parameters`);
  const { preference, limits, maxDoseUj, light, sure, context, learnFromClicks } = raw;
  return {
    parameters,
    objectives: raw.objectives.map(completeObjective),
    strategy: raw.strategy,
    seed: raw.seed,
    initial: raw.initial ?? Math.max(5, 2 * parameters.length),
    ...(sure === undefined ? {} : { sure }),
    ...(preference === undefined ? {} : { preference }),
    ...(limits === undefined ? {} : { limits }),
    ...(maxDoseUj === undefined ? {} : { maxDoseUj }),
    ...(light === undefined ? {} : { light }),
    ...(learnFromClicks === true ? { learnFromClicks } : {}),
    ...(context === undefined || context.length === 0 ? {} : { context }),
  };
}

function completeObjective(o: RawSpace["objectives"][number]): SpaceObjective {
  return {
    name: o.name,
    label: o.label ?? o.name,
    unit: o.unit ?? "1",
    direction: o.direction,
    ...(o.worstAcceptable === undefined ? {} : { worstAcceptable: o.worstAcceptable }),
    ...(o.ideal === undefined ? {} : { ideal: o.ideal }),
    ...(o.known === undefined ? {} : { known: { product: o.known.product, factor: o.known.factor ?? 1 } }),
    ...(o.noiseSd === undefined ? {} : { noiseSd: o.noiseSd }),
    ...(o.limit === undefined ? {} : { limit: o.limit }),
  };
}

export interface SpaceParts {
  readonly parameters: readonly ParameterSpec[];
  readonly objectives: readonly ObjectiveSpec[];
  readonly strategy?: StrategyName;
  readonly seed: number;
  readonly initial?: number;
  /** Whether the weights decide; default: when any of them differs from 1. */
  readonly prefer?: boolean;
  readonly limits?: Limits;
  readonly maxDoseUj?: number;
  readonly light?: LightRules;
  readonly sure?: number;
  readonly learnFromClicks?: boolean;
  readonly context?: readonly string[];
}

/** The space of a run from what the config and the registry of objectives say. */
export function spaceFrom(parts: SpaceParts): OptimiserSpace {
  const { parameters, objectives, prefer, ...rest } = parts;
  const weights = Object.fromEntries(objectives.map((o) => [o.name, o.weight]));
  const decide = prefer ?? objectives.some((o) => o.weight !== 1);
  return parseSpace({
    ...rest,
    parameters,
    objectives: objectives.map(({ weight: _weight, ...o }) => o),
    ...(decide ? { preference: { weights } } : {}),
  });
}
