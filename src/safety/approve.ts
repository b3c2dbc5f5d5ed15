import { type Approved, frameDoseJPerCm2, SafetyTrip, type Settings } from "../core/index.js";
import type { DoseAccount } from "./dose-account.js";
import { type Envelope, violation } from "./envelope.js";

/** The steps of an acquisition, as far as the envelope must see them (drivers/contract.ts, AcquireRequest). */
interface LightRequest {
  readonly steps: readonly { readonly kind: "confocal" | "sted"; readonly settings: Settings }[];
}
/** Where the light would go, and what that place has had. */
export interface Place {
  readonly account: DoseAccount;
  readonly region: string;
}

/**
 * The only way to an `Approved`: every step of the request inside the envelope, confocal steps without depletion, the
 * dose of all steps together inside what region and run may still get (under a dose limit `place` must say where).
 * Returns a frozen copy, so that what was approved is what is exposed. @throws SafetyTrip
 */
export function approve<T extends LightRequest>(request: T, envelope: Envelope, place?: Place): Approved<T> {
  if (request.steps.length === 0) throw new SafetyTrip("OUTSIDE_ENVELOPE", "nothing to acquire");
  const steps = request.steps.map((given) => {
    // Copied before it is looked at: an object whose values change between two looks is seen once.
    const step = { ...given, settings: Object.freeze({ ...given.settings }) };
    const wrong = violation(step.settings, envelope);
    if (wrong !== null) throw wrong;
    if (step.kind !== "sted" && (step.settings.depletionPowerMw ?? 0) !== 0) {
      throw new SafetyTrip("OUTSIDE_ENVELOPE", "a confocal frame takes no depletion light", {
        hint: "set depletionPowerMw to 0 there",
      });
    }
    return Object.freeze(step);
  });
  checkDose(steps, envelope, place);
  return Object.freeze({ ...request, steps: Object.freeze(steps) }) as Approved<T>;
}

/**
 * One step of a request that was let through as a whole, without the settings that are none of `names`: for a rig whose
 * scanner takes one step at a time and does not know our light. It can only be less than what was approved.
 */
export function approvedStep<T extends LightRequest>(
  request: Approved<T>,
  index: number,
  names: readonly string[],
): Approved<T> {
  const step = request.steps[index];
  if (step === undefined) throw new SafetyTrip("OUTSIDE_ENVELOPE", `the request has no step ${index}`);
  const settings = Object.entries(step.settings).filter(([name]) => names.includes(name));
  const part = Object.freeze({ ...step, settings: Object.freeze(Object.fromEntries(settings)) });
  return Object.freeze({ ...request, steps: Object.freeze([part]) }) as Approved<T>;
}

function checkDose(steps: LightRequest["steps"], envelope: Envelope, place: Place | undefined): void {
  const { regionJPerCm2, runJPerCm2 } = envelope.dose;
  if (regionJPerCm2 === undefined && runJPerCm2 === undefined) return;
  if (place === undefined) {
    throw new SafetyTrip(
      "DOSE_UNACCOUNTED",
      "there is a dose limit, and nobody says what this place has had",
    );
  }
  const refused = place.account.refusal(place.region, requestDose(steps, envelope), envelope.dose);
  if (refused !== null) throw refused;
}

/** Dose of a request's frames together, J/cm² a pixel; NaN where a step does not say how long a pixel gets light. */
export function requestDose(steps: LightRequest["steps"], { beam }: Pick<Envelope, "beam">): number {
  return steps.reduce(
    (sum, { settings, kind }) => sum + (frameDoseJPerCm2(settings, kind, beam) ?? Number.NaN),
    0,
  );
}

/** A change of one light source, as far as the envelope must see it (drivers/light-contract.ts, LightCommand). */
interface SourceCommand {
  readonly source: string;
  readonly powerMw?: number;
  readonly on?: true;
}
/** What a light source may do (config/safety.yaml, `sources`). */
export interface SourceLimit {
  /** Greatest set-point at the device, mW. */
  readonly maxMw: number;
  /** How fast the set-point may climb, mW/s. */
  readonly maxRampMwPerS?: number | undefined;
  /** Share of the time that it may be on, 0..1. */
  readonly maxDuty?: number | undefined;
}
export type SourceLimits = Readonly<Record<string, SourceLimit>>;

/**
 * The only way to change a separately driven light source: its power inside the limits configured for that source.
 * @param limits a source without an entry is refused
 * @param since its set-point before, and how long that has stood: a climb faster than its ramp is refused
 * @throws SafetyTrip
 */
export function approveLight<T extends SourceCommand>(
  command: T,
  limits: SourceLimits,
  since?: { readonly powerMw: number; readonly elapsedMs: number },
): Approved<T> {
  const copy = Object.freeze({ ...command });
  const { source, powerMw } = copy;
  const limit = Object.hasOwn(limits, source) ? limits[source] : undefined;
  if (limit === undefined) {
    throw new SafetyTrip("OUTSIDE_ENVELOPE", `there is no limit for the light source '${source}'`, {
      hint: "add it to `sources` in config/safety.yaml",
      data: { source },
    });
  }
  if (powerMw !== undefined && !(powerMw >= 0 && powerMw <= limit.maxMw)) {
    throw new SafetyTrip("OUTSIDE_ENVELOPE", `${source}: ${powerMw} mW is outside 0 … ${limit.maxMw} mW`, {
      hint: "choose a value inside",
      data: { source, powerMw },
    });
  }
  if (powerMw !== undefined && since !== undefined && limit.maxRampMwPerS !== undefined) {
    const reach = since.powerMw + (limit.maxRampMwPerS * since.elapsedMs) / 1000;
    if (!(powerMw <= reach + 1e-9)) {
      const message = `${source}: ${powerMw} mW would climb faster than ${limit.maxRampMwPerS} mW/s`;
      throw new SafetyTrip("RAMP", message, {
        hint: "raise it in smaller steps",
        data: { source, powerMw, reachMw: reach },
      });
    }
  }
  return copy as Approved<T>;
}
