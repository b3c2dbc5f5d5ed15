/** What the loop shows to the server and takes from it. `SessionState` is the body of GET /api/v1/state. */
import type { LightState, RigFault, RigState } from "../../drivers/contract.js";
import type {
  Frame,
  ObjectiveSpec,
  ObjectiveValues,
  ParameterSpec,
  Region,
  ScoreRecord,
  Settings,
  TradeOff,
  Why,
} from "../core/index.js";

export const modes = ["observe", "assist", "auto", "hold"] as const;
export type Mode = (typeof modes)[number];

/** `safe`: dark after an E-stop or a lapsed lease, waits for an operator's resume. */
export type RunState =
  | "starting"
  | "running"
  | "waiting"
  | "paused"
  | "stopping"
  | "safe"
  | "finished"
  | "aborted"
  | "failed";

/** A proposal before the operator or the rule. `options` are trade-offs to choose from (assist). */
export interface PendingProposal {
  readonly id: string;
  readonly step: number;
  readonly settings: Settings;
  readonly why: Why;
  readonly options: readonly TradeOff[];
  /** When the operator's lease lapses (RFC 3339); null in auto. */
  readonly until: string | null;
}
export interface FrameSummary {
  /** Id for GET /frames/:id */
  readonly id: string;
  readonly kind: Frame["kind"];
  /** before | sted | after within a step; null for a frame nobody asked for */
  readonly role: "before" | "sted" | "after" | null;
  readonly step: number | null;
  readonly shape: readonly [number, number];
  readonly pixelSizeNm: number;
  readonly settings: Settings;
  readonly acquiredAt: string;
  readonly saturated: number;
  readonly score: ScoreRecord | null;
}
export interface StepSummary {
  readonly step: number;
  readonly at: string;
  readonly region: string | null;
  readonly settings: Settings;
  readonly actual: Settings;
  readonly why: Why;
  /** Who let it through. */
  readonly by: "auto" | "operator";
  readonly objectives: ObjectiveValues;
  /** Of the STED frame. */
  readonly score: ScoreRecord | null;
  readonly frames: {
    readonly before: string | null;
    readonly sted: string | null;
    readonly after: string | null;
  };
}
/** What further images can still be expected to bring: `remaining` ± `sd` as a share, and whether to stop. */
export interface Outlook {
  readonly remaining: number;
  readonly sd: number;
  readonly stop: boolean;
  readonly text: string;
}
/** What was learned from clicks, and how well it foretells clicks that it was not shown. */
export interface Learnt {
  readonly clicks: number;
  /** Share of held-out comparisons foretold rightly. */
  readonly accuracy: number;
  /** Mean squared error of the foretold probabilities; 0.25 = a coin. */
  readonly brier: number;
  /** Foretold against found: of `n` comparisons foretold with `from` to `to`, the share `found` came true. */
  readonly bins: readonly {
    readonly from: number;
    readonly to: number;
    readonly n: number;
    readonly found: number;
  }[];
  /** Whether it may decide in auto mode. */
  readonly ready: boolean;
}
export interface SessionState {
  /** Number of the last event that this state includes. */
  readonly seq: number;
  readonly run: string | null;
  readonly state: RunState;
  /** What the loop is doing, in words an operator knows: "scoring", "waiting for you"… */
  readonly stage: string;
  readonly mode: Mode;
  /** Completed steps. */
  readonly step: number;
  readonly budget: {
    readonly steps: number | null;
    readonly minutes: number | null;
    readonly minutesUsed: number;
    readonly doseUj: number;
    /** Light that a pixel has had in this run, and at the current place, J/cm²; each with its limit, null = none. */
    readonly doseJPerCm2: number;
    readonly doseLimitJPerCm2: number | null;
    readonly regionJPerCm2: number;
    readonly regionLimitJPerCm2: number | null;
  };
  readonly rig: {
    readonly name: string;
    readonly state: RigState | "lost";
    readonly light: readonly LightState[];
    readonly faults: readonly RigFault[];
    readonly region: Region | null;
    readonly concurrent: boolean;
  };
  /** What is being exposed or was last exposed. */
  readonly current: { readonly step: number; readonly settings: Settings; readonly why: Why } | null;
  readonly proposal: PendingProposal | null;
  readonly last:
    | (Pick<ScoreRecord, "score" | "lower" | "upper" | "inDomain"> & {
        readonly objectives: Readonly<Record<string, number | null>>;
        readonly reason?: string;
        readonly step: number;
        readonly settings: Settings;
        readonly frames: StepSummary["frames"];
      })
    | null;
  /** Who holds control, by token name; null when nobody does. */
  readonly holder: string | null;
  readonly parameters: readonly ParameterSpec[];
  readonly objectives: readonly ObjectiveSpec[];
  readonly model: { readonly name: string; readonly engine: string; readonly notice: string };
  /** One plain line when something needs a person; null otherwise. */
  readonly alert: string | null;
  readonly skipped: number;
  /** Stopping advice after the last step; null before the model has something to say. */
  readonly outlook: Outlook | null;
  /** Declared conditions that hold the run while they are bad; null = none are declared. */
  readonly suspend: {
    readonly on: readonly string[];
    readonly goodForS: number;
    /** What is bad now. */
    readonly holds: readonly Hold[];
    /** The run is held by them, and goes on by itself, or (`needsOperator`) after a person's resume. */
    readonly held: boolean;
    readonly needsOperator: boolean;
    /** Held, but all has been good since; null = it is not, or nothing is held. */
    readonly goodSince: string | null;
  } | null;
  /** Preference learned from clicks on trade-offs; null where none is learned. */
  readonly learnt: Learnt | null;
  /** Other limits in force for a while, by an admin; null = the configured ones. */
  readonly maintenance: {
    readonly by: string;
    readonly reason: string;
    readonly until: string;
    readonly limits: Readonly<Record<string, { readonly min?: number | undefined; readonly max: number }>>;
  } | null;
  readonly at: string;
}

/** A numbered delta. `patch` holds whole top-level fields of SessionState that changed. */
export type SessionEvent = { readonly seq: number; readonly at: string } & (
  | { readonly type: "state"; readonly patch: Partial<SessionState> }
  | { readonly type: "frame"; readonly frame: FrameSummary }
  | { readonly type: "step"; readonly step: StepSummary }
  | { readonly type: "progress"; readonly step: number; readonly line: number; readonly lines: number }
  | { readonly type: "note"; readonly level: "info" | "warn" | "error"; readonly message: string }
);

/** Refusals reject with a StedError whose `line` is fit for the operator. */
export interface SessionCommands {
  approve(proposal: string, by: string): Promise<void>;
  reject(proposal: string, by: string): Promise<void>;
  /** Replaces the proposal's settings; passes the envelope like any other. */
  edit(proposal: string, settings: Settings, by: string): Promise<void>;
  /** Picks one of the proposal's options, by its index. */
  choose(proposal: string, option: number, by: string): Promise<void>;
  setMode(mode: Mode, by: string): Promise<void>;
  pause(by: string): Promise<void>;
  /** Goes on after a pause; leaves `safe` after an E-stop. */
  resume(by: string): Promise<void>;
  /** Leaves this region and takes the same proposal elsewhere. */
  skip(by: string): Promise<void>;
  /** Takes the last step's settings once more. */
  repeat(by: string): Promise<void>;
  /** Ends the run after this step. */
  stop(by: string): Promise<void>;
  /** Ends the run now; what is there is kept. */
  abort(by: string): Promise<void>;
  /** Other limits for some minutes, an admin's act; refused while light is on. */
  beginMaintenance(
    wanted: {
      readonly limits: Readonly<Record<string, { readonly min?: number | undefined; readonly max: number }>>;
      readonly minutes: number;
      readonly reason: string;
    },
    by: string,
  ): Promise<void>;
  endMaintenance(by: string): Promise<void>;
  /** E-stop. Resolves when every source is confirmed dark. */
  panic(reason: string, by: string): Promise<readonly LightState[]>;
}
export interface SessionView extends SessionCommands {
  state(): SessionState;
  /** Events after `seq` from the buffer, or null when they are no longer there (send the full state). */
  since(seq: number): readonly SessionEvent[] | null;
  subscribe(listener: (event: SessionEvent) => void): () => void;
  /** All completed steps of this run, oldest first. */
  steps(): readonly StepSummary[];
  /** A frame of this run by id: from memory or the journal; null when unknown. */
  frame(id: string): Promise<Frame | null>;
}

/** A declared condition that is bad at this moment. */
export interface Hold {
  readonly reason: string;
  /** It does not go on by itself; a run that nobody attends ends. */
  readonly needsOperator: boolean;
}
export interface Suspend {
  /** Names of the conditions, as configured. */
  readonly on: readonly string[];
  /** How long everything must have been good before the run goes on by itself, s. */
  readonly goodForS: number;
  /** What is bad now; asked every second or so while a run goes on. */
  readonly look: () => Promise<readonly Hold[]>;
}
