import { randomUUID } from "node:crypto";
import {
  type Clock,
  ConnectError,
  DeadlineError,
  type Logger,
  ProtocolError,
} from "../../../src/core/index.js";
import { eventsEndpoint } from "../endpoint.js";
import type { ClientKeys } from "../keys.js";
import { faultLine, type Method, type Params, protocolWord, type Result, resultSchemas } from "../schemas.js";
import type { Part } from "../wire.js";
import { CommandChannel, otherVersion } from "./channel.js";
import { ClockSync } from "./clock-sync.js";
import { EventFeed, type FeedEvent } from "./event-feed.js";
import { Liveness } from "./liveness.js";

export interface ConnectionOptions {
  readonly commands: string;
  /** Default: what `hello` says. */
  readonly events?: string | null;
  readonly keys?: ClientKeys;
  readonly session: string;
  readonly client: string;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly connectTimeoutMs: number;
}
export interface ConnectionEvents {
  readonly lost: (reason: string) => void;
  readonly found: () => void;
  readonly restarted: (hello: Result<"hello">) => void;
  readonly event: (event: FeedEvent) => void;
  readonly gap: (missed: number) => void;
  /** Something to tell the operator that no method asked for. */
  readonly trouble: (code: string, message: string) => void;
}
export interface Asked<M extends Method> {
  readonly result: Result<M>;
  readonly pixels: readonly Part[];
}
export interface AskOptions {
  readonly timeoutMs: number;
  /** Sent by the owner's session, which renews its lease; else by one that owns nothing. */
  readonly owner?: boolean;
  readonly urgent?: boolean;
  readonly id?: string;
  /** How long the rig may take it up; default `timeoutMs`. */
  readonly expiresInMs?: number;
}

/** Sockets, clocks and liveness of one rig; typed questions and answers. */
export class Connection {
  private readonly channel: CommandChannel;
  private readonly sync: ClockSync;
  private readonly liveness: Liveness;
  private feed: EventFeed | null = null;
  // Questions that no stage of the main loop stands behind come from this session, so that they renew no lease.
  private readonly watcher = randomUUID();
  private start: string | null = null;
  private verifying = false;
  private onceConnected: ((error?: ConnectError) => void) | null = null;
  readonly counts: { late: number; garbage: number };

  constructor(
    private readonly options: ConnectionOptions,
    private readonly on: ConnectionEvents,
  ) {
    const { clock, commands } = options;
    this.sync = new ClockSync(clock);
    const channelOptions = options.keys === undefined ? {} : { keys: options.keys };
    this.channel = new CommandChannel(commands, clock, channelOptions, {
      alive: () => this.liveness.alive(false),
      connected: () => this.connected(),
      denied: (message) => this.denied(message),
      disconnected: () => this.start !== null && this.liveness.lose("the connection broke"),
    });
    this.counts = this.channel.counts;
    this.liveness = new Liveness(clock, 3500, {
      lost: (reason) => on.lost(reason),
      heardAgain: () => void this.verify(),
    });
  }

  get lost(): boolean {
    return this.liveness.lost;
  }

  async open(): Promise<Result<"hello">> {
    const { clock, connectTimeoutMs, commands } = this.options;
    const began = clock.monotonic();
    const connected = new Promise<void>((resolve, reject) => {
      const silent = this.silent(`no rig answers at ${commands}`);
      const timer = clock.after(connectTimeoutMs, () => reject(silent));
      this.onceConnected = (error) => {
        timer.cancel();
        if (error === undefined) resolve();
        else reject(error);
      };
    });
    this.channel.open();
    await connected;
    const leftMs = Math.max(500, connectTimeoutMs - (clock.monotonic() - began));
    const hello = await this.hello(true, leftMs).catch((error: Error) => {
      throw error instanceof DeadlineError
        ? this.silent("something listens, but does not answer `hello`")
        : error;
    });
    this.start = hello.start;
    const events = this.options.events === undefined ? hello.events : this.options.events;
    if (events !== null) this.listen(eventsEndpoint(events, commands));
    this.liveness.start();
    return hello;
  }

  /** Asks and checks the answer. Rejects as CommandChannel.call; a result that does not fit is ProtocolError BAD_REPLY. */
  async ask<M extends Method>(method: M, params: Params<M>, options: AskOptions): Promise<Asked<M>> {
    const { timeoutMs, owner = false, urgent = false, id, expiresInMs = timeoutMs } = options;
    const askedAt = this.options.clock.monotonic();
    const session = owner ? this.options.session : this.watcher;
    const expiresAt = this.sync.rigTime(expiresInMs);
    try {
      const answer = await this.channel.call(method, params, {
        session,
        timeoutMs,
        expiresAt,
        urgent,
        ...(id === undefined ? {} : { id }),
      });
      const result = resultSchemas[method].safeParse(answer.result);
      if (!result.success) throw this.badReply(method, faultLine(result.error, "result"));
      const { now } = answer.result;
      if ((method === "hello" || method === "heartbeat") && typeof now === "number")
        this.measure(now, answer.sentAt);
      return { result: result.data as Result<M>, pixels: answer.pixels };
    } catch (error) {
      if (error instanceof DeadlineError && this.liveness.lastHeardAt < askedAt) {
        this.liveness.lose(`'${method}' was not answered`);
      }
      // The clocks no longer agree; `hello` is never refused as expired and sets them right for the next request.
      if (error instanceof ProtocolError && error.code === "EXPIRED")
        await this.hello(false, 2000).catch(() => null);
      throw error;
    }
  }

  close(): void {
    this.liveness.close();
    this.feed?.close();
    this.channel.close();
  }

  badReply(method: string, message: string): ProtocolError {
    return new ProtocolError(
      "BAD_REPLY",
      `the rig's answer to '${method}' is not ${protocolWord}: ${message}`,
      {
        where: this.options.commands,
        hint: "run `stedloop rig-check` against the rig server",
      },
    );
  }

  private async hello(owner: boolean, timeoutMs: number): Promise<Result<"hello">> {
    const { client, version, commands } = this.options;
    const { result } = await this.ask("hello", { client, version }, { timeoutMs, owner, urgent: true });
    if (result.protocol !== protocolWord) throw otherVersion(commands, result.protocol);
    return result;
  }

  private denied(message: string): void {
    const hint = "check `serverKey`, and that this computer's .pub lies in the rig's controllers/";
    this.onceConnected?.(new ConnectError("KEY_REFUSED", message, { where: this.options.commands, hint }));
    this.onceConnected = null;
  }

  private connected(): void {
    this.onceConnected?.();
    this.onceConnected = null;
    // A `hello` that went into the dying connection is said again on the new one.
    if (this.verifying) this.channel.resend("hello");
    else if (this.start !== null) void this.verify();
  }

  /** After a loss: the same start goes on where it was, another one has forgotten everything. */
  private async verify(): Promise<void> {
    if (this.verifying) return;
    this.verifying = true;
    try {
      const hello = await this.hello(false, 2000);
      const same = hello.start === this.start;
      const wasLost = this.liveness.lost;
      this.start = hello.start;
      this.liveness.recovered();
      if (same) {
        this.channel.resend();
        if (wasLost) this.on.found();
      } else {
        const where = this.options.commands;
        this.channel.failAll(
          (method) => new ConnectError("RESTARTED", `the rig was started anew during '${method}'`, { where }),
        );
        this.on.restarted(hello);
      }
    } catch (error) {
      this.options.logger.warn({ error: String(error) }, "the rig does not say who it is");
    } finally {
      this.verifying = false;
    }
  }

  private listen(endpoint: string): void {
    this.feed = new EventFeed(endpoint, this.options.keys, {
      alive: (start) => {
        this.liveness.alive(true);
        if (start !== this.start) void this.verify();
      },
      event: (event) => this.on.event(event),
      gap: (missed) => this.on.gap(missed),
      garbage: (message) => this.on.trouble("BAD_EVENT", `the rig published ${message}`),
    });
    this.feed.open();
  }

  private measure(now: number, sentAt: number): void {
    const jump = this.sync.measure(now, sentAt);
    if (jump !== null) this.on.trouble("CLOCK_JUMP", jump);
  }

  private silent(message: string): ConnectError {
    return new ConnectError("UNREACHABLE", message, {
      where: this.options.commands,
      hint: "start the rig server, or correct `rig.commands`",
    });
  }
}
