/** Bytes on their way out, in order: an answer that is late holds up those behind it. */
import type { Clock, Timer } from "../../../src/core/index.js";

export class Outbox {
  private readonly waiting: { readonly atMs: number; readonly bytes: Buffer }[] = [];
  private timer: Timer | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly send: (bytes: Buffer) => void,
  ) {}

  /** @param delayMs from now, or from the last bytes that still wait */
  add(bytes: Buffer, delayMs: number): void {
    const now = this.clock.monotonic();
    const last = this.waiting.at(-1)?.atMs ?? now;
    this.waiting.push({ atMs: Math.max(last, now + delayMs), bytes });
    this.flush();
  }

  /** Milliseconds until everything is out. */
  get delayMs(): number {
    return Math.max(0, (this.waiting.at(-1)?.atMs ?? 0) - this.clock.monotonic());
  }

  clear(): void {
    this.waiting.length = 0;
    this.timer?.cancel();
    this.timer = null;
  }

  private flush(): void {
    this.timer?.cancel();
    this.timer = null;
    for (;;) {
      const next = this.waiting[0];
      if (next === undefined) return;
      const leftMs = next.atMs - this.clock.monotonic();
      if (leftMs > 0) {
        this.timer = this.clock.after(leftMs, () => this.flush());
        return;
      }
      this.waiting.shift();
      this.send(next.bytes);
    }
  }
}
