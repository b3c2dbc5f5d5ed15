import { ConnectError, type StedError, type Timer, toStedError } from "../../../src/core/index.js";
import type { Command, Line } from "./command.js";
import { Exchange } from "./exchange.js";
import type { DeviceLink, LinkOptions } from "./link-options.js";
import { type LinkEffect, type LinkEvent, type LinkState, next } from "./link-state.js";
import { openPort, type Port } from "./port.js";

const quietAfterOpenMs = 120;

/** Runs the reducer of link-state.ts on a real port. */
export class SerialLink implements DeviceLink {
  private state: LinkState = { name: "closed" };
  private port: Port | null = null;
  private exchange: Exchange | null = null;
  private retryTimer: Timer | null = null;
  private ending: Promise<void> = Promise.resolve();
  private onOpened: ((error: StedError | null) => void) | null = null;
  private failure: StedError | null = null;
  private waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(private readonly options: LinkOptions) {}

  get ready(): boolean {
    return this.state.name === "ready";
  }

  /** @throws ConnectError, ProtocolError: what stood in the way */
  open(signal?: AbortSignal): Promise<void> {
    if (this.state.name !== "closed")
      throw new ConnectError("OPEN_ALREADY", "it is open already", { where: this.options.path });
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        void this.close();
      };
      this.onOpened = (error) => {
        signal?.removeEventListener("abort", abort);
        if (error === null) resolve();
        else reject(error);
      };
      signal?.addEventListener("abort", abort, { once: true });
      if (signal?.aborted) this.onOpened(closed(this.options.path));
      else this.handle({ type: "open" });
    });
  }

  ask<T>(command: Command<T>, urgent = false, owner: object | null = null): Promise<T> {
    if (!this.ready || this.exchange === null) {
      const { path } = this.options;
      return Promise.reject(
        this.state.name === "closed"
          ? closed(path)
          : new ConnectError("LOST", "the device is lost", {
              where: path,
              hint: "see to its plug; it is looked for",
            }),
      );
    }
    return this.exchange.ask(command, urgent, owner);
  }

  overtake(error: StedError, owner: object | null = null): void {
    this.exchange?.overtake(error, owner);
  }
  get restedMs(): number {
    return this.exchange?.restedMs ?? 0;
  }

  /** The device does not answer as it should: a new connection is made. */
  lose(reason: string): void {
    if (this.ready) this.handle({ type: "failed", reason });
  }

  /** Resolves when the device answers; rejects once closed. */
  whenReady(): Promise<void> {
    if (this.ready) return Promise.resolve();
    if (this.state.name === "closed") return Promise.reject(closed(this.options.path));
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  async close(): Promise<void> {
    this.handle({ type: "close" });
    await this.ending;
  }

  private handle(event: LinkEvent): void {
    const step = next(this.state, event);
    if (step.state.name !== this.state.name) {
      this.options.logger.debug(
        { port: this.options.path, from: this.state.name, to: step.state.name },
        "serial link",
      );
    }
    this.state = step.state;
    for (const effect of step.effects) this.perform(effect);
    if (this.state.name === "closed") this.closedNow();
  }

  private perform(effect: LinkEffect): void {
    const { options } = this;
    switch (effect.do) {
      case "openPort":
        void this.connect();
        break;
      case "closePort":
        this.disconnect();
        break;
      case "identify":
        this.run(false, async (line, exchange) => {
          await line.pause(quietAfterOpenMs);
          const { device, landmark } = await options.identify(line);
          if (landmark !== null) exchange.setLandmark(landmark);
          return { type: "identified", device };
        });
        break;
      case "darken":
        this.run(true, async (line) => {
          await options.darken(line);
          return { type: "dark" };
        });
        break;
      case "retryAfter":
        this.retryTimer = options.clock.after(
          effect.ms * options.random.between(0.9, 1.1),
          () => this.handle({ type: "retry" }),
          { background: true },
        );
        break;
      case "opened":
        this.onOpened?.(null);
        this.onOpened = null;
        break;
      case "openFailed":
        break;
      case "lost":
        options.lost(effect.reason);
        break;
      case "stillLost":
        options.stillLost(effect.reason);
        break;
      case "found":
        options.found();
        for (const { resolve } of this.waiting.splice(0)) resolve();
        break;
    }
  }

  private async connect(): Promise<void> {
    const { options } = this;
    await this.ending;
    let mine: Port | null = null;
    try {
      mine = await openPort({
        path: options.path,
        baudRate: options.dialect.baudRate,
        clock: options.clock,
        openWithinMs: options.openWithinMs,
        shared: options.shared === true,
        onData: (text) => exchange.receive(text),
        onLost: (reason) => {
          if (this.port === mine) this.handle({ type: "failed", reason });
        },
      });
    } catch (thrown) {
      this.fail(thrown);
      return;
    }
    const port = mine;
    const exchange = new Exchange({
      dialect: options.dialect,
      clock: options.clock,
      where: options.path,
      write: (text) => port.write(text),
      ...(options.aside === undefined ? {} : { aside: options.aside }),
      ...(options.trace === undefined ? {} : { trace: options.trace }),
    });
    if (this.state.name !== "opening") {
      await port.close();
      return;
    }
    this.port = port;
    this.exchange = exchange;
    this.handle({ type: "opened" });
  }

  private disconnect(): void {
    this.retryTimer?.cancel();
    const { port } = this;
    this.exchange?.end(
      this.state.name === "closed"
        ? closed(this.options.path)
        : new ConnectError("LOST", "the device was lost", {
            where: this.options.path,
            hint: "see to its plug",
          }),
    );
    this.port = null;
    this.exchange = null;
    if (port !== null) this.ending = port.close();
  }

  /** Something to do on this connection; its outcome counts only while the connection stands. */
  private run(urgent: boolean, work: (line: Line, exchange: Exchange) => Promise<LinkEvent>): void {
    const { exchange } = this;
    if (exchange === null) return;
    const line: Line = {
      ask: (command) => exchange.ask(command, urgent),
      pause: (ms) => this.options.clock.sleep(ms),
    };
    work(line, exchange).then(
      (event) => this.exchange === exchange && this.handle(event),
      (thrown) => this.exchange === exchange && this.fail(thrown),
    );
  }

  private fail(thrown: unknown): void {
    this.failure = toStedError(thrown);
    this.handle({ type: "failed", reason: this.failure.message });
  }

  private closedNow(): void {
    const error = this.failure ?? closed(this.options.path);
    this.onOpened?.(error);
    this.onOpened = null;
    this.failure = null;
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}

const closed = (path: string): ConnectError =>
  new ConnectError("CLOSED", "the port is closed", { where: path });
