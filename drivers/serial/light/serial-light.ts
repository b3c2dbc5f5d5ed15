import {
  type Approved,
  ConnectError,
  DeadlineError,
  ProtocolError,
  RandomStream,
  type StedError,
} from "../../../src/core/index.js";
import type {
  LightCommand,
  LightEvent,
  LightIdentity,
  LightKind,
  LightLimits,
  LightSource,
  LightStatus,
} from "../../light-contract.js";
import type { Command, Line } from "../line/command.js";
import { SerialLink } from "../line/link.js";
import type { DeviceLink, LinkOptions } from "../line/link-options.js";
import { applyCommand } from "./apply.js";
import { darken, untilDark } from "./darken.js";
import type { LightDevice } from "./device.js";
import { Heartbeat, pulse, wentDark } from "./heartbeat.js";
import { lineWhile, lostAt, named, plainLine } from "./lines.js";
import { portOf, type SerialLightOptions } from "./options.js";
import { recognise, recogniseAgain } from "./recognise.js";

/** A LightSource on a serial port: confirmation, off that overtakes, hot plug, heartbeat. */
export class SerialLight implements LightSource {
  readonly name: string;
  readonly kind: LightKind;
  readonly darkWithinMs: number;
  private readonly link: DeviceLink;
  private readonly listeners = new Set<(event: LightEvent) => void>();
  private identity: LightIdentity | null = null;
  private known: LightLimits | null = null;
  /** Aborted when the light is to go off: whatever was being done about light ends there. */
  private will = new AbortController();
  private applying: Promise<unknown> = Promise.resolve();
  private darkening: Promise<LightStatus> | null = null;
  private heartbeat: Heartbeat | null = null;
  private landmark: Command<boolean> | null = null;
  private mayShine = true;
  private atWork = false;
  private faults: readonly string[] = [];
  private failures = 0;

  constructor(
    private readonly device: LightDevice,
    private readonly options: SerialLightOptions,
  ) {
    this.name = options.name;
    this.kind = options.role ?? device.light;
    this.darkWithinMs = device.darkWithinMs;
    const connection: LinkOptions = {
      ...portOf(options),
      dialect: device.dialect,
      clock: options.clock,
      logger: options.logger,
      random: RandomStream.of(1, "serial", options.path),
      openWithinMs: options.openWithinMs ?? 5000,
      identify: (line) => this.identify(line),
      darken: async (line) => {
        await darken(this.device, line, options.clock, options.clock.monotonic() + 2 * device.darkWithinMs);
      },
      lost: (reason) => {
        this.will.abort(this.lostError());
        this.tell({ type: "lost", reason: `${this.name} on ${options.path}: ${reason}` });
      },
      stillLost: (reason) => options.logger.debug({ source: this.name, reason }, "still lost"),
      found: () => {
        this.faults = [];
        this.tell({ type: "found" });
      },
      ...(options.trace === undefined ? {} : { trace: options.trace }),
    };
    this.link = options.ports?.link(connection) ?? new SerialLink(connection);
  }

  async open(signal?: AbortSignal): Promise<LightIdentity> {
    await this.link.open(signal).catch((thrown) => {
      throw this.named(thrown);
    });
    const everyMs = this.options.heartbeatMs ?? 1000;
    if (everyMs > 0) this.heartbeat = this.startHeartbeat(everyMs);
    return this.identity as LightIdentity;
  }

  limits(): LightLimits {
    if (this.known === null)
      throw new ConnectError("CLOSED", "it was never opened", { where: this.options.path });
    return this.known;
  }

  async status(): Promise<LightStatus> {
    return await this.read(plainLine(this.link, this.options.clock));
  }

  apply(command: Approved<LightCommand>): Promise<LightStatus> {
    const will = this.willNow();
    const turn = this.applying.then(async () => {
      await this.darkening;
      const { powerMw } = command;
      const { minMw } = this.limits();
      if (powerMw === 0 && minMw > 0 && !command.on) return await this.off("power 0");
      const line = lineWhile(this.link, this.options.clock, will);
      will.throwIfAborted();
      if (command.on) this.mayShine = true;
      const [device, clock, limits] = [this.device, this.options.clock, this.limits()];
      // What it reads is told to everybody: a heartbeat beside it would only make it take twice as long.
      this.atWork = true;
      return await applyCommand({ device, line, clock, limits, status: () => this.read(line) }, command);
    });
    this.applying = turn
      .catch(() => undefined)
      .finally(() => {
        this.atWork = false;
      });
    return turn.catch((thrown) => {
      throw this.named(thrown);
    });
  }

  off(reason: string): Promise<LightStatus> {
    const error = new ProtocolError("OVERTAKEN", `the light was switched off: ${reason}`, {
      where: this.name,
    });
    this.will.abort(error);
    this.link.overtake(error);
    this.darkening ??= untilDark(this.device, this.link, this.options.clock, (why) =>
      this.tell({ type: "fault", code: "STILL_ON", message: `${this.name} is not confirmed dark: ${why}` }),
    ).finally(() => {
      this.darkening = null;
      this.mayShine = false;
    });
    return this.darkening;
  }

  subscribe(listener: (event: LightEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    const { clock } = this.options;
    if (this.link.ready) {
      const patience = new AbortController();
      const off = this.off("closing").catch(() => undefined);
      await Promise.race([
        off,
        clock.sleep(this.options.patienceMs ?? 2 * this.darkWithinMs, patience.signal),
      ]);
      patience.abort();
    }
    await this.release();
  }

  /** Closes the port and leaves the light as it is: for a device worked by hand, never in a run. */
  async release(): Promise<void> {
    this.heartbeat?.close();
    this.heartbeat = null;
    this.will.abort(this.lostError());
    await this.link.close();
  }

  /** Runs for every connection, inside the link. */
  private async identify(line: Line): ReturnType<ConstructorParameters<typeof SerialLink>[0]["identify"]> {
    const { device, options } = this;
    const known = options.hurry?.identity;
    const identity =
      (known && (await recogniseAgain(device, line, known))) ?? (await recognise(device, line, options.path));
    const wanted = options.serialNumber;
    if (wanted !== undefined && wanted !== identity.serialNumber) {
      throw new ConnectError(
        "WRONG_DEVICE",
        `the ${device.title} there has serial number ${identity.serialNumber || "(none)"}, not ${wanted}`,
        { where: options.path, hint: "give the port of the right one" },
      );
    }
    if (this.identity === null && options.hurry === undefined) {
      this.known = await device.limits(line);
      this.mayShine = (await device.status(line)).on !== false;
    }
    this.identity ??= identity;
    this.landmark = device.landmark?.(identity) ?? null;
    const { vendor, model, serialNumber } = identity;
    return {
      device: [vendor, model, serialNumber].join(" ").trim(),
      landmark: this.landmark,
    };
  }

  private async read(line: Line): Promise<LightStatus> {
    try {
      const status = await this.device.status(line);
      this.mayShine = status.on !== false;
      this.tell({ type: "status", status });
      const fresh = status.faults.filter((f) => !this.faults.includes(f.code));
      this.faults = status.faults.map((f) => f.code);
      this.failures = 0;
      for (const { code, message } of fresh) this.tell({ type: "fault", code, message });
      return status;
    } catch (thrown) {
      const nonsense = thrown instanceof ProtocolError && /^(BAD_REPLY|UNSURE)$/.test(thrown.code);
      // Each of these stands for several tries already: silence at once, nonsense when it goes on.
      if (nonsense) this.failures++;
      if (thrown instanceof DeadlineError || this.failures > 1) this.link.lose((thrown as Error).message);
      throw this.named(thrown);
    }
  }

  private startHeartbeat(everyMs: number): Heartbeat {
    const { link, options } = this;
    return new Heartbeat({
      clock: options.clock,
      everyMs,
      free: () => link.ready && this.darkening === null && !this.atWork,
      mayShine: () => this.mayShine,
      restedMs: () => link.restedMs,
      status: () => this.status(),
      pulse: () => this.pulse(),
    });
  }

  /** Is it there at all, and, where that is one question, does it still shine? */
  private async pulse(): Promise<void> {
    const { glance = null } = this.device;
    const question = glance ?? this.landmark;
    if (question === null) return void (await this.status());
    if ((await pulse(this.link, question)) === false && glance !== null) this.tell(wentDark);
  }

  private willNow(): AbortSignal {
    if (this.will.signal.aborted) this.will = new AbortController();
    return this.will.signal;
  }

  private named(thrown: unknown): StedError {
    return named(thrown, `${this.name} (${this.options.path})`);
  }

  private lostError(): ConnectError {
    return lostAt(`${this.name} (${this.options.path})`);
  }

  private tell(event: LightEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }
}
