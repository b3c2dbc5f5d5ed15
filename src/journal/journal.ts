import { mkdir } from "node:fs/promises";
import { type Clock, type Frame, type Logger, timestamp, WorkerClient } from "../core/index.js";
import { openJournalReader } from "./reader.js";
import type {
  Journal,
  JournalEvent,
  JournalReader,
  NewRun,
  RunOutcome,
  StepIntent,
  StepResult,
  StoredFrame,
} from "./records.js";
import { storeError } from "./store-errors.js";

export interface JournalOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Opens a data folder for writing, makes it where there is none, and brings its tables to this version.
 * @throws UsageError DATA_IN_USE when another daemon works on it; StoreError when it cannot be written or is damaged
 */
export async function openJournal(dataDir: string, options: JournalOptions): Promise<Journal> {
  const { clock, logger } = options;
  try {
    await mkdir(dataDir, { recursive: true });
  } catch (thrown) {
    throw storeError(thrown, dataDir);
  }
  const entry = new URL("./journal-worker.js", import.meta.url);
  const client = new WorkerClient("journal", entry, { dataDir }, (error) => {
    logger.debug({ error: error.message }, "journal thread ended");
  });
  try {
    const from = await client.call<number>("open");
    logger.info({ dataDir, tables: from }, "journal open");
    return new JournalClient(client, await openJournalReader(dataDir), clock);
  } catch (thrown) {
    await client.close();
    throw thrown;
  }
}

class JournalClient implements Journal {
  private closing: Promise<void> | null = null;

  constructor(
    private readonly client: WorkerClient,
    readonly reader: JournalReader,
    private readonly clock: Clock,
  ) {}

  createRun(run: NewRun): Promise<void> {
    return this.client.call("createRun", [run]);
  }
  beginStep(intent: StepIntent): Promise<void> {
    return this.client.call("beginStep", [intent]);
  }
  commitStep(result: StepResult): Promise<void> {
    return this.client.call("commitStep", [{ ...result, frames: result.frames.map(compact) }]);
  }
  endAttempt(
    run: string,
    step: number,
    attempt: number,
    state: "lost" | "failed",
    reason: string,
  ): Promise<void> {
    return this.client.call("endAttempt", [run, step, attempt, state, reason, timestamp(this.clock)]);
  }
  addFrame(run: string, frame: StoredFrame): Promise<boolean> {
    return this.client.call("addFrame", [run, compact(frame)]);
  }
  addEvent(run: string, event: JournalEvent): Promise<void> {
    return this.client.call("addEvent", [run, event]);
  }
  endRun(run: string, state: Exclude<RunOutcome, "running">, at: string): Promise<void> {
    return this.client.call("endRun", [run, state, at]);
  }
  reopenRun(run: string): Promise<void> {
    return this.client.call("reopenRun", [run]);
  }

  /** Waits for what is being written, then gives the folder back. Safe to call twice. */
  close(): Promise<void> {
    this.closing ??= (async () => {
      await this.reader.close();
      try {
        await this.client.call("close");
      } finally {
        await this.client.close();
      }
    })();
    return this.closing;
  }
}

/** Pixels that are a window into a larger buffer (a whole message) would be copied to the thread with all of it. */
function compact(stored: StoredFrame): StoredFrame {
  const { pixels } = stored.frame;
  if (pixels.byteLength === pixels.buffer.byteLength) return stored;
  const frame: Frame = { ...stored.frame, pixels: pixels.slice() };
  return { ...stored, frame };
}
