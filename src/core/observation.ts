import type { Settings } from "./settings.js";

export type Direction = "minimise" | "maximise";

/** What an objective is: everything the optimiser, the page and a report need to know of it. */
export interface ObjectiveSpec {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly direction: Direction;
  /** The good end of the declared range. */
  readonly ideal: number;
  readonly worstAcceptable: number;
  readonly weight: number;
  /** An exact function of the settings (product × factor): never modelled, never told. */
  readonly known?: { readonly product: readonly string[]; readonly factor?: number };
  readonly noiseSd?: number;
  /** A soft limit: not to be passed, but it can only be learned. */
  readonly limit?: number;
}

/** One objective's value from one triple of frames; null comes with its reason. */
export interface ObjectiveValue {
  readonly value: number | null;
  readonly unit: string;
  readonly reason?: string;
}
export type ObjectiveValues = Readonly<Record<string, ObjectiveValue>>;

/** What the optimiser is told of one step. */
export interface Observation {
  readonly settings: Settings;
  readonly objectives: Readonly<Record<string, number | null>>;
  readonly failed?: boolean;
  /** Name of the earlier run it comes from: it enters as discounted data. Absent: measured in this run. */
  readonly session?: string;
  /** What was seen of the field before depletion light, by feature; the same names every time. */
  readonly context?: Readonly<Record<string, number>>;
}

/** Why a proposal was made, in one sentence with numbers. */
export interface Why {
  readonly text: string;
  readonly expected: Readonly<Record<string, number>>;
  readonly uncertainty: Readonly<Record<string, number>>;
  /** e.g. "initial design", "explores", "exploits", "operator" */
  readonly kind: string;
  /** Where there are soft limits: the probability that each is kept. */
  readonly within?: Readonly<Record<string, number>>;
}

export interface Proposal {
  readonly settings: Settings;
  readonly why: Why;
  /** Work units counted by the optimiser (design.md §3, Determinism). */
  readonly work: number;
}

/** A trade-off an operator may choose: predicted or evaluated. */
export interface TradeOff {
  readonly settings: Settings;
  readonly objectives: Readonly<Record<string, number>>;
  readonly sd?: Readonly<Record<string, number>>;
}

/** What can be told of a field before depletion light: of the counts over the foreground of the first confocal. */
export const fieldFeatures = [
  "foregroundMean",
  "foregroundQ05",
  "foregroundQ25",
  "foregroundQ50",
  "foregroundQ75",
  "foregroundQ95",
  "foregroundShare",
] as const;
export type FieldFeature = (typeof fieldFeatures)[number];
