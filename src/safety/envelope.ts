import {
  type BeamAreas,
  brokenBy,
  type Combination,
  defaultBeamAreas,
  frameDoseJPerCm2,
  type ParameterSpec,
  ruleText,
  SafetyTrip,
  type Settings,
} from "../core/index.js";

/** What may ever be set, by whomever it is asked. A name without an entry is refused: missing means no. */
export interface Limit {
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
}
/** Greatest light dose of a pixel, J/cm², summed over the frames of one region and over those of a run. */
export interface DoseLimits {
  readonly regionJPerCm2?: number | undefined;
  readonly runJPerCm2?: number | undefined;
}
export interface Envelope {
  readonly limits: Readonly<Record<string, Limit>>;
  readonly combinations: readonly Combination[];
  readonly dose: DoseLimits;
  readonly beam: BeamAreas;
}
export interface EnvelopeExtras {
  readonly combinations?: readonly Combination[] | undefined;
  readonly dose?: DoseLimits | undefined;
  readonly beam?: BeamAreas | undefined;
}
export type ConfiguredLimits = Readonly<
  Record<string, { readonly min?: number | undefined; readonly max: number }>
>;

/**
 * Joins the configured limits with the rig's own bounds; the tighter one holds. A rig's own `limits` count too.
 * @param configured per name {min?, max}; names that the rig does not have are left out
 */
export function makeEnvelope(
  configured: ConfiguredLimits,
  parameters: readonly ParameterSpec[],
  rigLimits: Readonly<Record<string, { readonly max: number }>> = {},
  extras: EnvelopeExtras = {},
): Envelope {
  const limits: Record<string, Limit> = {};
  for (const spec of parameters) {
    const limit = Object.hasOwn(configured, spec.name) ? configured[spec.name] : undefined;
    if (limit === undefined) continue;
    const rigMax = Object.hasOwn(rigLimits, spec.name) ? rigLimits[spec.name]?.max : undefined;
    limits[spec.name] = Object.freeze({
      min: Math.max(spec.min, limit.min ?? spec.min),
      max: Math.min(spec.max, limit.max, rigMax ?? spec.max),
      integer: spec.integer === true,
    });
  }
  return Object.freeze({
    limits: Object.freeze(limits),
    combinations: Object.freeze(structuredClone(extras.combinations ?? [])),
    dose: Object.freeze({ ...extras.dose }),
    beam: Object.freeze({ ...(extras.beam ?? defaultBeamAreas) }),
  });
}

/**
 * The first thing wrong with some settings, or null when they are inside. Walks the names that are asked for, so that
 * an unknown name fails; NaN fails every comparison. Nothing is clamped.
 */
export function violation(settings: Settings, envelope: Envelope): SafetyTrip | null {
  for (const [name, value] of Object.entries(settings)) {
    const limit = Object.hasOwn(envelope.limits, name) ? envelope.limits[name] : undefined;
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
  for (const rule of envelope.combinations) {
    const name = brokenBy(settings, rule);
    if (name !== null) {
      const value = settings[name];
      const message = `${ruleText(rule)}; ${name} is ${value ?? "not given"}`;
      return trip(name, value ?? Number.NaN, message, "change one of them");
    }
  }
  return doseViolation(settings, envelope);
}

/** One frame that alone is more than a region may get is refused before anybody looks at an account. */
function doseViolation(settings: Settings, { dose, beam }: Envelope): SafetyTrip | null {
  const most = Math.min(
    dose.regionJPerCm2 ?? Number.POSITIVE_INFINITY,
    dose.runJPerCm2 ?? Number.POSITIVE_INFINITY,
  );
  if (most === Number.POSITIVE_INFINITY) return null;
  const frame = frameDoseJPerCm2(settings, "sted", beam);
  if (frame !== null && frame <= most) return null;
  const message =
    frame === null
      ? "the dose cannot be told without dwellTimeUs, and there is a dose limit"
      : `one frame gives ${frame.toPrecision(4)} J/cm², more than the ${most} J/cm² allowed`;
  return trip("doseJPerCm2", frame ?? Number.NaN, message, "less power, a shorter dwell time or fewer lines");
}

function trip(name: string, value: number, message: string, hint: string): SafetyTrip {
  return new SafetyTrip("OUTSIDE_ENVELOPE", message, { hint, data: { name, value } });
}
