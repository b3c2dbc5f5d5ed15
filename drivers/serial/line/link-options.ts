import type { Clock, Logger, RandomStream, StedError } from "../../../src/core/index.js";
import type { Command, Dialect, Line } from "./command.js";

/** What a driver needs of its connection: a port of its own, or its share of one. */
export interface DeviceLink {
  readonly ready: boolean;
  /** How long nothing has been asked, ms. */
  readonly restedMs: number;
  open(signal?: AbortSignal): Promise<void>;
  ask<T>(command: Command<T>, urgent?: boolean): Promise<T>;
  overtake(error: StedError): void;
  lose(reason: string): void;
  whenReady(): Promise<void>;
  close(): Promise<void>;
}
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
