import type { Clock } from "../../../src/core/index.js";
import type { ExposedFrame, RigBackend } from "../../contract.js";
import type { Descriptor } from "../schemas.js";
import type { Part } from "../wire.js";
import type { CheckedAcquire } from "./check-steps.js";
import type { FrameShelf, ShelvedFrame } from "./frame-shelf.js";
import type { Publisher } from "./publisher.js";
import { refusal } from "./refusal.js";
import type { Cause } from "./state.js";

/** How long a backend may take to let go of a frame; with `dark` after it the protocol's 500 ms hold. */
const graceMs = 250;
/** Least time between two `progress` events. */
const progressEveryMs = 50;

export interface ExposureParts {
  readonly backend: RigBackend;
  readonly shelf: FrameShelf;
  readonly publisher: Publisher;
  readonly clock: Clock;
  /** Light or state may have changed. */
  readonly changed: () => void;
}
export interface Exposed {
  readonly frames: readonly Descriptor[];
  readonly pixels: readonly Part[];
  readonly durationMs: number;
}

/** One `acquire` from its first light to the last dark. */
export class Exposure {
  private readonly stop = new AbortController();
  private readonly taken: ShelvedFrame[] = [];
  private cause: Cause | null = null;
  private progressAt = Number.NEGATIVE_INFINITY;
  private current: Promise<unknown> = Promise.resolve();

  constructor(
    readonly id: string,
    private readonly work: CheckedAcquire,
    private readonly parts: ExposureParts,
  ) {}

  cancel(cause: Cause): void {
    this.cause ??= cause;
    this.stop.abort();
  }

  /** When the backend has let go for good, also where it did not obey in time. */
  async released(): Promise<void> {
    await this.current.catch(() => undefined);
  }

  /** Twice the scan's own time and 10 s. */
  defaultTimeoutMs(): number {
    const { widthPx, heightPx, steps } = this.work;
    const scan = steps.reduce((ms, s) => ms + this.parts.backend.scanMs(s.settings, widthPx, heightPx), 0);
    return 2 * scan + 10_000;
  }

  /** Rejects ABORTED, TIMEOUT or INTERLOCK with the frames so far. */
  async run(timeoutMs: number): Promise<Exposed> {
    const { clock, backend } = this.parts;
    const began = clock.monotonic();
    const timer = clock.after(timeoutMs, () => this.cancel("timeout"));
    try {
      for (const index of this.work.steps.keys()) await this.step(index);
    } catch (thrown) {
      await backend.dark();
      this.parts.changed();
      throw this.cause === null ? thrown : this.ended(this.cause, timeoutMs);
    } finally {
      timer.cancel();
    }
    return { frames: this.descriptors(), pixels: this.pixels(), durationMs: clock.monotonic() - began };
  }

  private pixels(): readonly Part[] {
    return this.taken.map((frame) => frame.bytes);
  }

  private descriptors(): readonly Descriptor[] {
    return this.taken.map((frame, part) => ({ ...frame.descriptor, part }));
  }

  private async step(index: number): Promise<void> {
    const step = this.work.steps[index];
    if (step === undefined) return;
    if (this.stop.signal.aborted) throw new Error("ended");
    const { backend, shelf, publisher } = this.parts;
    const exposing = backend.expose(step, {
      widthPx: this.work.widthPx,
      heightPx: this.work.heightPx,
      signal: this.stop.signal,
      onLine: this.lineReporter(index),
    });
    this.current = exposing;
    this.parts.changed();
    const frame = await this.orCut(exposing);
    const shelved = shelf.put(step.kind, step.settings, this.work.region.id, frame);
    this.taken.push(shelved);
    publisher.frame(shelved, "request", this.id);
  }

  /** The frame, or a rejection soon after the end was asked for, whatever the backend does. */
  private orCut(exposing: Promise<ExposedFrame>): Promise<ExposedFrame> {
    const { signal } = this.stop;
    return new Promise((resolve, reject) => {
      const cut = (): void => {
        const timer = this.parts.clock.after(graceMs, () => reject(new Error("ended")));
        const settled = (): void => timer.cancel();
        exposing.then(settled, settled);
      };
      if (signal.aborted) cut();
      else signal.addEventListener("abort", cut, { once: true });
      exposing.then(resolve, reject).finally(() => signal.removeEventListener("abort", cut));
    });
  }

  private lineReporter(step: number): (line: number, lines: number) => void {
    const { clock, publisher } = this.parts;
    return (line, lines) => {
      const now = clock.monotonic();
      if (this.stop.signal.aborted || now - this.progressAt < progressEveryMs) return;
      this.progressAt = now;
      publisher.progress(this.id, step, line, lines);
    };
  }

  private ended(cause: Cause, timeoutMs: number): Error {
    const frames = this.descriptors();
    const pixels = this.pixels();
    if (cause === "timeout") {
      return refusal(
        "TIMEOUT",
        `not done within ${Math.round(timeoutMs)} ms; the light is off`,
        { frames },
        pixels,
      );
    }
    if (cause === "interlock") {
      return refusal("INTERLOCK", "the interlock opened; the light is off", { frames }, pixels);
    }
    return refusal("ABORTED", `ended by ${cause}; the light is off`, { cause, frames }, pixels);
  }
}
