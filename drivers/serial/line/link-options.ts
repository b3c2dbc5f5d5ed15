import type { Clock, Logger, RandomStream } from "../../../src/core/index.js";
import type { Command, Dialect, Line } from "./command.js";

export interface LinkOptions {
  readonly path: string;
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Jitter of the back-off. */
  readonly random: RandomStream;
  readonly openWithinMs: number;
  readonly shared?: boolean;
  /** Queries only; returns who answers as one comparable text, and a question whose answer is known. */
  readonly identify: (
    line: Line,
  ) => Promise<{ readonly device: string; readonly landmark: Command<boolean> | null }>;
  /** After a loss, the same device answers: makes it dark and confirms. */
  readonly darken: (line: Line) => Promise<void>;
  readonly lost: (reason: string) => void;
  readonly stillLost: (reason: string) => void;
  readonly found: () => void;
  readonly aside?: (line: string) => void;
  readonly trace?: (direction: ">" | "<", text: string) => void;
}
