/** Decides when a fault strikes, and writes down that it did. */
import { RandomStream } from "../../../src/core/index.js";
import type { FaultEntry } from "../../faults/index.js";
import { type RigFaultName, rigFaults } from "./names.js";

export interface FaultRecord {
  readonly fault: string;
  /** Seconds since the rig's start. */
  readonly atS: number;
  /** Which frame, move or message it struck, counted from 1. */
  readonly number: number;
}
export interface FaultPlanOptions {
  readonly entries: readonly FaultEntry[];
  readonly seed: number;
  /** Seconds since the rig's start. */
  readonly elapsedS: () => number;
  readonly onFault?: (record: FaultRecord) => void;
}

export class FaultPlan {
  /** Everything that struck, oldest first; the last ten thousand. */
  readonly log: FaultRecord[] = [];
  private readonly counts = { frame: 0, move: 0, message: 0 };
  private readonly armed: { readonly entry: FaultEntry; used: boolean }[];
  /** A stream per fault: switching one off leaves the others' draws alone. */
  private readonly streams = new Map<string, RandomStream>();
  private readonly activeUntilS = new Map<string, number>();

  constructor(private readonly options: FaultPlanOptions) {
    this.armed = options.entries.map((entry) => ({ entry, used: false }));
  }

  /** Whether any entry could ever strike one of these. */
  concerns(per: "frame" | "move" | "message"): boolean {
    return this.armed.some(({ entry }) => rigFaults[entry.fault as RigFaultName]?.per === per);
  }

  /** The next frame, move or message begins. Call once for each, before `strikes`. */
  begin(per: "frame" | "move" | "message"): void {
    this.counts[per]++;
  }

  /** Whether a fault strikes the frame, move or message that has begun. Ask each fault once for each. */
  strikes(fault: RigFaultName): boolean {
    const { per } = rigFaults[fault];
    const now = this.options.elapsedS();
    let hit = now < (this.activeUntilS.get(fault) ?? Number.NEGATIVE_INFINITY);
    for (const arm of this.armed) {
      if (arm.entry.fault !== fault) continue;
      if (!this.due(arm, now)) continue;
      arm.used = true;
      hit = true;
      if (arm.entry.for !== undefined) this.activeUntilS.set(fault, now + arm.entry.for);
    }
    if (hit) this.record({ fault, atS: now, number: this.counts[per] });
    return hit;
  }

  /** How long a fault with a duration lasts, s. */
  durationS(fault: RigFaultName, otherwise: number): number {
    return (
      this.armed.find((a) => a.entry.fault === fault && a.entry.for !== undefined)?.entry.for ?? otherwise
    );
  }

  /** Draws that belong to a fault alone. */
  stream(fault: string): RandomStream {
    let found = this.streams.get(fault);
    if (found === undefined) {
      found = RandomStream.of(this.options.seed, "fault", fault);
      this.streams.set(fault, found);
    }
    return found;
  }

  private due(arm: { readonly entry: FaultEntry; readonly used: boolean }, now: number): boolean {
    const { at, rate, fault } = arm.entry;
    if (rate !== undefined) return this.stream(`${fault}/rate`).uniform() < rate;
    if (at === undefined || arm.used) return false;
    if ("s" in at) return now >= at.s;
    // A rig's own fault may be pinned to a message, and one of the wire to a frame: it strikes at the next chance.
    return "frame" in at ? this.counts.frame >= at.frame : this.counts.message >= at.command;
  }

  private record(record: FaultRecord): void {
    if (this.log.length >= 10_000) this.log.shift();
    this.log.push(record);
    this.options.onFault?.(record);
  }
}
