import type { Proposal, Settings } from "../core/index.js";
import type { Limits } from "./space.js";

export interface AskOptions {
  /** Knobs held at a value in this proposal; names that are no parameters count in the dose. */
  readonly fixed?: Settings;
  /** Hard limits of this ask, on top of the space's. */
  readonly limits?: Limits;
  readonly maxDoseUj?: number;
  /** Ask as if nothing were pending. */
  readonly excludePending?: boolean;
  /** false: map the trade-off although the space has weights (assist mode). */
  readonly prefer?: boolean;
  /** Stop after so many batches of candidates: a journalled `work` reproduces a proposal that the clock cut. */
  readonly maxWork?: number;
  /** Features of the field that the settings are for, where it was seen already; else a typical field is meant. */
  readonly context?: Readonly<Record<string, number>>;
  /** True when the caller's clock has run out; looked at between batches. */
  readonly expired?: () => boolean;
}
export interface AskResult extends Proposal {
  /** What a person should know: a threshold that was loosened, an objective that is mostly noise. */
  readonly notes: readonly string[];
}
export interface TellOptions {
  /** Refuse settings beyond the parameters' bounds and unknown names (stdio, HTTP). Default: keep what is known. */
  readonly strict?: boolean;
}
export interface Predicted {
  readonly mean: readonly Readonly<Record<string, number>>[];
  readonly sd: readonly Readonly<Record<string, number>>[];
}
