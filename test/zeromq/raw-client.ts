import { randomUUID } from "node:crypto";
import { Dealer, Subscriber } from "zeromq";

export interface RawReply {
  readonly word: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came
  readonly header: any;
  readonly pixels: readonly Buffer[];
}

/** A client that knows nothing of the driver's code: sends what it is told, keeps what comes. */
export class RawClient {
  readonly session = randomUUID();
  private readonly socket = new Dealer({ linger: 0 });
  private readonly waiting = new Map<string, (reply: RawReply) => void>();
  private readonly anyReply: ((reply: RawReply) => void)[] = [];
  private tail: Promise<void> = Promise.resolve();

  constructor(endpoint: string) {
    this.socket.connect(endpoint);
    void this.receive();
  }

  async parts(...parts: (string | Buffer)[]): Promise<void> {
    this.tail = this.tail.then(() => this.socket.send(parts));
    await this.tail;
  }

  next(): Promise<RawReply> {
    return new Promise((resolve) => this.anyReply.push(resolve));
  }

  /** @param over keys of the header that replace the usual ones */
  async ask(method: string, params: object = {}, over: Record<string, unknown> = {}): Promise<RawReply> {
    const header = {
      id: randomUUID() as unknown,
      method,
      params,
      expiresAt: Date.now() + 60_000,
      session: this.session,
      ...over,
    };
    const got = new Promise<RawReply>((resolve) => this.waiting.set(String(header.id), resolve));
    await this.parts("stedrig/1", JSON.stringify(header));
    return got;
  }

  close(): void {
    this.socket.close();
  }

  private async receive(): Promise<void> {
    for await (const [word, header, ...pixels] of this.socket) {
      const reply = {
        word: String(word),
        header: JSON.parse(String(header)),
        pixels: pixels.map((p) => Buffer.from(p)),
      };
      const waiter = this.waiting.get(reply.header.id) ?? this.anyReply.shift();
      this.waiting.delete(reply.header.id);
      waiter?.(reply);
    }
  }
}

export interface RawEvent {
  readonly topic: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came
  readonly header: any;
  readonly pixels: readonly Buffer[];
}

/** Keeps every event; `until` resolves as soon as one fits, also one that came before. */
export class RawSubscriber {
  readonly events: RawEvent[] = [];
  private readonly socket = new Subscriber({ linger: 0 });
  private readonly waiting = new Set<() => void>();

  constructor(endpoint: string) {
    this.socket.connect(endpoint);
    this.socket.subscribe();
    void this.receive();
  }

  async until(fits: (event: RawEvent) => boolean): Promise<RawEvent> {
    for (;;) {
      const found = this.events.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  close(): void {
    this.socket.close();
  }

  private async receive(): Promise<void> {
    for await (const [topic, header, ...pixels] of this.socket) {
      this.events.push({
        topic: String(topic),
        header: JSON.parse(String(header)),
        pixels: pixels.map((p) => Buffer.from(p)),
      });
      for (const wake of [...this.waiting]) wake();
      this.waiting.clear();
    }
  }
}
