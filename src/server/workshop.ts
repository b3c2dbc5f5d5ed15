import type { JournalEvent } from "../journal/index.js";
import type { Finding } from "./findings.js";

/** What the pages Rate, Train, Study and Rig need beside the run; absent, they say that they are off. */
export interface Workshop {
  /** The data folder: studies/, ratings/, models/ and audit.jsonl are made in it. */
  readonly data: string;
  /** Folders that people may name beside the data folder; null = any on this computer. */
  readonly folders: readonly string[] | null;
  /** How this program is started, e.g. [node, main.js]: trainings run as processes of their own. */
  readonly command: readonly string[];
  /** Limits in force, as the configuration has them. */
  readonly limits: Readonly<Record<string, unknown>>;
  /** What `stedloop doctor` finds. */
  readonly examine: () => AsyncIterable<Finding>;
  /** Writes a note to a run of the journal. */
  readonly annotate: (run: string, event: JournalEvent) => Promise<void>;
  readonly events: (run: string) => Promise<readonly JournalEvent[]>;
}
