import type { Clock, Logger } from "../../../src/core/index.js";
import type { LightKind } from "../../light-contract.js";

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
  readonly trace?: (direction: ">" | "<", text: string) => void;
}

/** Which port, and how it is had. */
export function portOf({ path, shared }: SerialLightOptions): {
  readonly path: string;
  readonly shared: boolean;
} {
  return { path, shared: shared === true };
}
