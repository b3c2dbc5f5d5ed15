import type { Clock, Timer } from "../../../src/core/index.js";

export interface LivenessEvents {
  readonly lost: (reason: string) => void;
  /** Something was heard after a loss, or a connection was made anew: find out who answers. */
  readonly heardAgain: () => void;
}
const tickMs = 1000;

/**
 * Is the rig there? Sends nothing by itself (nothing but the main loop may renew the lease): it watches what comes.
 * Beats are expected once a second where there are events; without them only replies tell.
 */
export class Liveness {
  private heardAt: number;
  private isLost = false;
  private beats = false;
  private expectedTick = 0;
  private timer: Timer | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly silenceMs: number,
    private readonly on: LivenessEvents,
  ) {
    this.heardAt = clock.monotonic();
  }

  get lost(): boolean {
    return this.isLost;
  }
  /** Monotonic ms of the last sign of life. */
  get lastHeardAt(): number {
    return this.heardAt;
  }

  start(): void {
    this.expectedTick = this.clock.monotonic() + tickMs;
    this.timer = this.clock.every(tickMs, () => this.tick(), { background: true });
  }

  close(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  alive(isEvent: boolean): void {
    this.heardAt = this.clock.monotonic();
    this.beats ||= isEvent;
    if (this.isLost) this.on.heardAgain();
  }

  lose(reason: string): void {
    if (this.isLost) return;
    this.isLost = true;
    this.on.lost(reason);
  }

  recovered(): void {
    this.isLost = false;
    this.heardAt = this.clock.monotonic();
  }

  private tick(): void {
    const now = this.clock.monotonic();
    const lag = now - this.expectedTick;
    this.expectedTick = now + tickMs;
    // A stalled loop of our own has read no beats either: that is no proof.
    if (lag > tickMs / 2 || !this.beats || this.isLost) return;
    const silence = now - this.heardAt;
    if (silence > this.silenceMs) this.lose(`no sign of life for ${(silence / 1000).toFixed(1)} s`);
  }
}
