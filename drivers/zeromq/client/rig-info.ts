import { type Clock, type Logger, ProtocolError } from "../../../src/core/index.js";
import type { RigCapabilities, RigInfo } from "../../contract.js";
import type { Result } from "../schemas.js";

export interface ZeromqRigOptions {
  /** Command endpoint, `tcp://HOST:PORT`. */
  readonly commands: string;
  /** Event endpoint; default what `hello` says; null = listen to none. */
  readonly events?: string | null;
  /** Who owns the rig; the same again after a restart of the daemon goes on. Default: a new one. */
  readonly session?: string;
  readonly client?: string;
  readonly version?: string;
  /** Keys for a rig off loopback: its public key (default `server.pub` in the folder) and the folder with ours. */
  readonly curve?: { readonly serverKey?: string; readonly keys: string };
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Default 5000. */
  readonly connectTimeoutMs?: number;
  /** For everything but acquire, region and focus. Default 2000. */
  readonly requestTimeoutMs?: number;
  /** For an acquisition whose duration cannot be reckoned from its settings. Default 120 000. */
  readonly acquireTimeoutMs?: number;
}
export function toInfo(hello: Result<"hello">): RigInfo {
  const { rig, server, start, leaseMs } = hello;
  return { rig, server, start, leaseMs, capabilities: hello.capabilities as RigCapabilities };
}

/** A rig that cannot listen in mid-frame cannot be kept alive in it either: its frame must fit into its lease. */
export function refuseBeyondLease(info: RigInfo | null, expectedMs: number | null): void {
  if (info === null || info.capabilities.concurrent || expectedMs === null) return;
  if (expectedMs <= info.leaseMs) return;
  const [scan, lease] = [expectedMs, info.leaseMs].map((ms) => `${(ms / 1000).toFixed(1)} s`);
  const message = `the scan takes ${scan}, but this rig cannot be renewed in mid-frame and its lease is ${lease}`;
  throw new ProtocolError("OUT_OF_RANGE", message, {
    hint: "fewer pixels, a shorter dwell time, or a longer lease at the rig",
  });
}
