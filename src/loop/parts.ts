import type { Rig, RigInfo } from "../../drivers/contract.js";
import type {
  Clock,
  FieldFeature,
  Logger,
  ObjectiveSpec,
  Observation,
  ParameterSpec,
  Proposal,
  Settings,
  TradeOff,
} from "../core/index.js";
import type { Journal } from "../journal/index.js";
import type { EnvelopeKeeper, PacedSource, SourceLimits } from "../safety/index.js";
import type { Learnt, Mode, Outlook, Suspend } from "./contract.js";
import type { ScorerPort } from "./frame-desk.js";

/** What the loop needs of an optimiser, wherever it runs. */
export interface OptimiserPort {
  ask(): Promise<Proposal>;
  tell(observation: Observation): Promise<void>;
  /** Takes a proposal back that will not be measured. */
  forget(settings: Settings): Promise<void>;
  /** Settings of the best evaluated step by weights and posterior mean; null before there is one. */
  best(): Promise<Settings | null>;
  pareto(): Promise<{ readonly evaluated: readonly TradeOff[]; readonly predicted: readonly TradeOff[] }>;
  save(): Promise<unknown>;
  load(state: unknown): Promise<void>;
  /** One click among offered trade-offs, as they were expected to be. */
  prefer?(click: {
    readonly options: readonly Readonly<Record<string, number>>[];
    readonly chosen: number;
  }): Promise<void>;
  /** From now on all that was told counts like an earlier run of that name. */
  retire?(session: string): Promise<void>;
  /** Fits ahead while an image is taken; changes no proposal. */
  prepare?(): Promise<void>;
  /** What further images can still bring; null before there is a model. */
  outlook?(): Promise<Outlook | null>;
  /** How well what was learned from clicks foretells them; null before there is any, or where it is not wanted. */
  preference?(): Promise<Learnt | null>;
}

/** The part of the configuration that the loop itself reads. */
export interface LoopConfig {
  readonly mode: Mode;
  readonly gate: "auto" | "off";
  readonly fixed: Settings;
  readonly confocal: Settings;
  /** Features of the first confocal frame that the optimiser is told. */
  readonly context?: readonly FieldFeature[];
  readonly operatorLeaseS: number;
  readonly budget: {
    readonly steps?: number | undefined;
    readonly minutes?: number | undefined;
    readonly doseJPerCm2?: number | undefined;
  };
  readonly deadlinesS: { readonly score: number; readonly fit: number; readonly commit: number };
  readonly hold: {
    readonly control: number;
    readonly onDrift: "pause" | "tune";
    readonly tuneSteps: number;
  };
  /** Settings for hold mode; null = the best of this run. */
  readonly holdSettings: Settings | null;
  /** Nobody watches: trouble ends the run instead of waiting for a person. */
  readonly unattended: boolean;
  /** A daemon before ended without putting the light out: ask a person, refuse, or take this start as a person's act. */
  readonly adoption: "ask" | "refuse" | "accept";
  /** What follows when the budget is used up. */
  readonly afterBudget: "finish" | "hold";
}

/** Everything a session is made of; concrete parts arrive from outside. */
export interface SessionParts {
  readonly run: string;
  readonly rig: Rig;
  readonly info: RigInfo;
  readonly scorer: ScorerPort;
  readonly optimiser: OptimiserPort;
  readonly journal: Journal;
  readonly envelope: EnvelopeKeeper;
  /** Greatest power, ramp and duty by light source of the rig, and which setting drives it. */
  readonly sources: { readonly limits: SourceLimits; readonly driven: readonly PacedSource[] };
  readonly config: LoopConfig;
  readonly parameters: readonly ParameterSpec[];
  readonly objectives: readonly ObjectiveSpec[];
  readonly model: { readonly name: string; readonly engine: string; readonly notice: string };
  /** Declared conditions that hold the run; absent = none. */
  readonly suspend?: Suspend;
  readonly clock: Clock;
  readonly logger: Logger;
}
