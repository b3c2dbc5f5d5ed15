import type { Clock, Logger } from "../../../src/core/index.js";
import type { LightIdentity, LightKind } from "../../light-contract.js";
import type { PortPool } from "../line/port-pool.js";

/** @param identity who was there a moment ago: if its landmark question is answered as known, nothing else is asked */
export interface Hurry {
  readonly identity?: LightIdentity | undefined;
}
export interface SerialLightOptions {
  readonly name: string;
  /** Port: /dev/serial/by-id/…, COM5, a link to a pseudo-terminal. */
  readonly path: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Role on this rig, where it is otherwise than usual for the kind. */
  readonly role?: LightKind;
  /** The only serial number that is accepted. */
  readonly serialNumber?: string;
  /** Status is read this often by itself and told to subscribers; 0 = never. */
  readonly heartbeatMs?: number;
  /** How long `close` tries to get the light off. Default: twice the device's worst time to dark. */
  readonly patienceMs?: number;
  readonly openWithinMs?: number;
  /** Does not lock the port, and opens one that another program has locked: for the guard alone. */
  readonly shared?: boolean;
  /** Where several devices of one box are on one port: those of one pool share its connection. */
  readonly ports?: PortPool;
  /** For the guard alone: nothing is read that "off" has no need of. */
  readonly hurry?: Hurry;
  readonly trace?: (direction: ">" | "<", text: string) => void;
}

/** Which port, and how it is had. */
export function portOf({ path, shared }: SerialLightOptions): {
  readonly path: string;
  readonly shared: boolean;
} {
  return { path, shared: shared === true };
}
