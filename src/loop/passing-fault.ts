import { DeadlineError, ProtocolError, type StedError } from "../core/index.js";

/** Faults of one acquisition that the next may be free of, whatever the rig itself thinks of retrying. */
const ofOneFrame: ReadonlySet<string> = new Set([
  "BAD_FRAME",
  "BAD_REPLY",
  "DEVICE_LOST",
  "TIMEOUT",
  "SATURATED",
  "NO_FOREGROUND",
]);
/** Faults that only a person ends, also where a rig calls them retryable. */
const forAPerson: ReadonlySet<string> = new Set(["INTERLOCK", "SAFE_STATE", "BUSY"]);

/** May the same proposal be tried again, on a new region, without asking anybody? Pure. */
export function mayPass(error: StedError): boolean {
  if (error instanceof DeadlineError) return true;
  if (!(error instanceof ProtocolError) || forAPerson.has(error.code)) return false;
  return error.retryable || ofOneFrame.has(error.code);
}
