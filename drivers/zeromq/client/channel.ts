import { randomUUID } from "node:crypto";
import { Dealer } from "zeromq";
import {
  type Clock,
  ConnectError,
  DeadlineError,
  ProtocolError,
  type StedError,
  type Timer,
} from "../../../src/core/index.js";
import { clientCurve } from "../curve.js";
import type { ClientKeys } from "../keys.js";
import { type Method, protocolWord } from "../schemas.js";
import { SendQueue } from "../send-queue.js";
import { encode, type Part, readReply } from "../wire.js";
import { rigError } from "./rig-error.js";

export interface Answered {
  readonly result: Readonly<Record<string, unknown>>;
  readonly pixels: readonly Part[];
  /** Monotonic ms when the request was handed to the socket. */
  readonly sentAt: number;
}
export interface CallOptions {
  readonly session: string;
  readonly timeoutMs: number;
  /** Server time after which the rig must not carry it out. */
  readonly expiresAt: number;
  readonly urgent?: boolean;
  /** The same id again = the same request, not a second one. */
  readonly id?: string;
}
export interface ChannelEvents {
  /** Any message of the other side that is a reply. */
  readonly alive: () => void;
  readonly connected: () => void;
  readonly disconnected: () => void;
  /** The handshake failed for good: wrong keys, or none where some are needed. */
  readonly denied: (message: string) => void;
}
interface Call {
  readonly method: Method;
  readonly parts: Part[];
  readonly until: number;
  readonly urgent: boolean;
  readonly sentAt: number;
  readonly timer: Timer;
  readonly resolve: (answer: Answered) => void;
  readonly reject: (error: StedError) => void;
}

/** The DEALER end: many requests in flight, each with its own deadline, matched by id. */
export class CommandChannel {
  private readonly socket: Dealer;
  private readonly queue: SendQueue;
  private readonly calls = new Map<string, Call>();
  private closed = false;
  private lastGarbage: string | null = null;
  /** Replies that nobody waited for any more, and messages that were no replies. */
  readonly counts = { late: 0, garbage: 0 };

  constructor(
    private readonly endpoint: string,
    private readonly clock: Clock,
    options: { readonly keys?: ClientKeys },
    private readonly on: ChannelEvents,
  ) {
    // `immediate` and a send time-out: without a live connection nothing is queued, so that no light command
    // arrives minutes late. Heartbeats of the socket find half-open connections; they are not the lease's.
    this.socket = new Dealer({
      linger: 0,
      immediate: true,
      sendTimeout: 100,
      reconnectInterval: 100,
      reconnectMaxInterval: 2000,
      connectTimeout: 2000,
      heartbeatInterval: 1000,
      heartbeatTimeout: 3000,
      tcpKeepalive: 1,
      ...clientCurve(options.keys),
    });
    this.queue = new SendQueue(this.socket, { now: () => clock.monotonic(), capacity: 10_000, retry: true });
    this.socket.events.on("handshake", () => on.connected());
    this.socket.events.on("handshake:error:auth", () =>
      on.denied("the rig does not know this computer's key"),
    );
    this.socket.events.on("handshake:error:protocol", () =>
      on.denied(options.keys === undefined ? "the rig wants keys" : "the rig has another key, or none"),
    );
    this.socket.events.on("disconnect", () => on.disconnected());
  }

  open(): void {
    this.socket.connect(this.endpoint);
    void this.receive();
  }

  /** Rejects ConnectError (never sent), DeadlineError (no answer), ProtocolError (refused, or an answer that is none). */
  call(method: Method, params: object, options: CallOptions): Promise<Answered> {
    if (this.closed) return Promise.reject(this.lost("CLOSED", "the connection to the rig is closed"));
    const { timeoutMs, session, expiresAt, urgent = false } = options;
    const id = options.id ?? randomUUID();
    const sentAt = this.clock.monotonic();
    const until = sentAt + timeoutMs;
    const header = encode({ id, method, params, expiresAt, session });
    const parts = [Buffer.from(protocolWord), header];
    return new Promise((resolve, reject) => {
      const timer = this.clock.after(timeoutMs, () => this.fail(id, this.overdue(method, timeoutMs)));
      this.calls.set(id, { method, parts, until, urgent, sentAt, timer, resolve, reject });
      this.send(id);
    });
  }

  /** Sends what waits for an answer once more, under the same ids: after a reconnection answers may be lost. */
  resend(only?: Method): void {
    for (const [id, call] of this.calls) if (only === undefined || call.method === only) this.send(id);
  }

  failAll(error: (method: Method) => StedError): void {
    for (const [id, call] of [...this.calls]) this.fail(id, error(call.method));
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.queue.close();
    this.socket.close();
    this.failAll(() => this.lost("CLOSED", "the connection to the rig is closed"));
  }

  private send(id: string): void {
    const call = this.calls.get(id);
    if (call === undefined) return;
    this.queue.push(
      call.parts,
      call.until,
      () => this.fail(id, this.lost("UNREACHABLE", `'${call.method}' could not be sent: no connection`)),
      call.urgent,
    );
  }

  private fail(id: string, error: StedError): void {
    const call = this.calls.get(id);
    if (call === undefined) return;
    this.calls.delete(id);
    call.timer.cancel();
    call.reject(error);
  }

  private async receive(): Promise<void> {
    try {
      for await (const parts of this.socket) this.take(parts);
    } catch (thrown) {
      if (!this.closed)
        this.failAll(() => this.lost("SOCKET", `the command socket failed: ${String(thrown)}`));
    }
  }

  private take(parts: readonly Part[]): void {
    const reply = readReply(parts);
    if (reply.kind === "version") {
      this.counts.garbage++;
      this.failAll(() => otherVersion(this.endpoint, reply.word));
      return;
    }
    if (reply.kind === "garbage") {
      this.counts.garbage++;
      this.lastGarbage = reply.message;
      const hello = [...this.calls].find(([, call]) => call.method === "hello")?.[0];
      const id = reply.id ?? hello;
      if (id !== undefined) this.fail(id, this.garbage(reply.message));
      return;
    }
    this.on.alive();
    const { header, pixels } = reply;
    const call = header.id === null ? undefined : this.calls.get(header.id);
    if (header.id === null || call === undefined) {
      this.counts.late++;
      return;
    }
    if (!header.ok) {
      this.fail(header.id, rigError(this.endpoint, call.method, header.error, pixels));
      return;
    }
    this.calls.delete(header.id);
    call.timer.cancel();
    call.resolve({ result: header.result, pixels, sentAt: call.sentAt });
  }

  private overdue(method: Method, timeoutMs: number): StedError {
    if (this.lastGarbage !== null) return this.garbage(this.lastGarbage);
    return new DeadlineError("NO_ANSWER", `'${method}' was not answered within ${Math.round(timeoutMs)} ms`, {
      where: this.endpoint,
      hint: "look at the rig server; the rig darkens itself when its lease lapses",
    });
  }

  private garbage(message: string): StedError {
    return new ProtocolError("BAD_REPLY", `the rig answered ${message}`, {
      where: this.endpoint,
      hint: `is this the command port of a ${protocolWord} server?`,
    });
  }

  private lost(code: string, message: string): StedError {
    return new ConnectError(code, message, { where: this.endpoint, hint: "is the rig server running?" });
  }
}

export function otherVersion(endpoint: string, theirs: string): ProtocolError {
  return new ProtocolError("UNSUPPORTED_VERSION", `the rig speaks ${theirs}, this daemon ${protocolWord}`, {
    where: endpoint,
    hint: "update the rig server or the daemon so that both speak the same",
  });
}
