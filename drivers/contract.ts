/**
 * The one page that a driver author reads. A `Rig` is what the loop talks to; a `RigBackend` is what a
 * rig server puts on the wire (drivers/zeromq). Both speak settings whose names carry their units.
 */
import type {
  Approved,
  Frame,
  FrameKind,
  ParameterSpec,
  Pixels,
  Region,
  Settings,
} from "../src/core/index.ts";
import type { LightKind } from "./light-contract.ts";

export type {
  LightCommand,
  LightEvent,
  LightIdentity,
  LightKind,
  LightLimits,
  LightSource,
  LightStatus,
} from "./light-contract.ts";

export interface RigIdentity {
  readonly name: string;
  readonly vendor: string;
  readonly model: string;
  readonly serial: string;
}
export interface RigCapabilities {
  readonly kinds: readonly FrameKind[];
  readonly parameters: readonly ParameterSpec[];
  /** Tighter than the parameters' own bounds, where the rig says so. */
  readonly limits: Readonly<Record<string, { readonly max: number }>>;
  readonly channels: readonly string[];
  readonly regions: "next" | "stage" | "none";
  readonly focus: boolean;
  readonly progress: boolean;
  /** Publishes frames that the operator takes by hand. */
  readonly observe: boolean;
  /** Answers status, abort and safe during an acquisition. */
  readonly concurrent: boolean;
  /** The daemon itself drives the light sources (composite rigs): their ramps and set-points are the driver's. */
  readonly ownLight?: boolean | undefined;
  /** Time that a step may take besides its scan at worst, ms: set-points, ramps, emission delays. Default 0. */
  readonly overheadMs?: number | undefined;
}
export interface RigInfo {
  readonly rig: RigIdentity;
  readonly server: { readonly name: string; readonly version: string };
  /** Changes whenever the rig starts anew: regions and frames of another start are void. */
  readonly start: string;
  readonly leaseMs: number;
  readonly capabilities: RigCapabilities;
  /** A daemon before this one ended without putting the light out: what it had ordered and what was found, in words. */
  readonly adopted?: { readonly at: string; readonly lines: readonly string[] } | undefined;
}
export interface LightState {
  readonly name: string;
  readonly kind: LightKind;
  readonly on: boolean;
  readonly powerMw: number;
  /** Read back from the device; false = believed only. */
  readonly confirmed: boolean;
}
export interface RigFault {
  readonly code: string;
  readonly message: string;
  readonly source: string;
}
export type RigState = "idle" | "acquiring" | "safe" | "fault";
export interface RigStatus {
  readonly state: RigState;
  readonly owner?: string | undefined;
  readonly light: readonly LightState[];
  readonly faults: readonly RigFault[];
  readonly region: Region | null;
}
export interface AcquireStep {
  readonly kind: FrameKind;
  readonly settings: Settings;
}
export interface AcquireRequest {
  readonly steps: readonly AcquireStep[];
  /** Id of the region meant; refused when the rig is elsewhere. */
  readonly region?: string;
  readonly widthPx?: number;
  readonly heightPx?: number;
  readonly timeoutMs?: number;
}
export interface AcquireResult {
  readonly frames: readonly Frame[];
  readonly durationMs: number;
}
export type RegionMove = { readonly move: "next" } | { readonly xUm: number; readonly yUm: number };

/** What happens without being asked for. `lost`: the connection went; `restarted`: another start answers. */
export type RigEvent =
  | { readonly type: "frame"; readonly frame: Frame; readonly request?: string }
  | { readonly type: "progress"; readonly step: number; readonly line: number; readonly lines: number }
  | {
      readonly type: "state";
      readonly state: RigState;
      readonly owner?: string | undefined;
      readonly light: readonly LightState[];
    }
  | { readonly type: "fault"; readonly fault: RigFault }
  | { readonly type: "gap"; readonly missed: number }
  | { readonly type: "lost"; readonly reason: string }
  | { readonly type: "found" }
  | { readonly type: "restarted"; readonly start: string };

export interface Rig {
  /** Connects and identifies; never switches light on. Rejects ConnectError or ProtocolError. */
  open(): Promise<RigInfo>;
  status(): Promise<RigStatus>;
  /** Renews the lease. Only the main loop calls it, as rig-protocol.md (Lease) says. */
  heartbeat(): Promise<void>;
  region(move: RegionMove): Promise<Region>;
  /** Present only where `capabilities.focus`. */
  focus?(rangeUm: number): Promise<{ readonly zUm: number; readonly score: number }>;
  /** Exposes the sample, the steps in order; resolves when light is off again. Rejects with the rig's code. */
  acquire(request: Approved<AcquireRequest>): Promise<AcquireResult>;
  /** Ends the acquisition in progress; its `acquire` rejects ABORTED. */
  abort(): Promise<void>;
  /** Resolves when every light source is confirmed dark. Overtakes everything, safe to call twice. */
  safe(reason: string): Promise<readonly LightState[]>;
  /** Leaves `safe`; an operator's act only. */
  resume(): Promise<void>;
  /** Ends ownership in the dark without going to `safe`. */
  release(): Promise<void>;
  /** Tells `listener` every event until the returned function is called. */
  subscribe(listener: (event: RigEvent) => void): () => void;
  /** Where frames come unasked: resolves when those that have arrived were told. A run calls it before its last word. */
  settle?(): Promise<void>;
  close(): Promise<void>;
}

/** What a backend hands to the rig server for one step. */
export interface ExposedFrame {
  readonly pixels: Pixels;
  readonly shape: readonly [number, number];
  readonly pixelSizeNm: number;
  /** Read back while exposing. */
  readonly actual: Settings;
  readonly saturated: number;
}
export interface ExposeContext {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Aborted by `abort`, `safe` or a lapsed lease: go dark, then reject ABORTED within 500 ms. */
  readonly signal: AbortSignal;
  readonly onLine?: (line: number, lines: number) => void;
}
/** The rig's side of the protocol: hardware (or the simulator) behind a rig server. */
export interface RigBackend {
  readonly identity: RigIdentity;
  readonly capabilities: RigCapabilities;
  /** The region now under the scanner; null before the first move. */
  current(): Region | null;
  region(move: RegionMove): Promise<Region>;
  focus?(rangeUm: number): Promise<{ readonly zUm: number; readonly score: number }>;
  /** One frame. Settings were checked against `capabilities` and defaults filled in. Light is off when it settles. */
  expose(step: AcquireStep, context: ExposeContext): Promise<ExposedFrame>;
  /** Duration of one frame on the rig's clock, ms. */
  scanMs(settings: Settings, widthPx: number, heightPx: number): number;
  light(): readonly LightState[];
  faults(): readonly RigFault[];
  /** Every source off and read back; never throws, safe to call twice. */
  dark(): Promise<readonly LightState[]>;
  /** Tells of frames, faults and light changes that nobody asked for. */
  subscribe?(listener: (event: BackendEvent) => void): () => void;
  close?(): Promise<void>;
}
export type BackendEvent =
  | {
      readonly type: "frame";
      readonly kind: FrameKind;
      readonly settings: Settings;
      readonly frame: ExposedFrame;
      readonly origin: "operator" | "rig";
    }
  | { readonly type: "fault"; readonly fault: RigFault }
  | { readonly type: "light" };
