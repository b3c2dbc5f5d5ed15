import { type Frame, WorkerClient } from "../core/index.js";
import type {
  FrameRow,
  JournalEvent,
  JournalReader,
  RunRecord,
  StepRecord,
  StepsOptions,
} from "./records.js";

/**
 * Reads the journal of a data folder, also beside a running daemon or where there is none yet (an empty list). Makes
 * no file. Its thread starts with the first question.
 */
export async function openJournalReader(dataDir: string): Promise<JournalReader> {
  return new ReaderClient(dataDir);
}

class ReaderClient implements JournalReader {
  private client: WorkerClient | null = null;

  constructor(private readonly dataDir: string) {}

  runs(): Promise<readonly RunRecord[]> {
    return this.thread().call("runs");
  }
  run(id: string): Promise<RunRecord> {
    return this.thread().call("run", [id]);
  }
  steps(run: string, options: StepsOptions = {}): Promise<readonly StepRecord[]> {
    return this.thread().call("steps", [run, options]);
  }
  extras(run: string): Promise<readonly FrameRow[]> {
    return this.thread().call("extras", [run]);
  }
  events(run: string): Promise<readonly JournalEvent[]> {
    return this.thread().call("events", [run]);
  }
  frame(run: string, idOrHash: string): Promise<Frame | null> {
    return this.thread().call("frame", [run, idOrHash]);
  }
  async close(): Promise<void> {
    await this.client?.close();
    this.client = null;
  }

  private thread(): WorkerClient {
    this.client ??= new WorkerClient("journal-reader", new URL("./reader-worker.js", import.meta.url), {
      dataDir: this.dataDir,
    });
    return this.client;
  }
}
