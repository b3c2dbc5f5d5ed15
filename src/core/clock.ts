/** Time is passed in: the daemon gets the system's, tests a virtual one. Milliseconds throughout. */
export interface Timer {
  cancel(): void;
}
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some fixed moment, never jumping. */
  monotonic(): number;
  /** Calls back once after `ms`. Does not keep the process alive when `background`. */
  after(ms: number, callback: () => void, options?: { readonly background?: boolean }): Timer;
  /** Calls back every `ms` until cancelled. */
  every(ms: number, callback: () => void, options?: { readonly background?: boolean }): Timer;
  /** Resolves after `ms`, or at once when the signal aborts (the caller looks at the signal). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** RFC 3339 of a clock's now. */
export function timestamp(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}

function sleepOn(clock: Pick<Clock, "after">, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      signal?.removeEventListener("abort", done);
      timer.cancel();
      resolve();
    };
    const timer = clock.after(ms, done);
    signal?.addEventListener("abort", done, { once: true });
  });
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback, options) {
    const handle = setTimeout(callback, ms);
    if (options?.background) handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
  every(ms, callback, options) {
    const handle = setInterval(callback, ms);
    if (options?.background) handle.unref();
    return { cancel: () => clearInterval(handle) };
  },
  sleep: (ms, signal) => sleepOn(systemClock, ms, signal),
};

interface Due {
  at: number;
  readonly callback: () => void;
  readonly everyMs: number | null;
}

/** A clock that moves only when told: for tests. Counts its open timers so that a leak shows. */
export class VirtualClock implements Clock {
  private readonly due = new Set<Due>();
  constructor(private time = 0) {}

  get openTimers(): number {
    return this.due.size;
  }
  now(): number {
    return this.time;
  }
  monotonic(): number {
    return this.time;
  }
  after(ms: number, callback: () => void): Timer {
    return this.add(ms, callback, null);
  }
  every(ms: number, callback: () => void): Timer {
    return this.add(ms, callback, ms);
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  /** Moves on by `ms`, calling back what falls due in order, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      await settle();
      let next: Due | null = null;
      for (const d of this.due) if (d.at <= end && (next === null || d.at < next.at)) next = d;
      if (next === null) break;
      this.time = Math.max(this.time, next.at);
      if (next.everyMs === null) this.due.delete(next);
      else next.at += next.everyMs;
      next.callback();
    }
    this.time = end;
    await settle();
  }

  private add(ms: number, callback: () => void, everyMs: number | null): Timer {
    const d: Due = { at: this.time + Math.max(0, ms), callback, everyMs };
    this.due.add(d);
    return { cancel: () => this.due.delete(d) };
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
