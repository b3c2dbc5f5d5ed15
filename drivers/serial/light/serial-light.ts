import {
  type Approved,
  ConnectError,
  DeadlineError,
  ProtocolError,
  RandomStream,
  type StedError,
  type Timer,
  toStedError,
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
import type { Line } from "../line/command.js";
import { SerialLink } from "../line/link.js";
import { applyCommand } from "./apply.js";
import { darken } from "./darken.js";
import type { LightDevice } from "./device.js";
import { lineWhile, named, plainLine, urgentLine } from "./lines.js";
import { portOf, type SerialLightOptions } from "./options.js";
import { recognise } from "./recognise.js";

/** A LightSource on a serial port: confirmation, off that overtakes, hot plug, heartbeat. */
export class SerialLight implements LightSource {
  readonly name: string;
  readonly kind: LightKind;
  readonly darkWithinMs: number;
  private readonly link: SerialLink;
  private readonly listeners = new Set<(event: LightEvent) => void>();
  private identity: LightIdentity | null = null;
  private known: LightLimits | null = null;
  /** Aborted when the light is to go off: whatever was being done about light ends there. */
  private will = new AbortController();
  private applying: Promise<unknown> = Promise.resolve();
  private darkening: Promise<LightStatus> | null = null;
  private heartbeat: Timer | null = null;
  private beating = false;
  private faults: readonly string[] = [];
  private failures = 0;

  constructor(
    private readonly device: LightDevice,
    private readonly options: SerialLightOptions,
  ) {
    this.name = options.name;
    this.kind = options.role ?? device.light;
    this.darkWithinMs = device.darkWithinMs;
    this.link = new SerialLink({
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
    });
  }

  async open(signal?: AbortSignal): Promise<LightIdentity> {
    await this.link.open(signal).catch((thrown) => {
      throw this.named(thrown);
    });
    const every = this.options.heartbeatMs ?? 1000;
    if (every > 0)
      this.heartbeat = this.options.clock.every(every, () => void this.beat(), { background: true });
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
      const { device, options } = this;
      return await applyCommand({ device, line, clock: options.clock, limits: this.limits() }, command);
    });
    this.applying = turn.catch(() => undefined);
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
    this.darkening ??= this.untilDark().finally(() => {
      this.darkening = null;
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
    this.heartbeat?.cancel();
    this.heartbeat = null;
    this.will.abort(this.lostError());
    await this.link.close();
  }

  /** Runs for every connection, inside the link. */
  private async identify(line: Line): ReturnType<ConstructorParameters<typeof SerialLink>[0]["identify"]> {
    const { device, options } = this;
    const identity = await recognise(device, line, options.path);
    const wanted = options.serialNumber;
    if (wanted !== undefined && wanted !== identity.serialNumber) {
      throw new ConnectError(
        "WRONG_DEVICE",
        `the ${device.title} there has serial number ${identity.serialNumber || "(none)"}, not ${wanted}`,
        { where: options.path, hint: "give the port of the right one" },
      );
    }
    if (this.identity === null) {
      this.known = await device.limits(line);
      await device.status(line);
      this.identity = identity;
    }
    const { vendor, model, serialNumber } = identity;
    return {
      device: [vendor, model, serialNumber].join(" ").trim(),
      landmark: device.landmark?.(identity) ?? null,
    };
  }

  private async untilDark(): Promise<LightStatus> {
    const { device, options, link } = this;
    const urgent = urgentLine(link, options.clock);
    for (;;) {
      await link.whenReady();
      try {
        return await darken(
          device,
          urgent,
          options.clock,
          options.clock.monotonic() + 2 * device.darkWithinMs,
        );
      } catch (thrown) {
        const { code, message } = toStedError(thrown);
        this.tell({
          type: "fault",
          code: "STILL_ON",
          message: `${this.name} is not confirmed dark: ${message}`,
        });
        // A fresh connection may hear what this one does not; it begins with "off" again.
        if (code !== "LOST") link.lose(message);
      }
    }
  }

  private async read(line: Line): Promise<LightStatus> {
    try {
      const status = await this.device.status(line);
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

  private async beat(): Promise<void> {
    if (this.beating || !this.link.ready || this.darkening !== null) return;
    this.beating = true;
    await this.status().catch((thrown) =>
      this.options.logger.debug({ source: this.name, error: toStedError(thrown).line }, "heartbeat"),
    );
    this.beating = false;
  }

  private willNow(): AbortSignal {
    if (this.will.signal.aborted) this.will = new AbortController();
    return this.will.signal;
  }

  private named(thrown: unknown): StedError {
    return named(thrown, `${this.name} (${this.options.path})`);
  }

  private lostError(): ConnectError {
    return new ConnectError("LOST", "the device was lost", {
      where: `${this.name} (${this.options.path})`,
      hint: "see to its plug",
    });
  }

  private tell(event: LightEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }
}
