/** One finding: what was looked at, whether it works here, and what to do when it does not. */
export interface Finding {
  readonly name: string;
  /** `info`: fine as it is, worth knowing. */
  readonly state: "ok" | "info" | "fault";
  readonly detail: string;
  readonly hint?: string;
}
