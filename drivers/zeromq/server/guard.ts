import { type Context, Router } from "zeromq";
import type { Clock, Logger } from "../../../src/core/index.js";
import { allowedKeys, type Role } from "../keys.js";
import { SendQueue } from "../send-queue.js";
import type { Part } from "../wire.js";

/** What may be told of a client whose key is not known. */
export interface Denied {
  readonly address: string;
  readonly domain: string;
  /** Public key as Z85. */
  readonly key: string;
  /** Denials from this address since the last time one was told. */
  readonly count: number;
}
export interface GuardOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told at most once in 10 s per address, for the journal. */
  readonly onDenied?: ((denied: Denied) => void) | undefined;
}
/** Who may connect to a socket of this ZAP domain. */
const rolesOf: Readonly<Record<string, readonly Role[]>> = {
  commands: ["controller"],
  events: ["controller", "viewer"],
};
const denialDelayMs = 1000;
const tellEveryMs = 10_000;
const mostWaiting = 200;

/**
 * The ZAP handler (RFC 27) of one context: encryption alone would admit any key. It must be bound before the sockets
 * that it guards. A wrong key is answered late, so that guessing is slow; known keys are never held up by that.
 */
export class KeyGuard {
  private readonly socket: Router;
  private readonly queue: SendQueue;
  private readonly told = new Map<string, { at: number; since: number }>();
  private readonly timers = new Set<{ cancel(): void }>();

  constructor(
    context: Context,
    private readonly options: GuardOptions,
  ) {
    this.socket = new Router({ context, linger: 0 });
    this.queue = new SendQueue(this.socket, {
      now: () => options.clock.monotonic(),
      capacity: 1000,
      retry: false,
    });
  }

  async open(): Promise<void> {
    await this.socket.bind("inproc://zeromq.zap.01");
    void this.receive().catch((error: Error) =>
      this.options.logger.error({ error: error.message }, "key guard"),
    );
  }

  close(): void {
    for (const timer of this.timers) timer.cancel();
    this.queue.close();
    this.socket.close();
  }

  private async receive(): Promise<void> {
    for await (const parts of this.socket) this.take(parts);
  }

  private take(parts: readonly Part[]): void {
    const at = parts.findIndex((part) => part.byteLength === 0);
    const route = parts.slice(0, at + 1).map((part) => Buffer.from(part));
    const [version, id, domain, address, , mechanism, key] = parts
      .slice(at + 1)
      .map((part) => Buffer.from(part));
    const answer = (status: string, text: string, user: string): void => {
      const reply = [version ?? "1.0", id ?? "", status, text, user, ""].map((part) => Buffer.from(part));
      this.queue.push([...route, ...reply], Number.POSITIVE_INFINITY, () => undefined);
    };
    const name = key === undefined ? "" : toZ85(key);
    if (String(mechanism) === "CURVE" && this.mayEnter(String(domain), name)) {
      answer("200", "OK", name);
      return;
    }
    this.tell(String(address), String(domain), name);
    if (this.timers.size >= mostWaiting) {
      answer("400", "key not known", "");
      return;
    }
    const timer = this.options.clock.after(
      denialDelayMs,
      () => {
        this.timers.delete(timer);
        answer("400", "key not known", "");
      },
      { background: true },
    );
    this.timers.add(timer);
  }

  private mayEnter(domain: string, key: string): boolean {
    try {
      return (rolesOf[domain] ?? []).some((role) => allowedKeys(this.options.folder, role).has(key));
    } catch (error) {
      this.options.logger.error(
        { error: String(error) },
        "the list of keys cannot be read: nobody is let in",
      );
      return false;
    }
  }

  private tell(address: string, domain: string, key: string): void {
    const now = this.options.clock.monotonic();
    const last = this.told.get(address) ?? { at: Number.NEGATIVE_INFINITY, since: 0 };
    const since = last.since + 1;
    if (now - last.at < tellEveryMs) {
      this.told.set(address, { at: last.at, since });
      return;
    }
    if (this.told.size > 1000) this.told.clear();
    this.told.set(address, { at: now, since: 0 });
    const denied = { address, domain, key, count: since };
    this.options.logger.warn(denied, "a client with an unknown key was refused");
    this.options.onDenied?.(denied);
  }
}

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/** Bytes (a multiple of four) as Z85 (ZeroMQ RFC 32). */
export function toZ85(bytes: Uint8Array): string {
  let text = "";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i + 4 <= bytes.byteLength; i += 4) {
    let value = view.getUint32(i);
    let word = "";
    for (let d = 0; d < 5; d++) {
      word = `${alphabet[value % 85] ?? ""}${word}`;
      value = Math.floor(value / 85);
    }
    text += word;
  }
  return text;
}
