import { type Clock, DeadlineError, type Timer } from "../../../src/core/index.js";
import type { LightEvent } from "../../light-contract.js";
import type { Command } from "../line/command.js";
import type { DeviceLink } from "../line/link-options.js";

/** With light on, a line that has rested so long is asked something, so that a device that hangs is noticed in time. */
const pulseAfterMs = 300;
const lookEveryMs = 100;

export const wentDark: LightEvent = {
  type: "fault",
  code: "WENT_DARK",
  message: "it went dark by itself: look at its power, key and cover",
};

/** One short question; its answer, or null where none came: then the device is lost. */
export async function pulse(link: DeviceLink, question: Command<boolean>): Promise<boolean | null> {
  try {
    return await link.ask(question);
  } catch (thrown) {
    if (thrown instanceof DeadlineError) link.lose(thrown.message);
    return null;
  }
}

/** Reads a device by itself: its whole status now and then, and while it may shine a short question in between. */
export class Heartbeat {
  private timer: Timer | null = null;
  private busy = false;
  private readAt: number;

  constructor(
    private readonly options: {
      readonly clock: Clock;
      /** Between two readings of the status, ms. */
      readonly everyMs: number;
      readonly free: () => boolean;
      readonly mayShine: () => boolean;
      readonly restedMs: () => number;
      readonly status: () => Promise<unknown>;
      readonly pulse: () => Promise<unknown>;
    },
  ) {
    this.readAt = options.clock.monotonic();
    const every = Math.min(lookEveryMs, options.everyMs);
    this.timer = options.clock.every(every, () => this.look(), { background: true });
  }

  close(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  private look(): void {
    const { clock, everyMs, free, mayShine, restedMs, status, pulse } = this.options;
    if (this.busy || !free()) return;
    if (clock.monotonic() - this.readAt >= everyMs) {
      this.readAt = clock.monotonic();
      this.during(status());
    } else if (mayShine() && restedMs() >= pulseAfterMs) this.during(pulse());
  }

  private during(work: Promise<unknown>): void {
    this.busy = true;
    void work
      .catch(() => undefined)
      .finally(() => {
        this.busy = false;
      });
  }
}
