import { createHash } from "node:crypto";
import { Subscriber } from "zeromq";
import type { Clock } from "../../../src/core/index.js";
import { clientCurve } from "../curve.js";
import type { ClientKeys } from "../keys.js";
import { decode, type Part } from "../wire.js";

export interface LoggedEvent {
  readonly topic: string;
  /** The header as it came; undefined when it is no JSON object. */
  readonly header: Readonly<Record<string, unknown>> | undefined;
  readonly pixelHashes: readonly string[];
  /** Monotonic ms. */
  readonly at: number;
}

/** Everything that the server publishes during the test, in order. */
export class EventLog {
  readonly events: LoggedEvent[] = [];
  private readonly socket: Subscriber;
  private readonly connected: Promise<void>;
  private readonly watchers = new Set<() => void>();

  constructor(
    endpoint: string,
    private readonly clock: Clock,
    keys?: ClientKeys,
  ) {
    const options = { linger: 0, receiveHighWaterMark: 10_000, reconnectInterval: 100 };
    this.socket = new Subscriber({ ...options, ...clientCurve(keys) });
    this.connected = new Promise((resolve) => this.socket.events.on("handshake", () => resolve()));
    this.socket.connect(endpoint);
    this.socket.subscribe();
    void this.receive().catch(() => undefined);
  }

  /** When the subscription stands, or after `timeoutMs` where nobody publishes. @param wayMs for it to reach the server */
  async ready(timeoutMs: number, wayMs: number): Promise<void> {
    const patience = new AbortController();
    await Promise.race([this.connected, this.clock.sleep(timeoutMs, patience.signal)]);
    patience.abort();
    await this.clock.sleep(wayMs);
  }

  /** The first event from `from` on that fits, or null when none came in time. */
  async until(
    fits: (event: LoggedEvent) => boolean,
    timeoutMs: number,
    from = 0,
  ): Promise<LoggedEvent | null> {
    const over = new AbortController();
    const timer = this.clock.after(timeoutMs, () => over.abort());
    try {
      for (let i = from; ; i++) {
        while (i >= this.events.length) {
          if (over.signal.aborted) return null;
          await new Promise<void>((resolve) => {
            const wake = (): void => {
              this.watchers.delete(wake);
              over.signal.removeEventListener("abort", wake);
              resolve();
            };
            this.watchers.add(wake);
            over.signal.addEventListener("abort", wake);
          });
        }
        const event = this.events[i];
        if (event !== undefined && fits(event)) return event;
      }
    } finally {
      timer.cancel();
    }
  }

  close(): void {
    this.socket.close();
  }

  private async receive(): Promise<void> {
    for await (const [topic, header, ...pixels] of this.socket) {
      const json = decode(header);
      this.events.push({
        topic: String(topic),
        header: typeof json === "object" && json !== null ? (json as Record<string, unknown>) : undefined,
        pixelHashes: pixels.map(hashOf),
        at: this.clock.monotonic(),
      });
      for (const wake of [...this.watchers]) wake();
    }
  }
}

export function hashOf(part: Part): string {
  return createHash("sha256").update(part).digest("hex");
}
