import type { Clock, Logger } from "../src/core/index.js";
import type { Rig } from "./contract.js";

/** The simulated rig as a process of its own, started by whoever owns the command line. */
export interface SimulatedRigProcess {
  readonly commands: string;
  readonly events: string;
  readonly pid: number;
  stop(): Promise<void>;
}
export interface DriverContext {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Identifies this run at the rig: a client that reconnects with it goes on. */
  readonly session: string;
  readonly version: string;
  readonly startRig: (args: readonly string[]) => Promise<SimulatedRigProcess>;
  /** Regions handed out already (resume), and what fills the gaps of the simulated rig's config. */
  readonly firstRegion: number;
  readonly seed: number;
  readonly timeScale: number;
}
/** `config` is the `rig:` part of the configuration, already checked by its schema. */
export type OpenDriver = (config: never, context: DriverContext) => Promise<Rig>;
