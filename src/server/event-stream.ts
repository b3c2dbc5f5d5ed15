import type { ServerResponse } from "node:http";
import { type Clock, StedError, type Timer } from "../core/index.js";
import type { SessionEvent, SessionView } from "../loop/index.js";
import type { ControlLock } from "./control-lock.js";

/** A watcher that does not take what it is sent for this long is let go; it may come back and resume. */
const stuckMs = 30_000;
/** A comment line this often tells the page that the stream still lives. */
const beatMs = 2_000;
/** Bytes in a watcher's socket beyond which no more are written until it drains. */
const fullBytes = 256 * 1024;

interface Watcher {
  readonly response: ServerResponse;
  /** Number of the last event sent. */
  sent: number;
  stuckSince: number | null;
}

/**
 * Server-sent events. A watcher has no queue of its own: it stands at a number in the session's buffer and is given
 * what follows whenever its socket has room. Who falls out of the buffer gets the whole state again.
 */
export class EventStream {
  private readonly watchers = new Set<Watcher>();
  private readonly beat: Timer;
  private readonly unsubscribe: () => void;
  private scheduled = false;

  constructor(
    private readonly session: Pick<SessionView, "state" | "since" | "subscribe">,
    private readonly clock: Clock,
    /** Changes with every start of the daemon: numbers of another start mean nothing here. */
    private readonly server: string,
    private readonly lock: ControlLock,
    /** Each holds a socket: beyond so many a newcomer is refused, and whoever watches goes on. */
    private readonly most = 500,
  ) {
    lock.subscribe((holder) => this.broadcast(`event: holder\ndata: ${JSON.stringify({ holder })}\n\n`));
    this.beat = clock.every(beatMs, () => this.onBeat(), { background: true });
    this.unsubscribe = session.subscribe(() => this.schedule());
  }

  get size(): number {
    return this.watchers.size;
  }

  /** @throws StedError TOO_MANY_REQUESTS when there is no room for one more */
  makeRoom(): void {
    if (this.watchers.size < this.most) return;
    throw new StedError("TOO_MANY_REQUESTS", `${this.most} pages follow the events already`, {
      hint: "close some of them",
    });
  }

  /** Takes over a response. @param last number of the last event that the client has, null for none */
  add(response: ServerResponse, headers: Record<string, string>, last: number | null): void {
    response.writeHead(200, {
      ...headers,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      "x-stedloop-server": this.server,
    });
    response.write("retry: 1000\n\n");
    const watcher: Watcher = { response, sent: -1, stuckSince: null };
    const resumable = last !== null && last <= this.session.state().seq && this.session.since(last) !== null;
    if (resumable) watcher.sent = last;
    else this.sendState(watcher);
    this.watchers.add(watcher);
    const forget = (): void => {
      this.watchers.delete(watcher);
    };
    response.on("close", forget);
    response.on("error", forget);
    response.on("drain", () => {
      watcher.stuckSince = null;
      this.feed(watcher);
    });
    this.feed(watcher);
  }

  close(): void {
    this.beat.cancel();
    this.unsubscribe();
    for (const watcher of this.watchers) watcher.response.end();
    this.watchers.clear();
  }

  /** Events of one turn go out together. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      for (const watcher of this.watchers) this.feed(watcher);
    });
  }

  private feed(watcher: Watcher): void {
    const { response } = watcher;
    if (response.writableLength > fullBytes) {
      watcher.stuckSince ??= this.clock.monotonic();
      return;
    }
    const missed = this.session.since(watcher.sent);
    if (missed === null) {
      this.sendState(watcher);
      return;
    }
    for (const event of missed) {
      if (response.writableLength > fullBytes) {
        watcher.stuckSince ??= this.clock.monotonic();
        return;
      }
      response.write(message("delta", event.seq, event));
      watcher.sent = event.seq;
    }
  }

  private sendState(watcher: Watcher): void {
    const state = this.session.state();
    watcher.response.write(
      message("state", state.seq, {
        ...state,
        holder: this.lock.holder() ?? state.holder,
        server: this.server,
      }),
    );
    watcher.sent = state.seq;
  }

  /** Without a number: it is not of the run, and whoever misses it finds it in the next whole state. */
  private broadcast(text: string): void {
    for (const { response } of this.watchers) {
      if (response.writableLength <= fullBytes) response.write(text);
    }
  }

  private onBeat(): void {
    this.lock.look();
    const now = this.clock.monotonic();
    for (const watcher of this.watchers) {
      if (watcher.stuckSince !== null && now - watcher.stuckSince > stuckMs) watcher.response.destroy();
      else if (watcher.stuckSince === null) watcher.response.write(": beat\n\n");
    }
  }
}

function message(event: "state" | "delta", seq: number, data: object | SessionEvent): string {
  return `id: ${seq}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
