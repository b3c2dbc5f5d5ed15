import { StedError } from "../../../src/core/index.js";

export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  /** What was seen; for a failure which rule was broken and how. */
  readonly detail: string;
}

/** A rule that the server breaks, in words for its author. */
export class CheckFailed extends StedError {
  constructor(message: string) {
    super("CHECK_FAILED", message);
  }
}

/** Throws CheckFailed(message) unless `holds`. */
export function demand(holds: boolean, message: string): asserts holds {
  if (!holds) throw new CheckFailed(message);
}
