/** What a simulated serial device is to its host: commands in, answers out, faults, and the truth about its light. */
import type { Clock, RandomStream } from "../../../src/core/index.js";

/** How long a fault lasts that is given no time of its own. */
export type FaultSpan =
  /** One command. */
  | "command"
  /** Until it is cleared. */
  | "lasting"
  /** It happens, then it is over; `for` is then how long its consequence lasts. */
  | "moment";
export interface DeviceFault {
  readonly span: FaultSpan;
  readonly what: string;
}
export type DeviceFaults = Readonly<Record<string, DeviceFault>>;

/** Physics, whatever the device says on the wire. */
export interface Truth {
  /** Light leaves the device (a shutter: passes it). */
  readonly emission: boolean;
  /** Optical power leaving it, mW; of an AOTF the RF power of its channels; null for a shutter. */
  readonly powerMw: number | null;
  readonly setPointMw: number | null;
  readonly key: "on" | "off" | null;
  readonly interlock: "closed" | "open" | null;
  readonly warm: boolean | null;
  /** Registers worth seeing in a test, by the device's own names. */
  readonly registers: Readonly<Record<string, string | number | boolean>>;
}

export interface DeviceContext {
  readonly clock: Clock;
  readonly random: RandomStream;
  readonly faults: { active(name: string): boolean };
  /** Sends what nobody asked for. Text is latin-1: one character, one byte. */
  say(text: string): void;
  /** Number of this unit: another one after `other-unit`. */
  unit(): number;
}

export interface WireDevice {
  /** One command without its end; the whole answer with its ends, "" for none. latin-1 both ways. */
  answer(command: string): string;
  /** A fault began or ended. @param forS its time, if it was given one */
  changed?(fault: string, active: boolean, forS?: number): void;
  /** A client opened the port. */
  opened?(): void;
  /** Mains off and on: defaults, dark. */
  powerCycle(): void;
  truth(): Truth;
}

export interface DeviceModel {
  readonly title: string;
  /** Characters each of which ends a command. */
  readonly ends: string;
  /** Whether an empty command is one (a shell answers it). Otherwise it is skipped, so that CR LF is one end. */
  readonly empty?: boolean;
  /** Commands that act at their last character, without an end. */
  readonly atOnce?: (buffer: string) => boolean;
  /** End of a line that the fault `echo` sends back. */
  readonly echoEnd: string;
  /** Below this distance `drop-fast` drops a command, ms; 100 where left out. */
  readonly fastMs?: number;
  /** Faults beside those of the wire. */
  readonly faults: DeviceFaults;
  readonly create: (context: DeviceContext) => WireDevice;
}
