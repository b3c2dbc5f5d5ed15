import { randomUUID } from "node:crypto";
import { Dealer } from "zeromq";
import { type Clock, toStedError } from "../../../src/core/index.js";
import { clientCurve } from "../curve.js";
import type { ClientKeys } from "../keys.js";
import { faultLine, type Method, protocolWord, replyHeaderSchema } from "../schemas.js";
import { SendQueue } from "../send-queue.js";
import { decode, encode, type Part } from "../wire.js";
import { CheckFailed } from "./verdict.js";

/** A reply, taken apart but not judged. */
export interface Answer {
  readonly id: string | null;
  readonly ok: boolean;
  readonly result: Readonly<Record<string, unknown>>;
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly pixels: readonly Part[];
  /** From sending to receiving. */
  readonly ms: number;
}
export interface AskOver {
  readonly id?: string;
  /** Server time; default a minute from now. */
  readonly expiresAt?: number;
  readonly timeoutMs?: number;
  readonly word?: string;
  /** Further header keys. */
  readonly extra?: object;
  /** Takes a reply without this id too: a server may not read the header of another protocol. */
  readonly anyId?: boolean;
}
interface Waiting {
  readonly method: string;
  readonly anyId: boolean;
  readonly sentAt: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A client of the conformance test: says anything, by any session, and reports just what came. */
export class Probe {
  /** Server time minus this computer's monotonic time, ms; set after `hello`. */
  offset: number;
  private readonly socket: Dealer;
  private readonly queue: SendQueue;
  private readonly waiting = new Map<string, Waiting[]>();
  private closed = false;
  /** When this probe's last message left, monotonic ms. */
  lastSentAt = 0;

  constructor(
    endpoint: string,
    private readonly clock: Clock,
    keys?: ClientKeys,
    readonly session: string = randomUUID(),
  ) {
    const quiet = { linger: 0, immediate: true, sendTimeout: 100, reconnectInterval: 100 };
    this.socket = new Dealer({ ...quiet, ...clientCurve(keys) });
    this.offset = clock.now() - clock.monotonic();
    this.queue = new SendQueue(this.socket, { now: () => clock.monotonic(), capacity: 1000, retry: true });
    this.socket.connect(endpoint);
    void this.receive().catch(() => undefined);
  }

  /** The server's clock, as far as known. */
  serverNow(): number {
    return Math.round(this.clock.monotonic() + this.offset);
  }

  /** Rejects CheckFailed when nothing (or nothing that is a reply) comes in time. */
  ask(method: Method | string, params: object = {}, over: AskOver = {}): Promise<Answer> {
    const { id = randomUUID(), expiresAt = this.serverNow() + 60_000, timeoutMs = 3000, extra = {} } = over;
    const header = { id, method, params, expiresAt, session: this.session, ...extra };
    return new Promise((resolve, reject) => {
      const sentAt = this.clock.monotonic();
      this.lastSentAt = sentAt;
      const timer = this.clock.after(timeoutMs, () => {
        this.forget(id, entry);
        reject(new CheckFailed(`'${method}' was not answered within ${Math.round(timeoutMs)} ms`));
      });
      const entry: Waiting = {
        method,
        anyId: over.anyId ?? false,
        sentAt,
        resolve: (answer) => {
          timer.cancel();
          resolve(answer);
        },
        reject: (error) => {
          timer.cancel();
          reject(error);
        },
      };
      this.waiting.set(id, [...(this.waiting.get(id) ?? []), entry]);
      const parts = [Buffer.from(over.word ?? protocolWord), encode(header)];
      this.queue.push(parts, sentAt + timeoutMs, () => undefined);
    });
  }

  close(): void {
    this.closed = true;
    this.queue.close();
    this.socket.close();
    for (const entries of this.waiting.values()) for (const e of entries) e.reject(new CheckFailed("closed"));
    this.waiting.clear();
  }

  private forget(id: string, entry: Waiting): void {
    const rest = (this.waiting.get(id) ?? []).filter((e) => e !== entry);
    if (rest.length === 0) this.waiting.delete(id);
    else this.waiting.set(id, rest);
  }

  private async receive(): Promise<void> {
    for await (const parts of this.socket) {
      if (this.closed) return;
      this.take(parts);
    }
  }

  private take(parts: readonly Part[]): void {
    const json = decode(parts[1]);
    const named = typeof json === "object" && json !== null && "id" in json ? json.id : null;
    const found = typeof named === "string" ? this.waiting.get(named)?.[0] : undefined;
    const entry = found ?? [...this.waiting.values()].flat().find((e) => e.anyId);
    if (entry === undefined) return;
    for (const [id, entries] of this.waiting) if (entries.includes(entry)) this.forget(id, entry);
    try {
      entry.resolve(this.read(entry, parts, json));
    } catch (error) {
      entry.reject(toStedError(error));
    }
  }

  private read(entry: Waiting, parts: readonly Part[], json: unknown): Answer {
    const word = Buffer.from(parts[0] ?? []).toString("utf8");
    if (word !== protocolWord) {
      throw new CheckFailed(`the reply to '${entry.method}' begins with '${word.slice(0, 20)}'`);
    }
    const header = replyHeaderSchema.safeParse(json);
    if (!header.success) throw new CheckFailed(`the reply to '${entry.method}': ${faultLine(header.error)}`);
    const { data } = header;
    return {
      id: data.id,
      ok: data.ok,
      result: data.ok ? data.result : {},
      code: data.ok ? "" : data.error.code,
      message: data.ok ? "" : data.error.message,
      details: data.ok ? {} : (data.error.details ?? {}),
      pixels: parts.slice(2).map((part) => new Uint8Array(part)),
      ms: this.clock.monotonic() - entry.sentAt,
    };
  }
}
