import { type Observable, Subject } from "rxjs";
import { type Clock, timestamp } from "../core/index.js";
import type { SessionEvent, SessionState } from "./contract.js";
import { nextRunState, type RunEvent } from "./run-state.js";

type WithoutStamp<T> = T extends unknown ? Omit<T, "seq" | "at"> : never;
export type NewSessionEvent = WithoutStamp<SessionEvent>;

/** Enough for a viewer that was away for some minutes at full rate; older ones get the whole state again. */
const buffered = 5000;

/** The one copy of the session's state. Every change is a numbered event that viewers can catch up with. */
export class SessionStore {
  private readonly subject = new Subject<SessionEvent>();
  private readonly buffer: SessionEvent[] = [];
  private readonly waiters = new Set<() => void>();
  readonly events: Observable<SessionEvent> = this.subject.asObservable();

  constructor(
    private current: SessionState,
    private readonly clock: Clock,
  ) {}

  get(): SessionState {
    return this.current;
  }

  /** Changes top-level fields and tells everybody. */
  patch(patch: Partial<SessionState>): void {
    this.emit({ type: "state", patch });
  }

  /** Moves the run's state by its reducer. Returns whether it changed. */
  move(event: RunEvent, extra: Partial<SessionState> = {}): boolean {
    const state = nextRunState(this.current.state, event);
    const moved = state !== this.current.state;
    if (moved || Object.keys(extra).length > 0) this.patch({ ...extra, state });
    return moved;
  }

  emit(event: NewSessionEvent): void {
    const stamped = { ...event, seq: this.current.seq + 1, at: timestamp(this.clock) } as SessionEvent;
    const patch = stamped.type === "state" ? stamped.patch : {};
    this.current = Object.freeze({ ...this.current, ...patch, seq: stamped.seq, at: stamped.at });
    // A progress line of an old frame is of no use to a viewer who catches up.
    this.buffer.push(stamped);
    if (this.buffer.length > buffered) this.buffer.splice(0, this.buffer.length - buffered);
    this.subject.next(stamped);
    for (const wake of [...this.waiters]) wake();
  }

  since(seq: number): readonly SessionEvent[] | null {
    if (seq > this.current.seq || seq < 0) return null;
    if (seq === this.current.seq) return [];
    const first = this.buffer[0];
    if (first === undefined || first.seq > seq + 1) return null;
    return this.buffer.filter((e) => e.seq > seq);
  }

  /** Resolves as soon as `test` holds for the state. */
  async until(test: (state: SessionState) => boolean): Promise<SessionState> {
    while (!test(this.current)) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.waiters.delete(wake);
          resolve();
        };
        this.waiters.add(wake);
      });
    }
    return this.current;
  }

  close(): void {
    this.subject.complete();
  }
}
