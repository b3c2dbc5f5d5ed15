import { Subscriber } from "zeromq";
import { clientCurve } from "../curve.js";
import type { ClientKeys } from "../keys.js";
import { eventBodies, eventHeaderSchema } from "../schemas.js";
import { decode, type Part } from "../wire.js";

export interface FeedHandler {
  /** Any well-formed event, before its own handler. */
  readonly alive: (start: string) => void;
  readonly event: (event: FeedEvent) => void;
  /** `missed` events did not come. */
  readonly gap: (missed: number) => void;
  readonly garbage: (message: string) => void;
}
type Bodies = typeof eventBodies;
export type FeedEvent = {
  readonly [T in keyof Bodies]: {
    readonly topic: T;
    readonly body: ReturnType<Bodies[T]["parse"]>;
    readonly pixels: readonly Part[];
  };
}[keyof Bodies];

/** The SUB end: all topics of one publisher in order, gaps counted. */
export class EventFeed {
  private readonly socket: Subscriber;
  private start: string | null = null;
  private seq = 0;
  private closed = false;

  constructor(
    private readonly endpoint: string,
    keys: ClientKeys | undefined,
    private readonly handler: FeedHandler,
  ) {
    this.socket = new Subscriber({
      linger: 0,
      receiveHighWaterMark: 256,
      reconnectInterval: 100,
      reconnectMaxInterval: 2000,
      heartbeatInterval: 1000,
      heartbeatTimeout: 3000,
      tcpKeepalive: 1,
      ...clientCurve(keys),
    });
  }

  open(): void {
    this.socket.connect(this.endpoint);
    // All topics: one counter runs over them, so a subscriber of some could not tell a gap.
    this.socket.subscribe();
    void this.receive();
  }

  close(): void {
    this.closed = true;
    this.socket.close();
  }

  private async receive(): Promise<void> {
    try {
      for await (const parts of this.socket) this.take(parts);
    } catch (thrown) {
      if (!this.closed) this.handler.garbage(`the event socket failed: ${String(thrown)}`);
    }
  }

  private take(parts: readonly Part[]): void {
    const json = decode(parts[1]);
    const header = eventHeaderSchema.safeParse(json);
    if (!header.success) {
      this.handler.garbage("an event whose header is not as the protocol says");
      return;
    }
    const { seq, start, topic } = header.data;
    if (start !== this.start) this.start = start;
    else if (seq <= this.seq) return;
    else if (seq > this.seq + 1) this.handler.gap(seq - this.seq - 1);
    this.seq = seq;
    this.handler.alive(start);
    const name = topic.startsWith("frame.") ? "frame" : topic;
    // A topic of a later version is none of ours.
    if (!Object.hasOwn(eventBodies, name)) return;
    const known = name as keyof Bodies;
    const body = eventBodies[known].safeParse(json);
    if (body.success)
      this.handler.event({ topic: known, body: body.data, pixels: parts.slice(2) } as FeedEvent);
    else this.handler.garbage(`a '${topic}' event that is not as the protocol says`);
  }
}
