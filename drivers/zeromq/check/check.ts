import type { Bench } from "./bench.js";

/** One rule of the protocol. Resolves with what was seen; throws CheckFailed with what is wrong. */
export interface Check {
  readonly name: string;
  readonly run: (bench: Bench) => Promise<string>;
}
