/**
 * Faults of the line between a rig server and its clients: a relay that loses, delays, doubles and garbles messages,
 * goes deaf, or hangs up. It knows the protocol only as far as `hello` has to name the relay's own event endpoint.
 */
import { Dealer, Publisher, Router, Subscriber } from "zeromq";
import type { Clock } from "../../../src/core/index.js";
import type { FaultPlan } from "./plan.js";

export interface FaultyWireOptions {
  /** Endpoints of the real server. */
  readonly server: { readonly commands: string; readonly events: string | null };
  /** Where clients connect; `tcp://127.0.0.1:*` takes a free port. */
  readonly bind: string;
  readonly events: string;
  readonly plan: FaultPlan;
  readonly clock: Clock;
}
export interface FaultyWire {
  readonly commands: string;
  readonly events: string | null;
  close(): Promise<void>;
}

const spellS = 5;
const delayMs = 2000;

export async function startFaultyWire(options: FaultyWireOptions): Promise<FaultyWire> {
  const wire = new Wire(options);
  await wire.open();
  return wire;
}

class Wire implements FaultyWire {
  commands = "";
  events: string | null = null;
  private front: Router | null = null;
  private out: Publisher | null = null;
  private source: Subscriber | null = null;
  private readonly backs = new Map<string, Dealer>();
  private closed = false;
  private deafUntilMs = 0;
  private muteUntilMs = 0;
  private sending: Promise<void> = Promise.resolve();
  private publishing: Promise<void> = Promise.resolve();

  constructor(private readonly options: FaultyWireOptions) {}

  async open(): Promise<void> {
    const { server } = this.options;
    await this.listen(this.options.bind);
    if (server.events === null) return;
    this.source = new Subscriber({ receiveHighWaterMark: 0 });
    this.source.connect(server.events);
    this.source.subscribe();
    await this.publish(this.options.events);
    void this.relayEvents(this.source);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.front?.close();
    this.out?.close();
    this.source?.close();
    for (const back of this.backs.values()) back.close();
    this.backs.clear();
  }

  private async listen(endpoint: string): Promise<void> {
    const front = new Router({ linger: 100, handover: true });
    await front.bind(endpoint);
    this.commands = front.lastEndpoint ?? endpoint;
    this.front = front;
    void this.relayRequests(front);
  }

  private async publish(endpoint: string): Promise<void> {
    const out = new Publisher({ linger: 100, sendHighWaterMark: 0 });
    await out.bind(endpoint);
    this.events = out.lastEndpoint ?? endpoint;
    this.out = out;
  }

  private async relayRequests(front: Router): Promise<void> {
    const { plan } = this.options;
    for await (const [identity, ...parts] of front) {
      if (identity === undefined) continue;
      plan.begin("message");
      if (plan.strikes("disconnect")) void this.hangUp(plan.durationS("disconnect", spellS));
      if (plan.strikes("rig-frozen")) this.deafUntilMs = this.until(plan.durationS("rig-frozen", spellS));
      if (plan.strikes("beat-lost")) this.muteUntilMs = this.until(plan.durationS("beat-lost", spellS));
      if (plan.strikes("request-drop") || this.deaf) continue;
      await this.back(identity)?.send(parts);
    }
  }

  /** A connection of its own for every client, so that the server tells them apart. */
  private back(identity: Buffer): Dealer | null {
    if (this.closed) return null;
    const key = identity.toString("hex");
    let found = this.backs.get(key);
    if (found === undefined) {
      found = new Dealer({ linger: 0 });
      found.connect(this.options.server.commands);
      this.backs.set(key, found);
      void this.relayReplies(identity, found);
    }
    return found;
  }

  private async relayReplies(identity: Buffer, back: Dealer): Promise<void> {
    const { plan, clock } = this.options;
    for await (const parts of back) {
      if (this.deaf || plan.strikes("reply-drop")) continue;
      let out = this.withOwnEvents(parts);
      if (plan.strikes("reply-corrupt")) out = garbled(out, plan);
      const copies = plan.strikes("reply-duplicate") ? 2 : 1;
      const deliver = (): void => {
        for (let i = 0; i < copies; i++) this.reply([identity, ...out]);
      };
      if (plan.strikes("reply-delay")) clock.after(delayMs, deliver, { background: true });
      else deliver();
    }
  }

  private reply(message: Buffer[]): void {
    this.sending = this.sending.then(async () => {
      // A client that is gone loses its answer, as on a real line.
      await this.front?.send(message).catch(() => undefined);
    });
  }

  private async relayEvents(source: Subscriber): Promise<void> {
    for await (const parts of source) {
      if (this.deaf || this.options.clock.monotonic() < this.muteUntilMs) continue;
      this.publishing = this.publishing.then(async () => {
        await this.out?.send(parts).catch(() => undefined);
      });
    }
  }

  /** Both sockets go and come back on the same ports. */
  private async hangUp(seconds: number): Promise<void> {
    const { front, out } = this;
    this.front = null;
    this.out = null;
    front?.close();
    out?.close();
    await this.options.clock.sleep(1000 * seconds);
    if (this.closed) return;
    await this.listen(this.commands);
    if (this.events !== null) await this.publish(this.events);
  }

  private get deaf(): boolean {
    return this.options.clock.monotonic() < this.deafUntilMs;
  }

  private until(seconds: number): number {
    return this.options.clock.monotonic() + 1000 * seconds;
  }

  /** `hello` names the server's event endpoint; clients must take the relay's. */
  private withOwnEvents(parts: Buffer[]): Buffer[] {
    const [word, header, ...pixels] = parts;
    if (word === undefined || header === undefined || !header.includes('"events"')) return parts;
    const json = JSON.parse(header.toString("utf8")) as { result?: { events?: string | null } };
    if (typeof json.result?.events !== "string") return parts;
    json.result.events = this.events;
    return [word, Buffer.from(JSON.stringify(json)), ...pixels];
  }
}

function garbled(parts: Buffer[], plan: FaultPlan): Buffer[] {
  const random = plan.stream("reply-corrupt");
  return parts.map((part, i) => {
    if (i !== 1) return part;
    const copy = Buffer.from(part);
    for (let k = 0; k < 8; k++) copy[random.int(copy.length)] = random.int(256);
    return copy;
  });
}
