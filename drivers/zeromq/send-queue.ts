import type { Part } from "./wire.js";

interface Sendable {
  send(message: Part[]): Promise<void>;
}
interface Waiting {
  readonly parts: Part[];
  /** Milliseconds on the caller's clock after which sending is pointless. */
  readonly until: number;
  readonly failed: (cause: unknown) => void;
}
export interface SendQueueOptions {
  readonly now: () => number;
  /** Messages that may wait; more are refused. */
  readonly capacity: number;
  /** Tries a message again that the socket did not take (no connection yet) until its time is over. */
  readonly retry: boolean;
}

/**
 * One sender per socket: zmq takes one `send` at a time and throws EBUSY synchronously at a second. Urgent messages
 * overtake what waits. A socket with `sendTimeout` set rejects EAGAIN, so a dead connection never wedges the queue.
 */
export class SendQueue {
  private readonly waiting: Waiting[] = [];
  private readonly urgent: Waiting[] = [];
  private running = false;
  private closed = false;

  constructor(
    private readonly socket: Sendable,
    private readonly options: SendQueueOptions,
  ) {}

  /** @param until no attempt is made after this moment @param failed told once when the message was never sent */
  push(parts: Part[], until: number, failed: (cause: unknown) => void, urgent = false): void {
    const queue = urgent ? this.urgent : this.waiting;
    if (this.closed || queue.length >= this.options.capacity) {
      failed(new Error(this.closed ? "the socket is closed" : "too many messages wait to be sent"));
      return;
    }
    queue.push({ parts, until, failed });
    if (!this.running) void this.pump();
  }

  close(): void {
    this.closed = true;
    for (const item of [...this.urgent.splice(0), ...this.waiting.splice(0)]) {
      item.failed(new Error("the socket is closed"));
    }
  }

  private async pump(): Promise<void> {
    this.running = true;
    for (;;) {
      const queue = this.urgent.length > 0 ? this.urgent : this.waiting;
      const item = queue.shift();
      if (item === undefined) break;
      if (this.options.now() > item.until) {
        item.failed(new Error("no connection in time"));
        continue;
      }
      try {
        await this.socket.send(item.parts);
      } catch (cause) {
        const again = this.options.retry && !this.closed && (cause as { code?: string }).code === "EAGAIN";
        if (again) queue.unshift(item);
        else item.failed(cause);
      }
    }
    this.running = false;
  }
}
