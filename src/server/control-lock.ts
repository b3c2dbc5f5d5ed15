import { type Clock, StedError } from "../core/index.js";

/** An operator who gives no command for this long no longer stands in anybody's way. */
const leaseMs = 5 * 60_000;

/**
 * One operator steers at a time. The first command takes control, every further one renews it; another's are refused
 * until the lease lapses, it is released, or somebody takes over, which is everyone's right and seen by all.
 */
export class ControlLock {
  private held: { readonly name: string; readonly untilMs: number } | null = null;
  private readonly listeners = new Set<(holder: string | null) => void>();

  constructor(private readonly clock: Clock) {}

  holder(): string | null {
    return this.held !== null && this.clock.monotonic() < this.held.untilMs ? this.held.name : null;
  }

  /** Called before each command. Throws CONTROL_HELD when somebody else steers. */
  use(name: string): void {
    const holder = this.holder();
    if (holder !== null && holder !== name) {
      throw new StedError("CONTROL_HELD", `${holder} is in control`, { hint: "ask, or take over" });
    }
    this.take(name);
  }

  take(name: string): void {
    const before = this.held?.name ?? null;
    this.held = { name, untilMs: this.clock.monotonic() + leaseMs };
    if (before !== name) this.tell();
  }

  /** Gives control back; another's is left alone. */
  release(name: string): void {
    if (this.held?.name !== name) return;
    this.held = null;
    this.tell();
  }

  /** Lets a lapsed lease be seen: called with every beat of the stream. */
  look(): void {
    if (this.held !== null && this.holder() === null) {
      this.held = null;
      this.tell();
    }
  }

  subscribe(listener: (holder: string | null) => void): void {
    this.listeners.add(listener);
  }
  private tell(): void {
    for (const listener of this.listeners) listener(this.held?.name ?? null);
  }
}
