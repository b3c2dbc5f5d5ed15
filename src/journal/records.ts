/** What the journal keeps. The database is the truth; frames are referred to by their hash. */
import type {
  Frame,
  ObjectiveSpec,
  ObjectiveValues,
  Observation,
  ParameterSpec,
  Region,
  ScoreRecord,
  Settings,
  Why,
} from "../core/index.js";

export type RunOutcome = "running" | "finished" | "aborted" | "crashed";
export type FrameRole = "before" | "sted" | "after" | "extra";

export interface NewRun {
  readonly run: string;
  readonly startedAt: string;
  readonly seed: number;
  readonly mode: string;
  /** The whole resolved configuration, as JSON, and SHA-256 hashes of it and of its limits. */
  readonly config: unknown;
  readonly configHash: string;
  readonly limitsHash: string;
  readonly parameters: readonly ParameterSpec[];
  readonly objectives: readonly ObjectiveSpec[];
  readonly model: { readonly name: string; readonly version: string; readonly hash: string };
  readonly engine: { readonly name: string; readonly version: string; readonly threads: number };
  readonly software: string;
}
export interface RunRecord extends NewRun {
  readonly state: RunOutcome;
  /** Committed steps. */
  readonly iterations: number;
  readonly frames: number;
  readonly endedAt: string | null;
}

/** Written, and on disk, before any light: design.md §3. A step may have several attempts; lost ones stay. */
export interface StepIntent {
  readonly run: string;
  /** 1-based. */
  readonly step: number;
  readonly attempt: number;
  readonly at: string;
  readonly settings: Settings;
  readonly why: Why;
  readonly by: "auto" | "operator";
  /** The optimiser's state from which `ask` gave this proposal, and its work count. */
  readonly optimiserState: unknown;
  readonly work: number;
  /** What the optimiser proposed; differs from `settings` when the operator edited or chose. */
  readonly proposed: Settings;
  readonly region: Region | null;
  /** Start id of the rig: regions are unique within it. */
  readonly rigStart: string;
  /** Number of regions handed out so far in the run, this one included. */
  readonly regionsUsed: number;
  readonly plannedDoseUj: number;
  /** Light of a pixel by all frames of the step, and by the first look alone, J/cm²; absent where it cannot be told. */
  readonly plannedDoseJPerCm2?: number;
  readonly lookDoseJPerCm2?: number;
}
export interface StoredFrame {
  readonly role: FrameRole;
  readonly frame: Frame;
  readonly score: ScoreRecord | null;
}
/** Written after the frames, in one transaction with the step's new state. */
export interface StepResult {
  readonly run: string;
  readonly step: number;
  readonly attempt: number;
  readonly at: string;
  readonly actual: Settings;
  readonly objectives: ObjectiveValues;
  readonly observation: Observation;
  readonly score: ScoreRecord | null;
  readonly doseUj: number;
  readonly doseJPerCm2?: number;
  readonly frames: readonly StoredFrame[];
}
/** A frame's row: everything but its pixels. */
export interface FrameRow {
  readonly id: string;
  readonly hash: string;
  readonly role: FrameRole;
  readonly step: number | null;
  readonly frame: Omit<Frame, "pixels">;
  readonly dtype: "uint16" | "float32";
  readonly score: ScoreRecord | null;
}
export interface StepRecord {
  readonly intent: StepIntent;
  readonly state: "exposing" | "done" | "lost" | "failed";
  readonly result: Omit<StepResult, "frames"> | null;
  readonly frames: readonly FrameRow[];
  /** Why a lost or failed attempt gave nothing. */
  readonly reason?: string;
}
export interface JournalEvent {
  readonly at: string;
  readonly step: number | null;
  readonly kind: string;
  readonly data: unknown;
}

/** The writing side; one per data folder, held by a lock that dies with its process. Every promise resolves once on disk. */
export interface Journal {
  createRun(run: NewRun): Promise<void>;
  beginStep(intent: StepIntent): Promise<void>;
  commitStep(result: StepResult): Promise<void>;
  /** An attempt that gave no observation: `lost` (light unaccounted for, counted in full) or `failed`. */
  endAttempt(
    run: string,
    step: number,
    attempt: number,
    state: "lost" | "failed",
    reason: string,
  ): Promise<void>;
  /** A frame outside a step (observe mode, skipped regions): kept once per hash; false = already there. */
  addFrame(run: string, frame: StoredFrame): Promise<boolean>;
  addEvent(run: string, event: JournalEvent): Promise<void>;
  endRun(run: string, state: Exclude<RunOutcome, "running">, at: string): Promise<void>;
  reopenRun(run: string): Promise<void>;
  /** Reading works on the writer too. */
  readonly reader: JournalReader;
  close(): Promise<void>;
}
export interface StepsOptions {
  /** false: `intent.optimiserState` is null. Default true. */
  readonly optimiserStates?: boolean;
}
/** The reading side; works beside a running daemon. */
export interface JournalReader {
  /** Oldest first. A run whose daemon is gone without a word is `crashed`. */
  runs(): Promise<readonly RunRecord[]>;
  /** `latest` or an id; rejects UsageError RUN_UNKNOWN. */
  run(id: string): Promise<RunRecord>;
  /** Attempts in the order they were begun. Long runs hold megabytes of optimiser states: leave them out where nobody looks. */
  steps(run: string, options?: StepsOptions): Promise<readonly StepRecord[]>;
  /** Frames outside a step, in the order they were kept. */
  extras(run: string): Promise<readonly FrameRow[]>;
  events(run: string): Promise<readonly JournalEvent[]>;
  /** Pixels included; by frame id or hash; null when unknown. */
  frame(run: string, idOrHash: string): Promise<Frame | null>;
  close(): Promise<void>;
}
