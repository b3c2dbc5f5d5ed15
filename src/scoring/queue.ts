/** What waits for the engine: in order, or the newest first once the oldest has waited too long. Nothing is dropped. */
export class FrameQueue<T> {
  private readonly waiting: { readonly item: T; readonly since: number }[] = [];

  /** @param lateMs a wait beyond which the newest frame goes first: what is on the page should be now */
  constructor(private readonly lateMs: number) {}

  get length(): number {
    return this.waiting.length;
  }

  push(item: T, nowMs: number): void {
    this.waiting.push({ item, since: nowMs });
  }

  /** The next one, or undefined when none waits. */
  next(nowMs: number): T | undefined {
    const [oldest] = this.waiting;
    if (oldest === undefined) return undefined;
    const late = nowMs - oldest.since > this.lateMs;
    return (late ? this.waiting.pop() : this.waiting.shift())?.item;
  }

  /** Takes all that wait, oldest first. */
  drain(): T[] {
    return this.waiting.splice(0).map(({ item }) => item);
  }
}
