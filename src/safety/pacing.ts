import type { Settings } from "../core/index.js";
import type { SourceLimit } from "./approve.js";

/** A light source of the rig and the setting that says its power. */
export interface PacedSource {
  readonly source: string;
  readonly setting: string;
  /** mW per unit of the setting. */
  readonly mwPerUnit: number;
}

/** One source in one exposure: the set-point it gets and for how long it is on. */
export interface PacedLight {
  readonly source: string;
  readonly powerMw: number;
  readonly onMs: number;
}

/** What each source would give at most in any of the steps. */
export function lightsOf(
  steps: readonly { readonly settings: Settings }[],
  driven: readonly PacedSource[],
  onMs: number,
): PacedLight[] {
  return driven.map(({ source, setting, mwPerUnit }) => {
    const most = Math.max(0, ...steps.map((s) => s.settings[setting] ?? 0));
    return { source, powerMw: most * mwPerUnit, onMs };
  });
}

/**
 * Ramps and duty between exposures, where the rig sets the light itself: how long to stay dark first. A set-point may
 * climb by no more than its source's ramp allows in the time since the last one ended; after light of t ms a source of
 * duty d rests t (1/d − 1) ms.
 */
export class Pacing {
  private readonly last = new Map<
    string,
    { readonly powerMw: number; readonly at: number; readonly restUntil: number }
  >();

  constructor(
    private readonly limits: Readonly<Record<string, SourceLimit>>,
    startedAt: number,
  ) {
    for (const source of Object.keys(limits))
      this.last.set(source, { powerMw: 0, at: startedAt, restUntil: startedAt });
  }

  /** Milliseconds in the dark before these lights may come on. @param now monotonic, ms */
  waitMs(lights: readonly PacedLight[], now: number): number {
    let until = now;
    for (const { source, powerMw } of lights) {
      const limit = this.limits[source];
      const last = this.last.get(source);
      if (limit === undefined || last === undefined || powerMw <= 0) continue;
      until = Math.max(until, last.restUntil);
      if (limit.maxRampMwPerS === undefined) continue;
      until = Math.max(until, last.at + ((powerMw - last.powerMw) / limit.maxRampMwPerS) * 1000);
    }
    return until - now;
  }

  /** An exposure has ended. */
  given(lights: readonly PacedLight[], now: number): void {
    for (const { source, powerMw, onMs } of lights) {
      const duty = this.limits[source]?.maxDuty ?? 1;
      if (powerMw > 0) this.last.set(source, { powerMw, at: now, restUntil: now + onMs * (1 / duty - 1) });
    }
  }
}
