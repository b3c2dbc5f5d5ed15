import { type Approved, SafetyTrip, type Settings } from "../core/index.js";
import { type Envelope, violation } from "./envelope.js";

/** The steps of an acquisition, as far as the envelope must see them (drivers/contract.ts, AcquireRequest). */
interface LightRequest {
  readonly steps: readonly { readonly kind: "confocal" | "sted"; readonly settings: Settings }[];
}

/**
 * The only way to an `Approved`: every step of the request inside the envelope, confocal steps without depletion.
 * Returns a frozen copy, so that what was approved is what is exposed. @throws SafetyTrip
 */
export function approve<T extends LightRequest>(request: T, envelope: Envelope): Approved<T> {
  if (request.steps.length === 0) throw new SafetyTrip("OUTSIDE_ENVELOPE", "nothing to acquire");
  const steps = request.steps.map((step) => {
    const wrong = violation(step.settings, envelope);
    if (wrong !== null) throw wrong;
    if (step.kind === "confocal" && (step.settings.depletionPowerMw ?? 0) !== 0) {
      throw new SafetyTrip("OUTSIDE_ENVELOPE", "a confocal frame takes no depletion light", {
        hint: "set depletionPowerMw to 0 there",
      });
    }
    return Object.freeze({ ...step, settings: Object.freeze({ ...step.settings }) });
  });
  return Object.freeze({ ...request, steps: Object.freeze(steps) }) as Approved<T>;
}

/** A change of one light source, as far as the envelope must see it (drivers/light-contract.ts, LightCommand). */
interface SourceCommand {
  readonly source: string;
  readonly powerMw?: number;
  readonly on?: true;
}

/**
 * The only way to change a separately driven light source: its power inside the limits configured for that source.
 * @param limits per source name the greatest power at the device, mW; a source without an entry is refused
 * @throws SafetyTrip
 */
export function approveLight<T extends SourceCommand>(
  command: T,
  limits: Readonly<Record<string, { readonly maxMw: number }>>,
): Approved<T> {
  const { source, powerMw } = command;
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
  return Object.freeze({ ...command }) as Approved<T>;
}
