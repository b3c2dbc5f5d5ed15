import type { Frame } from "../../src/core/index.js";
import type {
  Journal,
  JournalEvent,
  JournalReader,
  NewRun,
  RunOutcome,
  StepIntent,
  StepRecord,
  StepResult,
  StoredFrame,
} from "../../src/journal/index.js";

/** A journal that keeps everything in memory, in the order it was told. */
export class MemoryJournal implements Journal {
  readonly records: StepRecord[] = [];
  readonly notes: JournalEvent[] = [];
  readonly extras: StoredFrame[] = [];
  readonly order: string[] = [];
  outcome: RunOutcome = "running";
  /** When set, the next commit rejects with it. */
  refuse: Error | null = null;

  async createRun(_run: NewRun): Promise<void> {
    this.order.push("run");
  }
  async beginStep(intent: StepIntent): Promise<void> {
    this.order.push(`begin ${intent.step}.${intent.attempt}`);
    this.records.push({ intent, state: "exposing", result: null, frames: [] });
  }
  async commitStep(result: StepResult): Promise<void> {
    if (this.refuse !== null) {
      const error = this.refuse;
      this.refuse = null;
      throw error;
    }
    this.order.push(`commit ${result.step}`);
    const frames = result.frames.map(({ role, frame, score }) => {
      const { pixels: _, ...rest } = frame;
      return {
        id: frame.id,
        hash: frame.id,
        role,
        step: result.step,
        frame: rest,
        dtype: "uint16" as const,
        score,
      };
    });
    this.replace(result.step, result.attempt, { state: "done", result, frames });
  }
  async endAttempt(
    _run: string,
    step: number,
    attempt: number,
    state: "lost" | "failed",
    reason: string,
  ): Promise<void> {
    this.order.push(`${state} ${step}.${attempt}`);
    this.replace(step, attempt, { state, reason });
  }
  async addFrame(_run: string, frame: StoredFrame): Promise<boolean> {
    this.extras.push(frame);
    return true;
  }
  async addEvent(_run: string, event: JournalEvent): Promise<void> {
    this.notes.push(event);
  }
  async endRun(_run: string, state: Exclude<RunOutcome, "running">): Promise<void> {
    this.outcome = state;
  }
  async reopenRun(): Promise<void> {
    this.outcome = "running";
  }
  async close(): Promise<void> {}

  readonly reader: JournalReader = {
    runs: async () => [],
    run: async () => {
      throw new Error("no runs here");
    },
    steps: async () => this.records,
    events: async () => this.notes,
    extras: async () => [],
    frame: async (): Promise<Frame | null> => null,
    close: async () => undefined,
  };

  private replace(step: number, attempt: number, change: Partial<StepRecord>): void {
    const i = this.records.findIndex((r) => r.intent.step === step && r.intent.attempt === attempt);
    const record = this.records[i];
    if (record === undefined) throw new Error(`no attempt ${step}.${attempt}`);
    this.records[i] = { ...record, ...change };
  }
}
