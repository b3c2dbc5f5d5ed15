import { z } from "zod";
import { InputError, nearest, type Observation, type Settings } from "../core/index.js";
import { inputFault, type OptimiserSpace } from "./space.js";

const number = z.number().finite();
const observationSchema = z.object({
  settings: z.record(z.string(), number),
  objectives: z.record(z.string(), number.nullable()).default({}),
  failed: z.boolean().optional(),
  session: z.string().min(1).optional(),
  context: z.record(z.string(), number).optional(),
});

/** Squares of values have to stay finite: at the border more is an error, inside a run it is no value. */
const largest = 1e150;
const usable = (value: number | null | undefined): number | null =>
  value == null || Math.abs(value) > largest ? null : value;

export interface CheckOptions {
  /** Other names are an error (stdio, HTTP) instead of being left out (the loop tells all settings of the rig). */
  readonly strictNames: boolean;
  /** A setting beyond its bounds is an error instead of knowledge from outside (an operator's edit). */
  readonly strictBounds: boolean;
}

function unknown(where: string, name: string, names: readonly string[]): InputError {
  const near = nearest(name, names);
  return new InputError("BAD_PARAMS", `unknown name '${name}'`, {
    where,
    hint: near === undefined ? `one of ${names.join(", ")}` : `did you mean '${near}'?`,
  });
}

/** The space's parameters out of `settings`, each there, finite and (strictBounds) inside its bounds. */
export function checkSettings(
  space: OptimiserSpace,
  settings: Settings,
  options: CheckOptions,
  at = "settings",
): Settings {
  const names = space.parameters.map((p) => p.name);
  if (options.strictNames)
    for (const name of Object.keys(settings))
      if (!names.includes(name)) throw unknown(`${at}.${name}`, name, names);
  return Object.fromEntries(
    space.parameters.map((p) => {
      const value = settings[p.name];
      if (value === undefined)
        throw new InputError("BAD_PARAMS", `'${p.name}' is missing`, { where: `${at}.${p.name}` });
      if (!Number.isFinite(value))
        throw new InputError("BAD_PARAMS", `'${p.name}' is not a finite number`, {
          where: `${at}.${p.name}`,
        });
      // A value that went through a file or a unit may be off by rounding.
      const slack = 1e-9 * (p.max - p.min);
      if (options.strictBounds && (value < p.min - slack || value > p.max + slack))
        throw new InputError(
          "OUT_OF_RANGE",
          `${value} is outside ${p.min}..${p.max}${p.unit === "1" ? "" : ` ${p.unit}`}`,
          {
            where: `${at}.${p.name}`,
          },
        );
      return [p.name, value];
    }),
  );
}

/** An observation checked and cut down to what the space knows of; a value that is missing is null. */
export function checkObservation(
  space: OptimiserSpace,
  value: unknown,
  options: CheckOptions,
  at = "",
): Observation {
  const result = observationSchema.safeParse(value);
  const inside = (path: string): string => (at === "" ? path : `${at}.${path}`);
  if (!result.success) {
    const fault = inputFault("BAD_PARAMS", result.error, "observation");
    throw at === "" ? fault : new InputError(fault.code, fault.message, { where: inside(fault.where ?? "") });
  }
  const { settings, objectives, failed, session, context } = result.data;
  const names = space.objectives.map((o) => o.name);
  if (options.strictNames)
    for (const name of Object.keys(objectives))
      if (!names.includes(name)) throw unknown(inside(`objectives.${name}`), name, names);
  for (const [name, value] of Object.entries(objectives))
    if (options.strictNames && value !== null && Math.abs(value) > largest)
      throw new InputError("OUT_OF_RANGE", `${value} is beyond ±${largest}`, {
        where: inside(`objectives.${name}`),
        hint: "tell null where an estimate went astray, or use another unit",
      });
  const told = space.objectives.filter((o) => o.known === undefined);
  return {
    settings: checkSettings(space, settings, options, inside("settings")),
    objectives: Object.fromEntries(told.map((o) => [o.name, usable(objectives[o.name])])),
    ...(failed === true ? { failed } : {}),
    ...(session === undefined ? {} : { session }),
    ...contextOf(space, context, options, inside("context")),
  };
}

/** The features that the space names; unknown ones are an error where names are strict. */
function contextOf(
  space: OptimiserSpace,
  context: Readonly<Record<string, number>> | undefined,
  options: CheckOptions,
  at: string,
): Pick<Observation, "context"> {
  if (context === undefined) return {};
  const names = space.context ?? [];
  if (options.strictNames)
    for (const name of Object.keys(context))
      if (!names.includes(name)) throw unknown(`${at}.${name}`, name, names);
  const kept = names.flatMap((name) => {
    const value = context[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return kept.length === 0 ? {} : { context: Object.fromEntries(kept) };
}
