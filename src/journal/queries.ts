import { UsageError } from "../core/index.js";
import type { Database } from "./database.js";
import { decodeJson } from "./json.js";
import type {
  FrameRow,
  JournalEvent,
  NewRun,
  RunOutcome,
  RunRecord,
  StepIntent,
  StepRecord,
  StepsOptions,
} from "./records.js";

interface RunRow {
  readonly state: RunOutcome;
  readonly ended_at: string | null;
  readonly record: string;
  readonly iterations: number;
  readonly frames: number;
}
interface FrameTableRow {
  readonly frame_id: string;
  readonly hash: string;
  readonly role: FrameRow["role"];
  readonly attempt: number | null;
  readonly step: number | null;
  readonly frame: string;
  readonly dtype: FrameRow["dtype"];
  readonly score: string | null;
}

const selectRun = `
  SELECT state, ended_at, record,
    (SELECT count(*) FROM attempt WHERE attempt.run = run.run AND attempt.state = 'done') AS iterations,
    (SELECT count(*) FROM frame WHERE frame.run = run.run) AS frames
  FROM run`;
const selectFrame = `
  SELECT frame_id, hash, role, frame.attempt, attempt.step, frame, dtype, score
  FROM frame LEFT JOIN attempt ON attempt.ordinal = frame.attempt`;

/** @param alive whether a daemon holds the folder: without one, a run that says `running` has crashed */
export function listRuns(database: Database, alive: boolean): RunRecord[] {
  return database.all<RunRow>(`${selectRun} ORDER BY ordinal`).map((row) => toRun(row, alive));
}

export function findRun(database: Database, id: string, alive: boolean, where: string): RunRecord {
  const row =
    id === "latest"
      ? database.get<RunRow>(`${selectRun} ORDER BY ordinal DESC LIMIT 1`)
      : database.get<RunRow>(`${selectRun} WHERE run = ?`, id);
  if (row === undefined) throw unknownRun(id, where);
  return toRun(row, alive);
}

export function unknownRun(id: string, where: string): UsageError {
  const message = id === "latest" ? `there are no runs in ${where}` : `no run '${id}' in ${where}`;
  return new UsageError("RUN_UNKNOWN", message, { hint: `'stedloop runs --data ${where}' lists them` });
}

export function listSteps(database: Database, run: string, options: StepsOptions = {}): StepRecord[] {
  const state = options.optimiserStates === false ? "'null'" : "optimiser_state";
  const rows = database.all<{
    ordinal: number;
    state: StepRecord["state"];
    intent: string;
    result: string | null;
    reason: string | null;
    optimiser_state: string;
  }>(
    `SELECT ordinal, state, intent, result, reason, ${state} AS optimiser_state
     FROM attempt WHERE run = ? ORDER BY ordinal`,
    run,
  );
  const frames = new Map<number, FrameRow[]>();
  const sql = `${selectFrame} WHERE frame.run = ? AND frame.attempt IS NOT NULL ORDER BY frame.ordinal`;
  for (const row of database.all<FrameTableRow>(sql, run)) {
    const attempt = row.attempt as number;
    frames.set(attempt, [...(frames.get(attempt) ?? []), toFrame(row)]);
  }
  return rows.map((row) => ({
    intent: {
      ...decodeJson<Omit<StepIntent, "optimiserState">>(row.intent),
      optimiserState: decodeJson(row.optimiser_state),
    },
    state: row.state,
    result: row.result === null ? null : decodeJson(row.result),
    frames: frames.get(row.ordinal) ?? [],
    ...(row.reason === null ? {} : { reason: row.reason }),
  }));
}

export function listExtras(database: Database, run: string): FrameRow[] {
  const sql = `${selectFrame} WHERE frame.run = ? AND frame.attempt IS NULL ORDER BY frame.ordinal`;
  return database.all<FrameTableRow>(sql, run).map(toFrame);
}

export function listEvents(database: Database, run: string): JournalEvent[] {
  return database
    .all<{ at: string; step: number | null; kind: string; data: string }>(
      "SELECT at, step, kind, data FROM event WHERE run = ? ORDER BY ordinal",
      run,
    )
    .map(({ at, step, kind, data }) => ({ at, step, kind, data: decodeJson(data) }));
}

/** A frame's row and the path of its image group in the run's Zarr. A restarted rig may use an id again: the newest counts. */
export function findFrame(
  database: Database,
  run: string,
  idOrHash: string,
): { readonly row: FrameRow; readonly path: string } | undefined {
  const sql = `${selectFrame.replace("SELECT", "SELECT path,")} WHERE frame.run = ?1 AND (frame_id = ?2 OR hash = ?2)
    ORDER BY frame.ordinal DESC LIMIT 1`;
  const found = database.get<FrameTableRow & { path: string }>(sql, run, idOrHash);
  return found === undefined ? undefined : { row: toFrame(found), path: found.path };
}

function toRun(row: RunRow, alive: boolean): RunRecord {
  return {
    ...decodeJson<NewRun>(row.record),
    state: row.state === "running" && !alive ? "crashed" : row.state,
    iterations: row.iterations,
    frames: row.frames,
    endedAt: row.ended_at,
  };
}

function toFrame(row: FrameTableRow): FrameRow {
  return {
    id: row.frame_id,
    hash: row.hash,
    role: row.role,
    step: row.step,
    frame: decodeJson(row.frame),
    dtype: row.dtype,
    score: row.score === null ? null : decodeJson(row.score),
  };
}
