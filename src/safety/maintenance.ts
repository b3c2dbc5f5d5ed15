import { type Clock, type ParameterSpec, SafetyTrip } from "../core/index.js";
import { type ConfiguredLimits, type Envelope, makeEnvelope } from "./envelope.js";

/** Other limits for a while, by an admin: for alignment and service. */
export interface Maintenance {
  readonly by: string;
  readonly reason: string;
  /** When it ends by itself, ms on the clock. */
  readonly untilMs: number;
  readonly limits: ConfiguredLimits;
}
export const longestMaintenanceMinutes = 60;

/**
 * The envelope in force. It is fixed at start; nothing but maintenance puts other limits in its place, and only those
 * of the named parameters, never beyond the rig's own bounds, never while light is on, and never without an end.
 * Dose and combinations stay in force. Reads like an `Envelope`.
 */
export class EnvelopeKeeper implements Envelope {
  private maintenance: Maintenance | null = null;
  private loose: Envelope;

  constructor(
    private readonly base: Envelope,
    private readonly rig: {
      readonly parameters: readonly ParameterSpec[];
      readonly limits: Readonly<Record<string, { readonly max: number }>>;
    },
    private readonly clock: Clock,
  ) {
    this.loose = base;
  }

  get limits(): Envelope["limits"] {
    return this.inForce().limits;
  }
  get combinations(): Envelope["combinations"] {
    return this.base.combinations;
  }
  get dose(): Envelope["dose"] {
    return this.base.dose;
  }
  get beam(): Envelope["beam"] {
    return this.base.beam;
  }

  /** What is in force now; null = the configured limits. An expired one is gone. */
  active(): Maintenance | null {
    if (this.maintenance !== null && this.clock.now() >= this.maintenance.untilMs) this.end();
    return this.maintenance;
  }

  /** @param lit whether any light is on or not known to be off @throws SafetyTrip */
  begin(wanted: Omit<Maintenance, "untilMs"> & { readonly minutes: number }, lit: boolean): Maintenance {
    const { by, reason, limits, minutes } = wanted;
    if (lit)
      throw new SafetyTrip("LIGHT_ON", "limits are not changed while light is on", { hint: "pause first" });
    if (!(minutes > 0 && minutes <= longestMaintenanceMinutes)) {
      const message = `maintenance lasts 0 … ${longestMaintenanceMinutes} minutes, not ${minutes}`;
      throw new SafetyTrip("MAINTENANCE", message);
    }
    const joined: Record<string, { readonly min?: number | undefined; readonly max: number }> = {
      ...this.base.limits,
    };
    for (const [name, limit] of Object.entries(limits)) {
      if (!this.rig.parameters.some((p) => p.name === name)) {
        throw new SafetyTrip("MAINTENANCE", `the rig has no parameter '${name}'`);
      }
      if (!Number.isFinite(limit.max) || !Number.isFinite(limit.min ?? 0)) {
        throw new SafetyTrip("MAINTENANCE", `limits of '${name}' are not numbers`);
      }
      joined[name] = limit;
    }
    this.loose = makeEnvelope(joined, this.rig.parameters, this.rig.limits, this.base);
    this.maintenance = Object.freeze({ by, reason, limits, untilMs: this.clock.now() + minutes * 60_000 });
    return this.maintenance;
  }

  /** Back to the configured limits: at once, also while light is on, because they are the tighter ones or the known ones. */
  end(): void {
    this.maintenance = null;
    this.loose = this.base;
  }

  private inForce(): Envelope {
    return this.active() === null ? this.base : this.loose;
  }
}
