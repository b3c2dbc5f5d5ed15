/** Which faults a simulated device has at this moment: by script, by chance, or by a test's word. */
import { type Clock, RandomStream, type Timer, unknownName } from "../../../src/core/index.js";
import type { FaultEntry } from "../../faults/index.js";
import type { DeviceFaults } from "./device.js";

export interface FaultBoardOptions {
  readonly known: DeviceFaults;
  readonly entries: readonly FaultEntry[];
  readonly clock: Clock;
  readonly seed: number;
  readonly changed: (fault: string, active: boolean, forS?: number) => void;
}
interface Active {
  /** Commands that it still strikes; null = any number. */
  commands: number | null;
  timer: Timer | null;
}

export class FaultBoard {
  /** Commands so far, the present one included. */
  commands = 0;
  private readonly now = new Map<string, Active>();
  private readonly pinned: { readonly entry: FaultEntry; used: boolean }[];
  private readonly timers: Timer[] = [];
  /** A stream per fault: leaving one out does not change when the others strike. */
  private readonly streams = new Map<string, RandomStream>();

  constructor(private readonly options: FaultBoardOptions) {
    this.pinned = options.entries.map((entry) => ({ entry, used: false }));
    for (const entry of options.entries) {
      if (entry.at === undefined || !("s" in entry.at)) continue;
      if (entry.at.s === 0) continue;
      this.timers.push(options.clock.after(entry.at.s * 1000, () => this.strike(entry)));
    }
  }

  /** Faults that are there from the start (`at: {s: 0}`). Call once the device stands. */
  begin(): void {
    for (const { entry } of this.pinned)
      if (entry.at !== undefined && "s" in entry.at && entry.at.s === 0) this.strike(entry);
  }

  /** The next command has arrived: what is pinned to it strikes before it is looked at. */
  command(): void {
    this.commands++;
    for (const pin of this.pinned) {
      const { at, rate, fault } = pin.entry;
      if (rate !== undefined) {
        if (this.stream(fault).uniform() < rate) this.strike(pin.entry);
      } else if (!pin.used && at !== undefined && "command" in at && this.commands >= at.command) {
        pin.used = true;
        this.strike(pin.entry);
      }
    }
  }

  /** The command has been dealt with. */
  done(): void {
    for (const [name, active] of [...this.now])
      if (active.commands !== null && --active.commands <= 0) this.clear(name);
  }

  active(fault: string): boolean {
    return this.now.has(fault);
  }
  list(): string[] {
    return [...this.now.keys()];
  }

  /**
   * A fault begins. @param forS its time @param commands how many commands from the next on it strikes
   * @throws UsageError when the device has no such fault
   */
  raise(fault: string, forS?: number, commands?: number): void {
    const known = this.known(fault);
    if (known.span === "moment") {
      this.options.changed(fault, true, forS);
      return;
    }
    this.now.get(fault)?.timer?.cancel();
    const was = this.now.has(fault);
    const timer = forS === undefined ? null : this.options.clock.after(forS * 1000, () => this.clear(fault));
    this.now.set(fault, { commands: commands ?? null, timer });
    if (!was) this.options.changed(fault, true, forS);
  }

  /** @throws UsageError when the device has no such fault */
  clear(fault: string): void {
    this.known(fault);
    const active = this.now.get(fault);
    if (active === undefined) return;
    active.timer?.cancel();
    this.now.delete(fault);
    this.options.changed(fault, false);
  }

  clearAll(): void {
    for (const fault of this.list()) this.clear(fault);
  }

  close(): void {
    for (const timer of this.timers) timer.cancel();
    for (const { timer } of this.now.values()) timer?.cancel();
  }

  private known(fault: string): DeviceFaults[string] {
    const found = Object.hasOwn(this.options.known, fault) ? this.options.known[fault] : undefined;
    if (found === undefined) throw unknownName("fault", fault, Object.keys(this.options.known));
    return found;
  }

  private strike(entry: FaultEntry): void {
    const once = this.known(entry.fault).span === "command" && entry.for === undefined;
    this.raise(entry.fault, entry.for, once ? 1 : undefined);
  }

  private stream(fault: string): RandomStream {
    let found = this.streams.get(fault);
    if (found === undefined) {
      found = RandomStream.of(this.options.seed, "device-fault", fault);
      this.streams.set(fault, found);
    }
    return found;
  }
}
