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
