import type { ScoreRecord } from "./score.js";
import type { Settings } from "./settings.js";

/** What is known of several rigs at once. Shared by the fleet, its server and its page. */

/** One rig as it last described itself. */
export interface FleetRigStatus {
  readonly rig: string;
  /** Name in the rig's own words. */
  readonly device: string;
  readonly run: string | null;
  readonly state: string;
  readonly stage: string;
  readonly mode: string;
  /** Completed steps, and the run's total where it has one. */
  readonly step: number;
  readonly steps: number | null;
  readonly light: readonly {
    readonly name: string;
    readonly on: boolean;
    readonly powerMw: number;
    readonly confirmed: boolean;
  }[];
  readonly last: (Pick<ScoreRecord, "score" | "lower" | "upper"> & { readonly step: number }) | null;
  readonly alert: string | null;
  readonly model: string;
  readonly engine: string;
  /** RFC 3339, by the rig's clock. */
  readonly at: string;
}

/** One step's observation, as the fleet's stream keeps it. */
export interface FleetObservation {
  readonly rig: string;
  readonly run: string;
  readonly step: number;
  readonly at: string;
  readonly settings: Settings;
  readonly objectives: Readonly<Record<string, number | null>>;
  readonly score: number | null;
  readonly model: { readonly name: string; readonly hash: string };
}

/** One rig on the page over all rigs. */
export interface FleetRig extends FleetRigStatus {
  /** Seconds since it was last heard; null when it was not heard since this viewer started. */
  readonly heardSAgo: number | null;
  /** Not heard lately: all that is shown of it is old, its light included. */
  readonly stale: boolean;
  /** Scores of the run's latest steps, oldest first. */
  readonly scores: readonly (number | null)[];
  readonly observations: number;
  readonly notes: readonly { readonly at: string; readonly level: string; readonly message: string }[];
}
export interface FleetWorker {
  readonly worker: string;
  readonly models: readonly string[];
  readonly engine: string;
  readonly scored: number;
  readonly failed: number;
  readonly heardSAgo: number;
  readonly stale: boolean;
}
export interface FleetState {
  /** false: the NATS server is away; what follows is what was known before. */
  readonly connected: boolean;
  readonly trouble: string | null;
  /** All that was kept has been read. */
  readonly replayed: boolean;
  readonly rigs: readonly FleetRig[];
  readonly workers: readonly FleetWorker[];
  readonly queue: {
    /** Frames that wait for a worker or are being scored; null while it cannot be asked. */
    readonly frames: number | null;
    readonly results: number | null;
    readonly dead: number | null;
  };
  readonly at: string;
}
