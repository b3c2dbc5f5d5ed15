/** Between the port and the device: cuts commands, lets the faults of the line strike, keeps the answers in order. */
import type { Clock, RandomStream } from "../../../src/core/index.js";
import { CommandReader } from "./command-reader.js";
import type { DeviceModel, WireDevice } from "./device.js";
import type { FaultBoard } from "./fault-board.js";
import { Outbox } from "./outbox.js";

export interface SessionOptions {
  readonly model: DeviceModel;
  readonly device: WireDevice;
  readonly board: FaultBoard;
  readonly clock: Clock;
  readonly random: RandomStream;
  /** Bytes to the client. */
  readonly send: (bytes: Buffer) => void;
  /** The cable comes off. */
  readonly hangUp: () => void;
}

/** The rule of the makers whose devices drop what comes too fast. */
const fastMs = 100;
const lateMs = 2000;
const bootS = 1;

export class Session {
  private readonly reader: CommandReader;
  private readonly outbox: Outbox;
  private lastCommandMs = Number.NEGATIVE_INFINITY;
  private bootedMs = Number.NEGATIVE_INFINITY;
  private inCommand = false;

  constructor(private readonly options: SessionOptions) {
    this.reader = new CommandReader(options.model);
    this.outbox = new Outbox(options.clock, options.send);
  }

  opened(): void {
    this.reader.reset();
    if (this.is("garbage-at-open")) this.options.send(this.noise(24));
    if (!this.is("frozen") && !this.is("wrong-baud")) this.options.device.opened?.();
  }

  received(bytes: Uint8Array): void {
    if (this.is("frozen") || this.options.clock.monotonic() < this.bootedMs) return;
    if (this.is("wrong-baud")) {
      this.outbox.add(this.noise(bytes.length), 1);
      return;
    }
    for (const command of this.reader.push(bytes)) this.execute(command);
  }

  /** Something that the device says of itself. */
  say(text: string): void {
    if (!this.is("frozen")) this.reply(text);
  }

  changed(fault: string, active: boolean, forS?: number): void {
    if (fault === "power-cycle") {
      this.reader.reset();
      this.outbox.clear();
      this.bootedMs = this.options.clock.monotonic() + (forS ?? bootS) * 1000;
      this.options.device.powerCycle();
      return;
    }
    if (fault === "frozen" && active) this.outbox.clear();
    if (fault === "unplug") {
      this.reader.reset();
      // At a command the cable comes off in the middle of its answer, not before it.
      if (active && !this.inCommand) this.options.hangUp();
      return;
    }
    this.options.device.changed?.(fault, active, forS);
  }

  close(): void {
    this.outbox.clear();
  }

  private execute(command: string): void {
    const { board, clock, device, model } = this.options;
    this.inCommand = true;
    try {
      board.command();
      const sinceMs = clock.monotonic() - this.lastCommandMs;
      this.lastCommandMs = clock.monotonic();
      if (this.is("frozen") || this.is("command-lost") || clock.monotonic() < this.bootedMs) return;
      if (this.is("drop-fast") && sinceMs < (model.fastMs ?? fastMs)) return;
      const answer = device.answer(command);
      const echoed = this.is("echo") ? `${command}${model.echoEnd}${answer}` : answer;
      if (this.is("unplug")) {
        this.outbox.clear();
        this.options.send(Buffer.from(echoed.slice(0, Math.ceil(echoed.length / 2)), "latin1"));
        this.options.hangUp();
      } else if (!this.is("reply-lost")) this.reply(echoed);
    } finally {
      this.inCommand = false;
      board.done();
    }
  }

  private reply(text: string): void {
    if (text === "") return;
    const cut = this.is("reply-cut") ? text.slice(0, Math.floor(text.length / 2)) : text;
    const bytes = Buffer.from(cut, "latin1");
    const whole = this.is("garbage") ? Buffer.concat([this.noise(6), bytes]) : bytes;
    const delayMs = this.is("reply-late") ? lateMs : 0;
    if (!this.is("chunked")) {
      this.outbox.add(whole, delayMs);
      return;
    }
    let atMs = Math.max(delayMs, this.outbox.delayMs);
    for (let i = 0; i < whole.length; ) {
      const n = 1 + this.options.random.int(3);
      this.outbox.add(whole.subarray(i, i + n), atMs);
      atMs += 1 + this.options.random.int(6);
      i += n;
    }
  }

  private noise(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.options.random.int(256)));
  }
  private is(fault: string): boolean {
    return this.options.board.active(fault);
  }
}
