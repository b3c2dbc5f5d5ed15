import type { Clock } from "../core/index.js";
import type { FleetLink } from "./connection.js";
import { encodeMessage } from "./messages.js";

interface Letter {
  readonly subject: string;
  readonly message: object;
  readonly id: string;
  /** A newer one of the same kind makes an older one, not yet sent, needless. */
  readonly kind: string | null;
}

/** While the server is away so many wait; then the oldest go. What must not get lost is read from the journal instead. */
const mostWaiting = 2000;
const tryAgainMs = 1000;

/** Sends messages to streams in their order, each once, whenever there is a connection. Never blocks, never throws. */
export class Outbox {
  private readonly letters: Letter[] = [];
  private sending: Promise<void> | null = null;
  private closed = false;
  private sent = 0;
  private readonly leave: () => void;

  /** @param start differs with every start of the daemon: part of each message's id */
  constructor(
    private readonly link: FleetLink,
    private readonly start: string,
    private readonly clock: Clock,
  ) {
    this.leave = link.onUp(() => this.send());
  }

  put(subject: string, message: object, kind: string | null = null): void {
    if (this.closed) return;
    // The first may be on its way already.
    const same = kind === null ? -1 : this.letters.findIndex((l, i) => i > 0 && l.kind === kind);
    if (same > 0) this.letters.splice(same, 1);
    this.letters.push({ subject, message, id: `${this.start}-${this.sent++}`, kind });
    if (this.letters.length > mostWaiting) this.letters.splice(1, this.letters.length - mostWaiting);
    this.send();
  }

  /** Gives what waits up to `ms` to go out. */
  async close(ms: number): Promise<void> {
    this.closed = true;
    if (this.link.up) await Promise.race([this.sending, this.clock.sleep(ms)]);
    this.leave();
    this.letters.length = 0;
  }

  private send(): void {
    if (this.sending !== null || this.letters.length === 0 || !this.link.up) return;
    this.sending = this.work().finally(() => {
      this.sending = null;
    });
  }

  private async work(): Promise<void> {
    for (let next = this.letters[0]; next !== undefined && this.link.up; next = this.letters[0]) {
      try {
        // Sent again after a lost confirmation it is known by its id, and kept once.
        await this.link.js.publish(next.subject, encodeMessage(next.message), { msgID: next.id });
        if (this.letters[0] === next) this.letters.shift();
      } catch {
        await this.clock.sleep(tryAgainMs);
        if (this.closed) return;
      }
    }
  }
}
