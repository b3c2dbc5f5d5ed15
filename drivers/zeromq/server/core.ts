import type { Clock, Logger, Timer } from "../../../src/core/index.js";
import type { BackendEvent, LightState, RigBackend, RigState } from "../../contract.js";
import { FrameShelf } from "./frame-shelf.js";
import type { Publisher } from "./publisher.js";
import { refusal } from "./refusal.js";
import { type Cause, initialMachine, type Job, type MachineEvent, next, stateName } from "./state.js";

export interface CoreOptions {
  readonly backend: RigBackend;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseMs: number;
}

/** How long an ended job is waited for; above the grace that its exposure has. */
const settleMs = 350;
/** Attempts to read every source back as dark before the caller is told DEVICE_LOST. */
const darkTries = 3;

/** Carries the machine's effects out on the backend: the lease's timer, one job at a time, the dark. */
export class RigCore {
  readonly shelf: FrameShelf;
  private machine = initialMachine;
  private endJob: ((cause: Cause) => void) | null = null;
  private working: Promise<void> = Promise.resolve();
  private timer: Timer | null = null;
  private readonly leave: (() => void) | undefined;

  constructor(readonly options: CoreOptions) {
    this.shelf = new FrameShelf(options.clock);
    this.leave = options.backend.subscribe?.((event) => this.onBackend(event));
  }

  get state(): RigState {
    return stateName(this.machine, this.options.backend.faults().length > 0);
  }
  get current(): typeof this.machine {
    return this.machine;
  }
  get leaseLeftMs(): number {
    if (this.machine.owner === null) return 0;
    return Math.max(0, this.machine.leaseUntil - this.options.clock.monotonic());
  }

  /** A well-formed message in time: the owner's renews the lease. */
  heard(session: string): void {
    this.apply({ type: "heard", session, ...this.lease() });
  }
  /** Makes the session the owner. */
  claim(session: string): void {
    this.apply({ type: "claim", session, ...this.lease() });
  }
  /** Ends an over-age lease, also when the timer is late. */
  lapse(): void {
    this.apply({ type: "tick", now: this.options.clock.monotonic() });
  }

  apply(event: MachineEvent): void {
    const { state, effects } = next(this.machine, event);
    this.machine = state;
    for (const effect of effects) {
      if (effect.type === "cancel") this.endJob?.(effect.cause);
      else void this.darken();
    }
    if (effects.length > 0 && event.type === "tick") this.options.logger.warn({}, "the lease lapsed: dark");
    this.watchLease();
    this.changed();
  }

  /**
   * One job at a time. The rig stays busy until the backend has let go and every source is off.
   * @param cancel ends the work early @param released when the backend has let go, also where that is after the answer
   */
  job<T>(
    id: string,
    method: Job["method"],
    work: () => Promise<T>,
    cancel: (cause: Cause) => void = () => undefined,
    released: () => Promise<void> = async () => undefined,
  ): Promise<T> {
    this.endJob = cancel;
    this.apply({ type: "begin", id, method });
    const done = this.thenDark(work);
    this.working = done.then(
      () => undefined,
      () => undefined,
    );
    void this.working.then(released).then(() => {
      this.endJob = null;
      this.apply({ type: "end", id });
    });
    return done;
  }

  /** When the job in progress has been answered, or shortly after: `safe` must be answered whatever hangs. */
  async settled(): Promise<void> {
    const patience = new AbortController();
    await Promise.race([this.working, this.options.clock.sleep(settleMs, patience.signal)]);
    patience.abort();
  }

  /** Every source read back as dark, or DEVICE_LOST naming those that are not. */
  async confirmDark(): Promise<readonly LightState[]> {
    let light: readonly LightState[] = [];
    for (let i = 0; i < darkTries; i++) {
      light = await this.darken();
      if (light.every((source) => !source.on && source.confirmed)) return light;
    }
    const names = light.filter((source) => source.on || !source.confirmed).map((source) => source.name);
    throw refusal("DEVICE_LOST", `${names.join(", ")} could not be read back as dark`, { light });
  }

  changed(): void {
    const { backend, publisher } = this.options;
    publisher.state({ state: this.state, owner: this.machine.owner, light: backend.light() });
  }

  /** Dark for good, no more timers. */
  async close(): Promise<void> {
    this.apply({ type: "safe", cause: "safe" });
    this.timer?.cancel();
    this.timer = null;
    this.leave?.();
    await this.settled();
    await this.darken();
  }

  private async darken(): Promise<readonly LightState[]> {
    try {
      return await this.options.backend.dark();
    } catch (thrown) {
      this.options.logger.error({ error: String(thrown) }, "a source could not be switched off");
      return this.options.backend.light();
    } finally {
      this.changed();
    }
  }

  /** Light is on only while scanning: what a backend leaves on is switched off and told as a fault. */
  private async thenDark<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      const { backend, publisher } = this.options;
      const left = backend.light().filter((light) => light.on);
      if (left.length > 0) {
        const message = `${left.map((light) => light.name).join(", ")} was still on after the work; switched off`;
        publisher.fault({ code: "LIGHT_LEFT_ON", message, source: "server" });
        await this.darken();
      }
    }
  }

  private lease(): { readonly now: number; readonly leaseMs: number } {
    return { now: this.options.clock.monotonic(), leaseMs: this.options.leaseMs };
  }

  private watchLease(): void {
    if (this.machine.owner === null || this.timer !== null) return;
    const ring = (): void => {
      this.timer = null;
      this.lapse();
    };
    this.timer = this.options.clock.after(this.leaseLeftMs + 1, ring, { background: true });
  }

  private onBackend(event: BackendEvent): void {
    const { publisher, backend } = this.options;
    if (event.type === "frame") {
      const region = backend.current()?.id ?? null;
      publisher.frame(this.shelf.put(event.kind, event.settings, region, event.frame), event.origin);
    } else if (event.type === "fault") {
      publisher.fault(event.fault);
      // An open interlock latches: only an operator's `resume` leads out of the dark.
      if (event.fault.code === "INTERLOCK") this.apply({ type: "safe", cause: "interlock" });
    }
    this.changed();
  }
}
