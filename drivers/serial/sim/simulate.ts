/** A simulated serial device behind a pseudo-terminal: starts, is plugged and unplugged, tells the truth, ends. */
import { type Clock, RandomStream } from "../../../src/core/index.js";
import type { FaultEntry } from "../../faults/index.js";
import type { DeviceModel, Truth, WireDevice } from "./device.js";
import { FaultBoard } from "./fault-board.js";
import { Link } from "./link.js";
import { Pty } from "./pty.js";
import { Session } from "./session.js";
import { TrafficLog } from "./traffic-log.js";
import { wireFaults } from "./wire-faults.js";

export interface DeviceSimOptions {
  readonly kind: string;
  readonly model: DeviceModel;
  readonly clock: Clock;
  readonly seed: number;
  readonly entries: readonly FaultEntry[];
  readonly link?: string;
  readonly log?: string;
  readonly onFault?: (fault: string, active: boolean) => void;
}
export interface DeviceSimStatus extends Truth {
  readonly kind: string;
  /** The pseudo-terminal; null while unplugged. */
  readonly path: string | null;
  readonly link: string | null;
  /** Whether a client has the port open. */
  readonly open: boolean;
  readonly commands: number;
  readonly faults: readonly string[];
}
export interface DeviceSim {
  readonly path: string | null;
  status(): DeviceSimStatus;
  /** @throws UsageError for a fault that the device does not have. Settles when plugging in again is done. */
  fault(name: string, forS?: number, commands?: number): Promise<void>;
  clear(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Every fault of a model: its own and the line's. */
export function faultsOf(model: DeviceModel): DeviceModel["faults"] {
  return { ...wireFaults, ...model.faults };
}

/** Rejects with ConnectError (no pseudo-terminals here), UsageError (the link) or InputError (the log). */
export async function startDeviceSim(options: DeviceSimOptions): Promise<DeviceSim> {
  const sim = new Sim(options);
  try {
    await sim.start();
  } catch (thrown) {
    await sim.close();
    throw thrown;
  }
  return sim;
}

class Sim implements DeviceSim {
  private pty: Pty | null = null;
  private plugging: Promise<void> = Promise.resolve();
  private closed = false;
  private readonly log: TrafficLog | null;
  private readonly link: Link | null;
  private readonly board: FaultBoard;
  private readonly device: WireDevice;
  private readonly session: Session;

  constructor(private readonly options: DeviceSimOptions) {
    const { kind, model, clock, seed } = options;
    this.log = options.log === undefined ? null : TrafficLog.to(options.log, clock);
    this.link = options.link === undefined ? null : new Link(options.link);
    this.board = new FaultBoard({
      known: faultsOf(model),
      entries: options.entries,
      clock,
      seed,
      changed: (fault, active, forS) => this.changed(fault, active, forS),
    });
    this.device = model.create({
      clock,
      random: RandomStream.of(seed, "device", kind),
      faults: this.board,
      say: (text) => this.session.say(text),
      unit: () => 1000 + (Math.abs(seed) % 1000) + (this.board.active("other-unit") ? 1 : 0),
    });
    this.session = new Session({
      model,
      device: this.device,
      board: this.board,
      clock,
      random: RandomStream.of(seed, "line", kind),
      send: (bytes) => this.send(bytes),
      hangUp: () => this.hangUp(),
    });
  }

  get path(): string | null {
    return this.pty?.path ?? null;
  }

  async start(): Promise<void> {
    await this.plugIn();
    this.board.begin();
  }

  status(): DeviceSimStatus {
    return {
      kind: this.options.kind,
      path: this.path,
      link: this.options.link ?? null,
      open: this.pty?.client ?? false,
      commands: this.board.commands,
      faults: this.board.list(),
      ...this.device.truth(),
    };
  }

  async fault(name: string, forS?: number, commands?: number): Promise<void> {
    this.board.raise(name, forS, commands);
    await this.plugging;
  }
  async clear(name: string): Promise<void> {
    if (name === "all") this.board.clearAll();
    else this.board.clear(name);
    await this.plugging;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.board.close();
    this.session.close();
    await this.plugging;
    this.hangUp();
    await this.log?.close();
  }

  private async plugIn(): Promise<void> {
    if (this.closed || this.pty !== null) return;
    const pty = await Pty.open(this.options.clock, {
      received: (bytes) => {
        this.log?.bytes("in", bytes);
        this.session.received(bytes);
      },
      opened: () => {
        this.log?.event("opened");
        this.session.opened();
      },
      closed: () => this.log?.event("closed"),
    });
    this.pty = pty;
    try {
      this.link?.pointAt(pty.path);
    } catch (thrown) {
      this.hangUp();
      throw thrown;
    }
    this.log?.event("plugged in", { path: pty.path });
  }

  private hangUp(): void {
    const pty = this.pty;
    if (pty === null) return;
    this.pty = null;
    this.link?.remove();
    this.log?.event("unplugged", { path: pty.path });
    pty.hangUp();
  }

  private send(bytes: Buffer): void {
    if (this.pty === null || !this.pty.client) return;
    this.log?.bytes("out", bytes);
    this.pty.write(bytes);
  }

  private changed(fault: string, active: boolean, forS?: number): void {
    this.log?.event("fault", { fault, active, ...(forS === undefined ? {} : { for: forS }) });
    this.options.onFault?.(fault, active);
    this.session.changed(fault, active, forS);
    if (fault === "unplug" && !active) {
      // A link that somebody took meanwhile leaves the device on its bare path.
      this.plugging = this.plugging
        .then(() => this.plugIn())
        .catch((thrown: unknown) => {
          this.log?.event("not plugged in", { why: (thrown as Error).message });
        });
    }
  }
}
