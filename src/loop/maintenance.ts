import { SafetyTrip, type Timer } from "../core/index.js";
import type { ConfiguredLimits } from "../safety/index.js";
import type { SessionParts } from "./parts.js";
import type { SessionStore } from "./store.js";

export interface WantedMaintenance {
  readonly limits: ConfiguredLimits;
  readonly minutes: number;
  readonly reason: string;
}

/** Maintenance mode as people see it: who loosened which limit, until when; and that it ends by itself. */
export class MaintenanceDesk {
  private timer: Timer | null = null;

  constructor(
    private readonly parts: SessionParts,
    private readonly store: SessionStore,
  ) {}

  /** @returns what the journal keeps @throws SafetyTrip while light is on or not known to be off */
  begin({ limits, minutes, reason }: WantedMaintenance, by: string): object {
    const { rig, state } = this.store.get();
    if (state === "running") {
      throw new SafetyTrip("NOT_NOW", "limits are not changed while the run goes on", {
        hint: "pause first",
      });
    }
    const lit =
      rig.state === "acquiring" || rig.state === "lost" || rig.light.some((l) => l.on || !l.confirmed);
    const begun = this.parts.envelope.begin({ by, reason, limits, minutes }, lit);
    const until = new Date(begun.untilMs).toISOString();
    this.store.patch({ maintenance: { by, reason, until, limits } });
    this.store.emit({
      type: "note",
      level: "warn",
      message: `maintenance by ${by} until ${until}: ${reason}`,
    });
    this.timer?.cancel();
    this.timer = this.parts.clock.after(minutes * 60_000, () => this.end(), { background: true });
    return { limits, minutes, reason, until };
  }

  /** Light that only the looser limits allowed is stopped with them. */
  end(): void {
    if (this.store.get().maintenance === null) return;
    this.close();
    this.parts.envelope.end();
    this.store.patch({ maintenance: null });
    this.store.emit({
      type: "note",
      level: "info",
      message: "maintenance has ended; the configured limits hold",
    });
    if (this.store.get().rig.state === "acquiring") this.parts.rig.abort().catch(() => undefined);
  }

  close(): void {
    this.timer?.cancel();
    this.timer = null;
  }
}
