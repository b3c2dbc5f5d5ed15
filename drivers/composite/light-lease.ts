import type { Clock, Timer } from "../../src/core/index.js";
import type { LightGuard } from "../context.js";
import type { Source } from "./source.js";

/**
 * The light's own lease: valid while the main loop renews it (heartbeat, move, acquire), and while the guard process
 * lives. Once it lapses every source is switched off, whatever the loop does later.
 */
export class LightLease {
  private until = 0;
  private timer: Timer | null = null;
  private guard: LightGuard | null = null;
  private leaseMs = 3000;

  constructor(
    private readonly sources: readonly Source[],
    private readonly clock: Clock,
    private readonly onLapse: (reason: string, guardGone: boolean) => void,
  ) {}

  start(leaseMs: number, guard: LightGuard): void {
    this.leaseMs = leaseMs;
    this.guard = guard;
    this.timer = this.clock.every(leaseMs / 12, () => this.look(), { background: true });
  }

  renew(): void {
    this.until = this.clock.monotonic() + this.leaseMs;
    for (const source of this.sources) source.lease(true, "renewed");
  }

  /** The guard stands behind what follows. Rejects when it is gone. */
  async arm(): Promise<void> {
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
    if (this.clock.monotonic() < this.until && !guardGone) return;
    this.until = 0;
    const reason = guardGone ? "the guard process is gone" : "the loop no longer stands behind the light";
    for (const source of this.sources) source.lease(false, reason);
    this.onLapse(reason, guardGone);
  }
}
