import { type ParameterSpec, SafetyTrip, type Settings } from "../core/index.js";

/** What may ever be set, by whomever it is asked. A name without an entry is refused: missing means no. */
export interface Limit {
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
}
export type Envelope = Readonly<Record<string, Limit>>;

/**
 * Joins the configured limits with the rig's own bounds; the tighter one holds. A rig's own `limits` count too.
 * @param configured per name {min?, max}; names that the rig does not have are left out
 */
export function makeEnvelope(
  configured: Readonly<Record<string, { readonly min?: number | undefined; readonly max: number }>>,
  parameters: readonly ParameterSpec[],
  rigLimits: Readonly<Record<string, { readonly max: number }>> = {},
): Envelope {
  const envelope: Record<string, Limit> = {};
  for (const spec of parameters) {
    const limit = Object.hasOwn(configured, spec.name) ? configured[spec.name] : undefined;
    if (limit === undefined) continue;
    const rigMax = Object.hasOwn(rigLimits, spec.name) ? rigLimits[spec.name]?.max : undefined;
    envelope[spec.name] = Object.freeze({
      min: Math.max(spec.min, limit.min ?? spec.min),
      max: Math.min(spec.max, limit.max, rigMax ?? spec.max),
      integer: spec.integer === true,
    });
  }
  return Object.freeze(envelope);
}

/**
 * The first thing wrong with some settings, or null when they are inside. Walks the names that are asked for, so that
 * an unknown name fails; NaN fails every comparison. Nothing is clamped.
 */
export function violation(settings: Settings, envelope: Envelope): SafetyTrip | null {
  for (const [name, value] of Object.entries(settings)) {
    const limit = Object.hasOwn(envelope, name) ? envelope[name] : undefined;
    if (limit === undefined) {
      return trip(name, value, `there is no limit for '${name}'`, "add it to `limits` in the configuration");
    }
    if (typeof value !== "number" || !(value >= limit.min && value <= limit.max)) {
      return trip(
        name,
        value,
        `${name} = ${value} is outside ${limit.min} … ${limit.max}`,
        "choose a value inside",
      );
    }
    if (limit.integer && !Number.isInteger(value)) {
      return trip(name, value, `${name} = ${value} must be a whole number`, "choose a whole number");
    }
  }
  return null;
}

function trip(name: string, value: number, message: string, hint: string): SafetyTrip {
  return new SafetyTrip("OUTSIDE_ENVELOPE", message, { hint, data: { name, value } });
}
