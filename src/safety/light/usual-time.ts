import type { Clock } from "../../core/index.js";

/** Where others shine already: at least this, or half as much again as it took at most before and a little. */
const leastMs = 2000;
const longest = (mostMs: number): number => Math.max(leastMs, 1.5 * mostMs + 500);

/** How long a source usually takes to come on, so that others that shine already need not wait for it in vain. */
export class UsualTime {
  /** Longest time so far; null = it has not come on yet, or lately did not in time. */
  mostMs: number | null = null;

  constructor(private readonly clock: Clock) {}

  /** @param tooLate called when it takes much longer than before; null: it may take its time */
  async during(light: () => Promise<void>, tooLate: ((reason: string) => void) | null): Promise<void> {
    const { mostMs } = this;
    const began = this.clock.monotonic();
    const late =
      tooLate === null || mostMs === null
        ? null
        : this.clock.after(longest(mostMs), () => {
            // Perhaps it is slower now: the next time it has all the time that its kind may take.
            this.mostMs = null;
            tooLate(`it did not come on in its usual time (${(mostMs / 1000).toFixed(1)} s)`);
          });
    try {
      await light();
      this.mostMs = Math.max(mostMs ?? 0, this.clock.monotonic() - began);
    } finally {
      late?.cancel();
    }
  }
}
