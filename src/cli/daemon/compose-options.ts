import type { ResolvedConfig } from "../../config/index.js";
import type { Clock, Logger, Settings } from "../../core/index.js";
import type { Journal, RunRecord, StepRecord } from "../../journal/index.js";

/** A run to go on with, as the journal holds it. */
export interface Earlier {
  readonly record: RunRecord;
  readonly steps: readonly StepRecord[];
}
export interface ComposeOptions {
  readonly config: ResolvedConfig;
  readonly seed: number;
  /** The data folder. */
  readonly data: string;
  readonly journal: Journal;
  readonly earlier: Earlier | null;
  readonly unattended: boolean;
  readonly afterBudget: "finish" | "hold";
  readonly holdSettings: Settings | null;
  readonly timeScale: number;
  readonly clock: Clock;
  readonly logger: Logger;
}
