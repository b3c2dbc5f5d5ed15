import { frameHash, type StedError, StoreError } from "../core/index.js";
import { Database } from "./database.js";
import { FrameStore } from "./frame-store.js";
import type { HashedFrame } from "./groups.js";
import { decodeJson, encodeJson } from "./json.js";
import { acquireLock, type DataLock } from "./lock.js";
import { dtypeOf } from "./ome.js";
import { databasePath, extraPath, stepPath } from "./paths.js";
import type { JournalEvent, NewRun, RunOutcome, StepIntent, StepResult, StoredFrame } from "./records.js";
import { runAttributes } from "./run-attributes.js";
import { migrate } from "./schema.js";
import { storeError } from "./store-errors.js";

const busyTimeoutMs = 5000;

/** The writing side, inside its worker thread. Every method returns only when what it wrote is on the disk. */
export class JournalWriter {
  /** Set once the disk reported an error: what is on it is then unknown, and nothing more is written. */
  private broken: StedError | null = null;

  private constructor(
    private readonly path: string,
    private readonly database: Database,
    private readonly frames: FrameStore,
    private readonly lock: DataLock,
  ) {}

  /** @returns the writer and the version that the tables had. @throws UsageError DATA_IN_USE, StoreError */
  static async open(dataDir: string): Promise<{ readonly writer: JournalWriter; readonly from: number }> {
    const path = databasePath(dataDir);
    const lock = acquireLock(dataDir);
    let database: Database | null = null;
    try {
      database = Database.open(path, "write", busyTimeoutMs);
      database.all("PRAGMA journal_mode = WAL");
      database.exec("PRAGMA synchronous = FULL");
      database.exec("PRAGMA foreign_keys = ON");
      const from = migrate(database, path);
      const frames = new FrameStore(dataDir);
      await frames.prepare();
      // Whoever holds the lock is the only daemon: what still says `running` was left by one that died.
      database.run("UPDATE run SET state = 'crashed' WHERE state = 'running'");
      return { writer: new JournalWriter(path, database, frames, lock), from };
    } catch (thrown) {
      database?.close();
      lock.release();
      throw storeError(thrown, path);
    }
  }

  createRun(run: NewRun): Promise<void> {
    return this.attempt(async () => {
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(run.run)) {
        throw new StoreError(
          "RUN_ID_BAD",
          `'${run.run}' cannot name a run: letters, digits, '.', '_' and '-'`,
        );
      }
      if (this.state(run.run) !== undefined) {
        throw new StoreError("RUN_EXISTS", `there is a run '${run.run}' already`, { where: this.path });
      }
      await this.frames.createRun(run.run, runAttributes(run, "running", { iterations: 0, frames: 0 }));
      this.database.run(
        "INSERT INTO run (run, state, started_at, record) VALUES (?, 'running', ?, ?)",
        run.run,
        run.startedAt,
        encodeJson(run),
      );
    });
  }

  beginStep(intent: StepIntent): Promise<void> {
    return this.attempt(() => {
      const { optimiserState, ...rest } = intent;
      const { run, step, attempt, at } = rest;
      if (this.state(run) !== "running") throw notRunning(run);
      const done = "SELECT 1 FROM attempt WHERE run = ? AND step = ? AND (attempt = ? OR state = 'done')";
      if (this.database.get(done, run, step, attempt) !== undefined) {
        throw new StoreError("STEP_EXISTS", `step ${step}, attempt ${attempt} of run ${run} is taken`);
      }
      this.database.run(
        `INSERT INTO attempt (run, step, attempt, state, begun_at, intent, optimiser_state)
         VALUES (?, ?, ?, 'exposing', ?, ?, ?)`,
        run,
        step,
        attempt,
        at,
        encodeJson(rest),
        encodeJson(optimiserState ?? null),
      );
    });
  }

  commitStep(result: StepResult): Promise<void> {
    return this.attempt(async () => {
      const { run, step, attempt, at } = result;
      const open = this.database.get<{ ordinal: number; intent: string }>(
        "SELECT ordinal, intent FROM attempt WHERE run = ? AND step = ? AND attempt = ? AND state = 'exposing'",
        run,
        step,
        attempt,
      );
      if (open === undefined) throw notExposing(run, step, attempt);
      const frames = result.frames.map(hashed);
      await this.frames.writeStep(decodeJson<StepIntent>(open.intent), result, frames);
      const { frames: _, ...record } = result;
      this.database.transaction(() => {
        this.database.run(
          "UPDATE attempt SET state = 'done', ended_at = ?, result = ? WHERE ordinal = ?",
          at,
          encodeJson(record),
          open.ordinal,
        );
        for (const frame of frames) {
          this.insertFrame(run, open.ordinal, frame, `${stepPath(step)}/${frame.role}`);
        }
      });
    });
  }

  endAttempt(
    run: string,
    step: number,
    attempt: number,
    state: "lost" | "failed",
    reason: string,
    at: string,
  ): Promise<void> {
    return this.attempt(async () => {
      const changed = this.database.run(
        `UPDATE attempt SET state = ?, reason = ?, ended_at = ?
         WHERE run = ? AND step = ? AND attempt = ? AND state = 'exposing'`,
        state,
        reason,
        at,
        run,
        step,
        attempt,
      );
      if (changed !== 1) throw notExposing(run, step, attempt);
      await this.frames.discard(run, stepPath(step));
    });
  }

  addFrame(run: string, stored: StoredFrame): Promise<boolean> {
    return this.attempt(async () => {
      const frame = hashed(stored);
      if (this.state(run) === undefined) throw unknownRun(run);
      const known = "SELECT 1 FROM frame WHERE run = ? AND hash = ?";
      if (this.database.get(known, run, frame.hash) !== undefined) return false;
      await this.frames.writeExtra(run, frame);
      this.insertFrame(run, null, frame, extraPath(frame.hash));
      return true;
    });
  }

  addEvent(run: string, { at, step, kind, data }: JournalEvent): Promise<void> {
    return this.attempt(() => {
      if (this.state(run) === undefined) throw unknownRun(run);
      this.database.run(
        "INSERT INTO event (run, at, step, kind, data) VALUES (?, ?, ?, ?, ?)",
        run,
        at,
        step,
        kind,
        encodeJson(data ?? null),
      );
    });
  }

  endRun(run: string, state: Exclude<RunOutcome, "running">, at: string): Promise<void> {
    return this.moveRun(run, state, at);
  }

  reopenRun(run: string): Promise<void> {
    return this.moveRun(run, "running", null);
  }

  close(): void {
    try {
      this.database.close();
    } finally {
      this.lock.release();
    }
  }

  private moveRun(run: string, state: RunOutcome, endedAt: string | null): Promise<void> {
    return this.attempt(async () => {
      const row = this.database.get<{ record: string }>("SELECT record FROM run WHERE run = ?", run);
      if (row === undefined) throw unknownRun(run);
      const counts = this.database.get<{ iterations: number; frames: number }>(
        `SELECT (SELECT count(*) FROM attempt WHERE run = ?1 AND state = 'done') AS iterations,
                (SELECT count(*) FROM frame WHERE run = ?1) AS frames`,
        run,
      ) ?? { iterations: 0, frames: 0 };
      await this.frames.stampRun(run, runAttributes(decodeJson<NewRun>(row.record), state, counts));
      this.database.run("UPDATE run SET state = ?, ended_at = ? WHERE run = ?", state, endedAt, run);
    });
  }

  private insertFrame(run: string, attempt: number | null, stored: HashedFrame, path: string): void {
    const { pixels, ...frame } = stored.frame;
    this.database.run(
      `INSERT INTO frame (run, attempt, role, frame_id, hash, dtype, path, frame, score)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      run,
      attempt,
      stored.role,
      frame.id,
      stored.hash,
      dtypeOf(pixels),
      path,
      encodeJson(frame),
      stored.score === null ? null : encodeJson(stored.score),
    );
  }

  private state(run: string): RunOutcome | undefined {
    return this.database.get<{ state: RunOutcome }>("SELECT state FROM run WHERE run = ?", run)?.state;
  }

  private async attempt<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.broken !== null) throw this.broken;
    try {
      return await work();
    } catch (thrown) {
      const error = storeError(thrown, this.path);
      if (["DISK_IO", "JOURNAL_DAMAGED"].includes(error.code)) this.broken = error;
      throw error;
    }
  }
}

function hashed(stored: StoredFrame): HashedFrame {
  return { ...stored, hash: frameHash(stored.frame.pixels, stored.frame.shape) };
}
const unknownRun = (run: string): StoreError =>
  new StoreError("RUN_UNKNOWN", `no run '${run}' in the journal`);
const notRunning = (run: string): StoreError =>
  new StoreError("RUN_NOT_RUNNING", `run ${run} is not running: create or reopen it first`);
const notExposing = (run: string, step: number, attempt: number): StoreError =>
  new StoreError("STEP_NOT_EXPOSING", `step ${step}, attempt ${attempt} of run ${run} is not being exposed`);
