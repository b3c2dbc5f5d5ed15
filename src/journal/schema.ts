import { StoreError } from "../core/index.js";
import type { Database } from "./database.js";

interface Migration {
  readonly name: string;
  readonly sql: string;
}

/**
 * The database's shape, version by version; a migration's number is its place in this list, from 1. Released ones are
 * never edited: add one at the end. What only the program reads is kept as JSON, what is searched as columns.
 */
export const migrations: readonly Migration[] = [
  {
    name: "runs, attempts, frames, events",
    sql: `
      CREATE TABLE run (
        ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
        run TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'aborted', 'crashed')),
        started_at TEXT NOT NULL,
        ended_at TEXT,
        record TEXT NOT NULL
      ) STRICT;
      CREATE TABLE attempt (
        ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
        run TEXT NOT NULL REFERENCES run (run),
        step INTEGER NOT NULL CHECK (step > 0),
        attempt INTEGER NOT NULL CHECK (attempt > 0),
        state TEXT NOT NULL CHECK (state IN ('exposing', 'done', 'lost', 'failed')),
        begun_at TEXT NOT NULL,
        ended_at TEXT,
        reason TEXT,
        intent TEXT NOT NULL,
        result TEXT,
        optimiser_state TEXT NOT NULL,
        UNIQUE (run, step, attempt),
        CHECK ((state = 'done') = (result IS NOT NULL))
      ) STRICT;
      CREATE UNIQUE INDEX attempt_done_once ON attempt (run, step) WHERE state = 'done';
      CREATE TABLE frame (
        ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
        run TEXT NOT NULL REFERENCES run (run),
        attempt INTEGER REFERENCES attempt (ordinal),
        role TEXT NOT NULL CHECK (role IN ('before', 'sted', 'after', 'extra')),
        frame_id TEXT NOT NULL,
        hash TEXT NOT NULL,
        dtype TEXT NOT NULL CHECK (dtype IN ('uint16', 'float32')),
        path TEXT NOT NULL,
        frame TEXT NOT NULL,
        score TEXT
      ) STRICT;
      CREATE INDEX frame_by_id ON frame (run, frame_id);
      CREATE INDEX frame_by_hash ON frame (run, hash);
      CREATE INDEX frame_by_attempt ON frame (attempt);
      CREATE UNIQUE INDEX frame_extra_once ON frame (run, hash) WHERE attempt IS NULL;
      CREATE TABLE event (
        ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
        run TEXT NOT NULL REFERENCES run (run),
        at TEXT NOT NULL,
        step INTEGER,
        kind TEXT NOT NULL,
        data TEXT NOT NULL
      ) STRICT;
      CREATE INDEX event_by_run ON event (run);
    `,
  },
];

/** The version that a database file has; 0 = empty. */
export function schemaVersion(database: Database): number {
  return database.get<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;
}

/** Brings a database to this program's version, each step in its own transaction. Returns the version it had. */
export function migrate(database: Database, where: string): number {
  const from = schemaVersion(database);
  refuseNewer(from, where);
  for (const [i, migration] of migrations.entries()) {
    if (i < from) continue;
    database.transaction(() => {
      database.exec(migration.sql);
      database.exec(`PRAGMA user_version = ${i + 1}`);
    });
  }
  return from;
}

/** @throws StoreError JOURNAL_NEWER for a file that a later stedloop wrote */
export function refuseNewer(version: number, where: string): void {
  if (version <= migrations.length) return;
  throw new StoreError("JOURNAL_NEWER", `written by a newer stedloop (version ${version} of its tables)`, {
    where,
    hint: "use the newer stedloop, or another folder with --data",
  });
}
