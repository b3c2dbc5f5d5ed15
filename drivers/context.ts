import type { Approved, Clock, Logger } from "../src/core/index.js";
import type {
  AcquireRequest,
  LightCommand,
  LightIdentity,
  LightSource,
  LightStatus,
  Rig,
} from "./contract.js";

/** The simulated rig as a process of its own, started by whoever owns the command line. */
export interface SimulatedRigProcess {
  readonly commands: string;
  readonly events: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A light source behind its state machine (src/safety/light): the only door to it that a rig gets. */
export interface SupervisedLight {
  readonly name: string;
  view(): {
    readonly stage: "dark" | "arming" | "warming" | "ready" | "on" | "fault" | "lost";
    /** Not known counts as on. */
    readonly on: boolean;
    readonly confirmed: boolean;
    readonly powerMw: number;
    readonly setPointMw: number | null;
    readonly latch: string | null;
    readonly warm: boolean | null;
    readonly faults: readonly { readonly code: string; readonly message: string }[];
  };
  /** The device answers: off first. Resolves when it is confirmed dark. */
  found(): Promise<void>;
  lease(valid: boolean, reason: string): void;
  /** Set-point (none for a shutter), ramped; resolves when it may be lit. */
  arm(powerMw?: number): Promise<void>;
  /** Longest time from its order to light so far, ms; null = not known. */
  readonly usualOnMs: number | null;
  /** @param others others shine meanwhile and wait for it: no longer than it usually takes */
  lightUp(others?: boolean): Promise<void>;
  /** Resolves when dark is confirmed. */
  off(reason: string): Promise<void>;
  reset(): void;
  look(): Promise<unknown>;
  close(): void;
}

/** A device as the guard process finds it again. */
export interface GuardedDevice {
  readonly name: string;
  readonly device: string;
  readonly port: string;
  readonly serialNumber?: string;
  readonly channel?: number;
  readonly baudRate?: number;
  /** Who answered there at the start; absent while nobody did. */
  readonly identity?: LightIdentity;
  /** Closed before those that make light. */
  readonly gate: boolean;
}
/** The small process that darkens the devices when this one cannot any more. */
export interface LightGuard {
  /** Resolves once it stands behind light; rejects when it is gone: then there must be none. */
  arm(): Promise<void>;
  /** The loop's heartbeat. */
  beat(): void;
  /** Everything is dark: it need not act when this process stalls. */
  disarm(): void;
  close(): Promise<void>;
  readonly alive: boolean;
}

/** What was last ordered of a source, kept in a file that outlives a crash. */
export interface LightCrumb {
  readonly name: string;
  readonly device: string;
  readonly port: string;
  readonly setPointMw: number | null;
  readonly on: boolean;
}
export interface LightCrumbs {
  readonly at: string;
  /** false: the daemon that wrote it ended in the dark by itself. */
  readonly open: boolean;
  readonly sources: readonly LightCrumb[];
}

/** What a rig that drives light sources itself needs of safety; made where configuration and rooms meet. */
export interface LightServices {
  supervise(
    source: LightSource,
    options: { readonly onChange: () => void; readonly leastMw: () => number },
  ): SupervisedLight;
  /** One step of an approved request, without the settings that are none of `names`. */
  stepOf(
    request: Approved<AcquireRequest>,
    index: number,
    names: readonly string[],
  ): Approved<AcquireRequest>;
  /** Greatest power of a source, mW; undefined = it has no entry. */
  maxMw(source: string): number | undefined;
  maxRampMwPerS(source: string): number | undefined;
  startGuard(devices: readonly GuardedDevice[], leaseMs: number): Promise<LightGuard>;
  readCrumbs(): LightCrumbs | null;
  /** On disk when it returns. */
  writeCrumbs(crumbs: Omit<LightCrumbs, "at">): void;
  /** The line of the configuration file that a path of keys stands on: " (line 12)"; "" where it is not known. */
  lineOf(keys: readonly (string | number)[]): string;
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
  readonly light: LightServices;
}
/** `config` is the `rig:` part of the configuration, already checked by its schema. */
export type OpenDriver = (config: never, context: DriverContext) => Promise<Rig>;
export type { LightCommand, LightStatus };
