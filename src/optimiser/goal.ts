import type { Acquisition } from "./nehvi.js";

/** What a search is after: its acquisition, in words, and settings around which to look closer. */
export interface Goal {
  readonly acquisition: Acquisition;
  readonly aim: string;
  readonly centres: readonly Float64Array[];
}
