import { z } from "zod";
import {
  InputError,
  type LightRules,
  nearest,
  type ObjectiveSpec,
  type ParameterSpec,
} from "../core/index.js";
import { knownRange } from "./known.js";
import { lightSchema } from "./light-schema.js";
import { maxSobolDimensions } from "./maths/sobol.js";

/** What is searched and what is wanted: the body of `optimise --space F.json`. */
const finite = z.number().finite();
const parameterSchema = z.strictObject({
  name: z.string().min(1),
  label: z.string().optional(),
  unit: z.string().optional(),
  min: finite,
  max: finite,
  step: finite.positive().optional(),
  integer: z.boolean().optional(),
  scale: z.enum(["linear", "log"]).default("linear"),
  default: finite.optional(),
});
const objectiveSchema = z.strictObject({
  name: z.string().min(1),
  label: z.string().optional(),
  unit: z.string().optional(),
  direction: z.enum(["minimise", "maximise"]),
  worstAcceptable: finite.optional(),
  ideal: finite.optional(),
  known: z.strictObject({ product: z.array(z.string()), factor: finite.optional() }).optional(),
  noiseSd: finite.min(0).optional(),
});
const limitSchema = z.strictObject({ min: finite.optional(), max: finite.optional() });

/** 4^7 grid points are drawn jointly in well under a second; the next power is not. */
const kernelTsDimensions = 7;
export const strategyNames = ["nehvi", "kernel-ts", "sobol", "random"] as const;
export type StrategyName = (typeof strategyNames)[number];

const rawSpaceSchema = z.strictObject({
  parameters: z.array(parameterSchema).min(1).max(maxSobolDimensions),
  objectives: z.array(objectiveSchema).min(1).max(8),
  strategy: z.enum(strategyNames).default("nehvi"),
  seed: z.int().default(1),
  initial: z.int().min(1).max(1000).optional(),
  preference: z.strictObject({ weights: z.record(z.string(), finite.min(0)) }).optional(),
  limits: z.record(z.string(), limitSchema).optional(),
  maxDoseUj: finite.positive().optional(),
  light: lightSchema.optional(),
});
type RawSpace = z.infer<typeof rawSpaceSchema>;

export interface SpaceObjective {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly direction: "minimise" | "maximise";
  readonly worstAcceptable?: number;
  readonly ideal?: number;
  readonly known?: { readonly product: readonly string[]; readonly factor: number };
  readonly noiseSd?: number;
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
}

export function badSpace(where: string, message: string, hint?: string): InputError {
  return new InputError("BAD_SPACE", message, { where, ...(hint === undefined ? {} : { hint }) });
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === "number" ? `[${key}]` : `${i === 0 ? "" : "."}${String(key)}`))
    .join("");
}

const knownKeys = [rawSpaceSchema, parameterSchema, objectiveSchema].flatMap((s) => Object.keys(s.shape));

/** The first fault of a zod check as one typed error that names the field. */
export function inputFault(code: string, error: z.ZodError, whole: string): InputError {
  const issue = error.issues[0] as z.core.$ZodIssue;
  const where = issue.path.length === 0 ? whole : pathText(issue.path);
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] as string;
    const near = nearest(key, knownKeys);
    return new InputError(code, `unknown key '${key}'`, {
      where,
      ...(near === undefined ? {} : { hint: `did you mean '${near}'?` }),
    });
  }
  return new InputError(code, issue.message.replace(/^Invalid (input|option): /, ""), { where });
}

function checkParameters(raw: RawSpace): void {
  const seen = new Set<string>();
  raw.parameters.forEach((p, i) => {
    const at = `parameters[${i}]`;
    if (seen.has(p.name)) throw badSpace(`${at}.name`, `'${p.name}' is given twice`);
    seen.add(p.name);
    if (!(p.min < p.max)) throw badSpace(`${at}.min`, `'${p.name}': min ${p.min} is not below max ${p.max}`);
    if (p.scale === "log" && p.min <= 0)
      throw badSpace(`${at}.min`, `'${p.name}': a log scale needs min above 0, got ${p.min}`);
    if (p.integer === true && Math.floor(p.max) < Math.ceil(p.min) + 1)
      throw badSpace(`${at}.max`, `'${p.name}': fewer than two integers between ${p.min} and ${p.max}`);
    if (p.step !== undefined && p.step > p.max - p.min)
      throw badSpace(`${at}.step`, `'${p.name}': step ${p.step} is wider than the range`);
  });
}

function checkObjectives(raw: RawSpace): void {
  const names = raw.parameters.map((p) => p.name);
  const seen = new Set<string>();
  raw.objectives.forEach((o, i) => {
    const at = `objectives[${i}]`;
    if (seen.has(o.name)) throw badSpace(`${at}.name`, `'${o.name}' is given twice`);
    seen.add(o.name);
    for (const name of o.known?.product ?? []) {
      if (names.includes(name)) continue;
      const near = nearest(name, names);
      throw badSpace(
        `${at}.known.product`,
        `'${o.name}' is a product with '${name}', which is not a parameter`,
        near === undefined ? undefined : `did you mean '${near}'?`,
      );
    }
    const { ideal, worstAcceptable: worst, direction } = o;
    if (ideal === undefined || worst === undefined) return;
    if (direction === "minimise" ? worst <= ideal : worst >= ideal) {
      const side = direction === "minimise" ? "above" : "below";
      throw badSpace(
        `${at}.worstAcceptable`,
        `'${o.name}' is to ${direction}: worstAcceptable ${worst} must be ${side} the ideal ${ideal}`,
      );
    }
  });
}

function checkNames(raw: RawSpace): void {
  const objectives = raw.objectives.map((o) => o.name);
  for (const name of Object.keys(raw.preference?.weights ?? {})) {
    if (!objectives.includes(name))
      throw badSpace(
        `preference.weights.${name}`,
        `'${name}' is not an objective`,
        `one of ${objectives.join(", ")}`,
      );
  }
  const weights = Object.values(raw.preference?.weights ?? {});
  if (raw.preference !== undefined && !weights.some((w) => w > 0))
    throw badSpace("preference.weights", "at least one weight must be above 0");
  for (const [name, limit] of Object.entries(raw.limits ?? {})) {
    if (limit.min !== undefined && limit.max !== undefined && limit.min > limit.max)
      throw badSpace(`limits.${name}.min`, `min ${limit.min} is above max ${limit.max}`);
  }
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
  const { preference, limits, maxDoseUj, light } = raw;
  return {
    parameters,
    objectives: raw.objectives.map(completeObjective),
    strategy: raw.strategy,
    seed: raw.seed,
    initial: raw.initial ?? Math.max(5, 2 * parameters.length),
    ...(preference === undefined ? {} : { preference }),
    ...(limits === undefined ? {} : { limits }),
    ...(maxDoseUj === undefined ? {} : { maxDoseUj }),
    ...(light === undefined ? {} : { light }),
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
