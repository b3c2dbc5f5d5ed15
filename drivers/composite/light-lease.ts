import type { Clock, Timer } from "../../src/core/index.js";
import type { LightGuard } from "../context.js";
import type { Source } from "./source.js";

/** The loop asks three times a lease. A scanner that has not answered for longer than that may scan nothing. */
const silentShare = 0.7;

/**
 * The light's own lease: valid while the main loop renews it (heartbeat, move, acquire), and while the guard process
 * lives. Once it lapses every source is switched off, whatever the loop does later.
 */
export class LightLease {
  private until = 0;
  private heardAt = 0;
  private timer: Timer | null = null;
  private guard: LightGuard | null = null;
  private leaseMs = 3000;
  private answers = true;

  constructor(
    private readonly sources: readonly Source[],
    private readonly clock: Clock,
    private readonly onLapse: (reason: string, guardGone: boolean) => void,
  ) {}

  /** @param answers whether the scanner answers heartbeats while it scans */
  start(leaseMs: number, guard: LightGuard, answers: boolean): void {
    this.leaseMs = leaseMs;
    this.answers = answers;
    this.guard = guard;
    this.timer = this.clock.every(leaseMs / 12, () => this.look(), { background: true });
  }

  /** The scanner has answered a heartbeat: it may well be scanning. */
  scannerHeard(): void {
    this.heardAt = this.clock.monotonic();
  }

  renew(): void {
    if (this.until === 0) this.scannerHeard();
    this.until = this.clock.monotonic() + this.leaseMs;
    for (const source of this.sources) source.lease(true, "renewed");
  }

  /** The guard stands behind what follows. Rejects when it is gone. */
  async arm(): Promise<void> {
    // The region before this scan was the scanner's own answer.
    this.scannerHeard();
    await this.guard?.arm();
  }
  disarm(): void {
    this.guard?.disarm();
  }

  async close(dark: boolean): Promise<void> {
    this.timer?.cancel();
    if (dark) this.guard?.disarm();
    await this.guard?.close();
  }

  /** The loop's lease is enforced here; the guard hears that this still runs, and acts when it does not. */
  private look(): void {
    this.guard?.beat();
    if (this.until === 0) return;
    const guardGone = this.guard !== null && !this.guard.alive;
    const now = this.clock.monotonic();
    const silent = this.answers && now - this.heardAt > silentShare * this.leaseMs;
    if (now < this.until && !guardGone && !silent) return;
    const lapsed = silent ? "the scanner does not answer" : "the loop no longer stands behind the light";
    const reason = guardGone ? "the guard process is gone" : lapsed;
    this.until = 0;
    for (const source of this.sources) source.lease(false, reason);
    this.onLapse(reason, guardGone);
  }
}
