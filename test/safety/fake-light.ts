import { type Approved, type Clock, ConnectError, ProtocolError } from "../../src/core/index.js";
import type { DeviceStatus, SupervisedDevice } from "../../src/safety/index.js";

type Listener = Parameters<SupervisedDevice["subscribe"]>[0];

/** A laser on a virtual clock: obeys late, ignores orders when told to, can be unplugged; knows the truth of its light. */
export class FakeLight implements SupervisedDevice {
  readonly darkWithinMs = 500;
  emitting = false;
  powerMw = 0;
  interlock: "closed" | "open" = "closed";
  key: "on" | "off" = "on";
  faultText: string | null = null;
  plugged = true;
  mute = false;
  /** Orders to switch off that it does not obey. */
  ignoresOff = 0;
  closed = false;
  /** From its order to light. */
  onMs = 300;
  applied: { readonly powerMw?: number; readonly on?: true }[] = [];
  private listeners = new Set<Listener>();
  private generation = 0;

  constructor(
    readonly name: string,
    private readonly clock: Clock,
  ) {}

  async apply(command: Approved<{ source: string; powerMw?: number; on?: true }>): Promise<DeviceStatus> {
    const asked = this.generation;
    await this.clock.sleep(20);
    this.reachable();
    if (asked !== this.generation) throw new ProtocolError("OVERTAKEN", "off overtook it");
    this.applied.push(command);
    if (command.powerMw !== undefined) this.powerMw = command.powerMw;
    if (command.on) {
      if (this.interlock === "open" || this.key === "off" || this.faultText !== null) {
        throw new ProtocolError("INTERLOCK", "it does not light");
      }
      await this.clock.sleep(this.onMs);
      this.reachable();
      if (asked !== this.generation) throw new ProtocolError("OVERTAKEN", "off overtook it");
      if (this.barred()) throw new ProtocolError("INTERLOCK", "it does not light");
      this.emitting = true;
    }
    return this.read();
  }

  async off(): Promise<DeviceStatus> {
    this.generation++;
    for (;;) {
      if (this.closed) throw new ConnectError("CLOSED", "closed");
      await this.clock.sleep(30);
      if (!this.plugged) continue;
      if (this.ignoresOff > 0) this.ignoresOff--;
      else this.emitting = false;
      const status = this.read();
      if (status.on === false) return status;
    }
  }

  async status(): Promise<DeviceStatus> {
    await this.clock.sleep(10);
    this.reachable();
    return this.read();
  }

  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** What its heartbeat would tell. */
  beat(): void {
    if (this.plugged) this.tell({ type: "status", status: this.read() });
  }
  unplug(): void {
    if (!this.plugged) return;
    this.plugged = false;
    this.tell({ type: "lost", reason: "unplugged" });
  }
  plug(): void {
    if (this.plugged) return;
    this.plugged = true;
    this.tell({ type: "found" });
  }
  /** Interlock and key cut light in hardware. */
  set(what: { interlock?: "closed" | "open"; key?: "on" | "off"; fault?: string | null }): void {
    this.interlock = what.interlock ?? this.interlock;
    this.key = what.key ?? this.key;
    if (what.fault !== undefined) this.faultText = what.fault;
    if (this.interlock === "open" || this.key === "off") this.emitting = false;
  }

  private read(): DeviceStatus {
    return {
      on: this.mute ? null : this.emitting,
      powerMw: this.emitting ? this.powerMw : 0,
      setPointMw: this.powerMw,
      interlock: this.interlock,
      key: this.key,
      warm: true,
      faults: this.faultText === null ? [] : [{ code: "FAULT", message: this.faultText }],
    };
  }
  private barred(): boolean {
    return this.interlock === "open" || this.key === "off";
  }
  private reachable(): void {
    if (!this.plugged) throw new ConnectError("LOST", "no answer");
  }
  private tell(event: Parameters<Listener>[0]): void {
    for (const listener of this.listeners) listener(event);
  }
}
