import { randomUUID } from "node:crypto";
import { Subscriber } from "zeromq";
import {
  type Clock,
  ConfigError,
  type Frame,
  type Logger,
  type Timer,
  timestamp,
  toStedError,
} from "../../src/core/index.js";
import type { Rig, RigEvent, RigFault, RigInfo, RigStatus } from "../contract.js";
import { ObserveOnly, observedRig } from "../observe-only.js";
import { type PublishedImage, readMessage } from "./message.js";

export interface ZmqFramesOptions {
  /** Where the publisher binds, e.g. tcp://192.168.0.7:5556. */
  readonly address: string;
  /** Beginning of the topics to take; default all. */
  readonly topic?: string | undefined;
  /** Pixel size of messages that do not state it; default 20. */
  readonly pixelSizeNm?: number | undefined;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Messages that cannot be read are told of at once, then together, at most once in this time. */
const tellEveryMs = 5000;
const mostMessageBytes = 2 ** 28;
/** At the end of a run: what has arrived is taken until so long nothing more came, and no longer than that. */
const quietMs = 50;
const settleWithinMs = 2000;

/**
 * Any ZeroMQ publisher of `[topic, JSON {dtype, shape, pixelSizeNm?}, bytes]`: observe only. Every message becomes a frame
 * in the order it comes; one that cannot be read is counted and named, and the rest go on.
 */
export class ZmqFramesRig extends ObserveOnly implements Rig {
  private readonly start = randomUUID();
  private readonly listeners = new Set<(event: RigEvent) => void>();
  private socket: Subscriber | null = null;
  private connected = false;
  private closed = false;
  private begun = false;
  private seq = 0;
  private takenAt = Number.NEGATIVE_INFINITY;
  private bad = { count: 0, untold: 0, last: "" };
  private telling: Timer | null = null;
  private received: Promise<void> = Promise.resolve();

  constructor(private readonly options: ZmqFramesOptions) {
    super("a publisher of frames");
  }

  async open(): Promise<RigInfo> {
    const { address, version } = this.options;
    const socket = new Subscriber({
      linger: 0,
      receiveHighWaterMark: 1000,
      maxMessageSize: mostMessageBytes,
      reconnectInterval: 100,
      reconnectMaxInterval: 2000,
      tcpKeepalive: 1,
    });
    this.socket = socket;
    socket.events.on("handshake", () => this.onConnection(true));
    socket.events.on("disconnect", () => this.onConnection(false));
    try {
      socket.connect(address);
    } catch (cause) {
      this.socket.close();
      throw new ConfigError("BAD_ADDRESS", "this is no address to subscribe to", {
        where: address,
        hint: "for example tcp://127.0.0.1:5556",
        cause,
      });
    }
    const rig = { name: `frames from ${address}`, model: "ZeroMQ publisher" };
    return observedRig(rig, { name: "stedloop zmq-frames", version }, this.start);
  }

  async status(): Promise<RigStatus> {
    return { state: this.connected ? "idle" : "fault", light: [], faults: this.faults(), region: null };
  }

  /** The first listener starts the subscription, so that no frame goes by unseen and a publisher that waits sees us ready. */
  subscribe(listener: (event: RigEvent) => void): () => void {
    this.listeners.add(listener);
    if (this.socket !== null && !this.begun) {
      this.begun = true;
      this.socket.subscribe(this.options.topic ?? "");
      this.received = this.receive(this.socket);
    }
    return () => this.listeners.delete(listener);
  }

  /** What has arrived waits in the socket until this process has time for it: closing would throw it away. */
  async settle(): Promise<void> {
    const { clock } = this.options;
    const end = clock.monotonic() + settleWithinMs;
    let since = clock.monotonic();
    while (this.socket !== null && !this.closed && clock.monotonic() < end) {
      await clock.sleep(quietMs / 2);
      if (this.socket.readable) since = clock.monotonic();
      if (clock.monotonic() - Math.max(since, this.takenAt) >= quietMs) return;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.telling?.cancel();
    this.listeners.clear();
    this.socket?.close();
    await this.received;
  }

  private async receive(socket: Subscriber): Promise<void> {
    try {
      for await (const parts of socket) this.take(parts);
    } catch (thrown) {
      if (!this.closed) this.refuse(toStedError(thrown).message);
    }
  }

  private take(parts: readonly Uint8Array[]): void {
    this.takenAt = this.options.clock.monotonic();
    try {
      for (const image of readMessage(parts)) {
        for (const note of image.notes) this.options.logger.info({ topic: image.topic }, note);
        this.emit({ type: "frame", frame: this.frame(image) });
      }
    } catch (thrown) {
      this.refuse(toStedError(thrown).line);
    }
  }

  private frame({ topic, kind, pixels, shape, pixelSizeNm, settings }: PublishedImage): Frame {
    const seq = ++this.seq;
    return Object.freeze({
      id: `${this.start}.${seq}`,
      seq,
      kind,
      pixels,
      shape,
      pixelSizeNm: pixelSizeNm ?? this.options.pixelSizeNm ?? 20,
      settings,
      actual: {},
      region: topic === "" ? null : topic,
      acquiredAt: timestamp(this.options.clock),
      rig: `frames from ${this.options.address}`,
      saturated: 0,
      origin: "rig",
    });
  }

  private refuse(message: string): void {
    this.bad = { count: this.bad.count + 1, untold: this.bad.untold + 1, last: message };
    if (this.telling === null) this.tell();
  }

  private tell(): void {
    const { untold, last } = this.bad;
    this.telling = null;
    if (untold === 0 || this.closed) return;
    this.bad = { ...this.bad, untold: 0 };
    const fault = this.badFault();
    this.options.logger.warn({ untold, last }, fault.message);
    this.emit({ type: "fault", fault });
    this.telling = this.options.clock.after(tellEveryMs, () => this.tell(), { background: true });
  }

  private badFault(): RigFault {
    const { count, last } = this.bad;
    const text = `${count} message${count === 1 ? "" : "s"} could not be read; the last: ${last}`;
    return { code: "BAD_MESSAGE", message: text, source: this.options.address };
  }

  private faults(): readonly RigFault[] {
    const none: RigFault = {
      code: "NO_PUBLISHER",
      message: "nobody publishes there; waiting for it",
      source: this.options.address,
    };
    return [...(this.connected ? [] : [none]), ...(this.bad.count === 0 ? [] : [this.badFault()])];
  }

  private onConnection(connected: boolean): void {
    if (this.closed || connected === this.connected) return;
    this.connected = connected;
    const [fault] = this.faults();
    if (!connected && fault !== undefined) this.emit({ type: "fault", fault });
    this.emit({ type: "state", state: connected ? "idle" : "fault", light: [] });
  }

  private emit(event: RigEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
