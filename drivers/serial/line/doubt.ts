import type { Clock } from "../../../src/core/index.js";

/** How long after a missing answer each answer is proven to be the right one. */
const doubtMs = 20_000;

/** Answers that were asked for and never came: any later one may be one of them. */
export class Doubt {
  private owed = 0;
  private until = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  /** An answer has to be proven. */
  get open(): boolean {
    return this.clock.monotonic() < this.until;
  }
  /** Some answer may still be on its way. */
  get pending(): boolean {
    return this.owed > 0;
  }
  /** @param missing answers that did not come */
  raise(missing: number): void {
    this.owed += missing;
    this.until = this.clock.monotonic() + doubtMs;
  }
  /** One more answer than was asked for: the missing one, or one of them. */
  paid(): void {
    if (this.owed > 0) this.owed--;
  }
}
