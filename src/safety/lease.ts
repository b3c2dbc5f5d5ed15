import type { Clock, Logger, Timer } from "../core/index.js";

/** What the main loop is doing and until when it may take. `light`: exposing; null deadline: dark and waiting. */
export interface Stage {
  readonly name: string;
  readonly startedAt: number;
  readonly deadlineMs: number;
}
export type Verdict =
  | { readonly renew: true }
  | { readonly renew: false; readonly cause: "lag" | "deadline"; readonly reason: string };

/** May the heartbeat be sent? Pure: rig-protocol.md (Lease). @param lagMs how late the event loop is */
export function leaseVerdict(stage: Stage, now: number, lagMs: number): Verdict {
  if (lagMs > 500)
    return { renew: false, cause: "lag", reason: `the event loop is ${Math.round(lagMs)} ms late` };
  const spent = now - stage.startedAt;
  if (spent > stage.deadlineMs) {
    const reason = `'${stage.name}' takes longer than its ${Math.round(stage.deadlineMs / 1000)} s`;
    return { renew: false, cause: "deadline", reason };
  }
  return { renew: true };
}

/**
 * The daemon's half of the lease. Every third of `leaseMs` it asks `leaseVerdict` and only then renews; past a
 * deadline it withholds the heartbeat and reports once, so that rig and daemon both go dark.
 */
export class LeaseKeeper {
  private stage: Stage;
  private timer: Timer | null = null;
  private expectedAt = 0;
  private withheld = false;
  /** Ticks in a row that found the loop late. */
  private lateTicks = 0;

  constructor(
    private readonly options: {
      readonly leaseMs: number;
      readonly clock: Clock;
      readonly logger: Logger;
      readonly renew: () => Promise<void>;
      /** Called once each time the lease is first withheld. */
      readonly onWithheld: (reason: string) => void;
    },
  ) {
    this.stage = { name: "starting", startedAt: options.clock.monotonic(), deadlineMs: 30_000 };
  }

  /** The main loop enters a stage and says how long it may take. */
  enter(name: string, deadlineMs: number): void {
    this.stage = { name, startedAt: this.options.clock.monotonic(), deadlineMs };
    this.withheld = false;
  }

  start(): void {
    if (this.timer !== null) return;
    const period = this.options.leaseMs / 3;
    this.expectedAt = this.options.clock.monotonic() + period;
    this.timer = this.options.clock.every(period, () => this.tick(period));
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  private tick(period: number): void {
    const now = this.options.clock.monotonic();
    const lag = now - this.expectedAt;
    this.expectedAt = now + period;
    const verdict = leaseVerdict(this.stage, now, lag);
    this.lateTicks = verdict.renew || verdict.cause === "deadline" ? 0 : this.lateTicks + 1;
    // One late tick costs one heartbeat, which the lease outlasts; a loop that stays late is wedged.
    const passing = this.lateTicks === 1 && lag < 2 * period;
    if (verdict.renew) {
      this.options.renew().catch((error: Error) => {
        this.options.logger.warn({ error: error.message }, "heartbeat not answered");
      });
    } else if (!this.withheld && !passing) {
      this.withheld = true;
      this.options.onWithheld(verdict.reason);
    }
  }
}
