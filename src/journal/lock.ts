import { existsSync } from "node:fs";
import { UsageError } from "../core/index.js";
import { Database } from "./database.js";
import { lockPath } from "./paths.js";
import { storeError } from "./store-errors.js";

/** A reader looks at the lock for an instant; a starting daemon waits that out. */
const patienceMs = 1500;

export interface DataLock {
  release(): void;
}

/**
 * One daemon a data folder. The lock is SQLite's own on an empty database that nobody ever writes: the system drops
 * it with the process, however that ends, so there is no stale lock to clean up. Never open this file by other means
 * in the same process: POSIX drops a process's locks when it closes any handle on the file.
 *
 * @throws UsageError DATA_IN_USE, StoreError
 */
export function acquireLock(dataDir: string): DataLock {
  const path = lockPath(dataDir);
  let database: Database | null = null;
  try {
    database = Database.open(path, "write", patienceMs);
    database.exec("BEGIN EXCLUSIVE");
  } catch (thrown) {
    database?.close();
    const error = storeError(thrown, path);
    if (error.code !== "JOURNAL_BUSY") throw error;
    throw new UsageError("DATA_IN_USE", "another stedloop daemon works on this data folder", {
      where: dataDir,
      hint: "stop that daemon, or choose another folder with --data",
    });
  }
  const held = database;
  return {
    release: () => {
      held.exec("ROLLBACK");
      held.close();
    },
  };
}

/** Whether a daemon holds the folder at this moment. Writes nothing. */
export function lockHeld(dataDir: string): boolean {
  const path = lockPath(dataDir);
  if (!existsSync(path)) return false;
  let database: Database | null = null;
  try {
    database = Database.open(path, "read", 0);
    database.all("SELECT count(*) FROM sqlite_master");
    return false;
  } catch (thrown) {
    const error = storeError(thrown, path);
    if (error.code === "JOURNAL_BUSY") return true;
    throw error;
  } finally {
    database?.close();
  }
}
