import type { Clock } from "../../../src/core/index.js";

/** Difference beyond which two clocks are said to have jumped, ms. */
const jumpMs = 1000;

/**
 * The rig's clock as seen from here. Reckoned on the monotonic clock, so that a jump of this computer's own time never
 * makes a request look expired; such a jump is told all the same, for time stamps and the run's pause.
 */
export class ClockSync {
  private offset: number | null = null;
  private uncertainty = 0;
  private wallOffset: number;

  constructor(private readonly clock: Clock) {
    this.wallOffset = clock.now() - clock.monotonic();
  }

  /** The rig's time `inMs` from now; this computer's own before the first measurement. */
  rigTime(inMs: number): number {
    return Math.round(this.clock.monotonic() + (this.offset ?? this.wallOffset) + inMs);
  }

  /**
   * Takes `now` of an answer in; half the round trip is taken off.
   * @param sentAt monotonic ms @returns what jumped since the last measurement, in words, or null
   */
  measure(rigNow: number, sentAt: number): string | null {
    const receivedAt = this.clock.monotonic();
    const half = (receivedAt - sentAt) / 2;
    const offset = rigNow - (sentAt + half);
    const rigMoved = this.offset === null ? 0 : offset - this.offset;
    const rigJumped = Math.abs(rigMoved) > jumpMs + half + this.uncertainty;
    this.offset = offset;
    this.uncertainty = half;
    const wallOffset = this.clock.now() - receivedAt;
    const ownMoved = wallOffset - this.wallOffset;
    this.wallOffset = wallOffset;
    if (rigJumped) return `the rig's clock jumped by ${seconds(rigMoved)}`;
    return Math.abs(ownMoved) > jumpMs ? `this computer's clock jumped by ${seconds(ownMoved)}` : null;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
