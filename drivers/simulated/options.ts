/** What a simulated rig can be told, and how long its scans take. */
import type { Clock, Settings } from "../../src/core/index.js";
import type { FaultEntry } from "../faults/index.js";
import type { FaultRecord } from "./faults/plan.js";
import type { DyeName, Realism } from "./physics/profile.js";
import type { SampleTuning } from "./sample/natural.js";
import type { Structure } from "./sample/structures.js";

export interface SimulatedOptions {
  readonly structure: Structure;
  readonly seed: number;
  /** Fields that were already handed out: `next` goes on with this index. */
  readonly firstRegion?: number;
  /** Every wait times this: 1 real time, 0 none. */
  readonly timeScale?: number;
  readonly clock?: Clock;
  /** `rig` (default) adds what real rigs do; `anchor` is the published model. */
  readonly mode?: "rig" | "anchor";
  readonly dye?: DyeName;
  /** Density, labelling, background… of the sample. */
  readonly sample?: SampleTuning;
  /** Switches of what rig mode adds; nothing in anchor mode. */
  readonly realism?: Realism & {
    /** Drift, vibration, flicker, set-points and places not quite met; default true. */
    readonly imperfections?: boolean | undefined;
  };
  /** What goes wrong and when (`readFaultScript`). */
  readonly faults?: readonly FaultEntry[];
  /** Told of every fault that strikes. */
  readonly onFault?: (record: FaultRecord) => void;
}

const lineOverheadMs = 1.5;
/** A stage move with its settling. */
export const moveMs = 500;
export const frameOverheadMs = 300;
/** Frame time: rows × (columns × dwell × lines + 1.5 ms) + 0.3 s. */
export function frameMs(settings: Settings, widthPx: number, heightPx: number): number {
  const pixelMs = ((settings.dwellTimeUs ?? 0) * (settings.lineRepeats ?? 1)) / 1000;
  return heightPx * (widthPx * pixelMs + lineOverheadMs) + frameOverheadMs;
}
