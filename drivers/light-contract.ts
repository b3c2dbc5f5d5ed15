/**
 * What a separately driven light source is to the daemon: a laser, an AOTF channel or a shutter. One file a kind in
 * drivers/serial/<kind>/device.ts; contract.ts re-exports this page. Powers are the device's own, in mW; what arrives
 * at the sample comes from a calibration (drivers/composite).
 */
import type { Approved } from "../src/core/index.ts";

export type LightKind = "excitation" | "depletion" | "shutter" | "other";

export interface LightIdentity {
  readonly vendor: string;
  readonly model: string;
  /** What a reconnect is checked against; "" where the device has none to tell. */
  readonly serialNumber: string;
  readonly firmware: string;
}

/** Everything read back from the device. `null` = it cannot or did not say; an unknown light counts as on. */
export interface LightStatus {
  readonly on: boolean | null;
  /** Emitted power as measured by the device, mW. */
  readonly powerMw: number | null;
  readonly setPointMw: number | null;
  readonly interlock: "closed" | "open" | "unknown";
  readonly key: "on" | "off" | "unknown";
  /** Ready to emit at its set point. */
  readonly warm: boolean | null;
  /** Faults in plain words: what is wrong and what to do. */
  readonly faults: readonly { readonly code: string; readonly message: string }[];
}

export interface LightLimits {
  readonly minMw: number;
  /** As the device itself reports it, mW. 0 for a shutter. */
  readonly maxMw: number;
}

/** A change that makes light, or more of it. Only src/safety approves one. */
export interface LightCommand {
  readonly source: string;
  /** Set point of the device, mW; left out = leave it. A shutter takes none. */
  readonly powerMw?: number;
  /** Left out = leave it. `false` never needs an approval: call `off`. */
  readonly on?: true;
}

export type LightEvent =
  | { readonly type: "status"; readonly status: LightStatus }
  | { readonly type: "fault"; readonly code: string; readonly message: string }
  | { readonly type: "lost"; readonly reason: string }
  /** The same device (by serial number) answers again. Its light was commanded off before anything else. */
  | { readonly type: "found" };

export interface LightSource {
  readonly name: string;
  readonly kind: LightKind;
  /** Connects, identifies and reads; never switches light on. Rejects ConnectError (nobody, wrong device) or ProtocolError. */
  open(signal?: AbortSignal): Promise<LightIdentity>;
  /** Valid after `open`. */
  limits(): LightLimits;
  status(): Promise<LightStatus>;
  /**
   * Sets power and/or switches on; resolves when the read-back agrees (emission delays included). Rejects
   * ProtocolError (INTERLOCK, KEY, FAULT, OUT_OF_RANGE, READBACK), DeadlineError or ConnectError LOST.
   */
  apply(command: Approved<LightCommand>): Promise<LightStatus>;
  /** Overtakes everything queued, is repeated until the device confirms dark; safe to call twice; rejects only once closed. */
  off(reason: string): Promise<LightStatus>;
  subscribe(listener: (event: LightEvent) => void): () => void;
  /** Off first (bounded by `patienceMs`), then the port is closed. */
  close(): Promise<void>;
  /** How long the device may take from `off` to confirmed dark at worst, ms: what the supervisor plans with. */
  readonly darkWithinMs: number;
}
