import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Frame, frameHash, StoreError } from "../core/index.js";
import { Database } from "./database.js";
import { FolderStore } from "./folder-store.js";
import { lockHeld } from "./lock.js";
import { readImage } from "./ome.js";
import { databasePath, runFolder } from "./paths.js";
import { findFrame } from "./queries.js";
import { refuseNewer, schemaVersion } from "./schema.js";
import { storeError } from "./store-errors.js";

const busyTimeoutMs = 5000;

/**
 * Reads with a connection of its own that is closed right after, so a reader never stands in a daemon's way. Where no
 * daemon runs and nothing waits in the write-ahead log, the file is read as it lies: that makes no file beside it and
 * works in a read-only folder.
 * @param read gets the database and whether a daemon is alive; null is returned where there is no journal
 */
export function readDatabase<T>(
  dataDir: string,
  read: (database: Database, alive: boolean) => T,
  options: { readonly transaction: boolean } = { transaction: true },
): { readonly value: T } | null {
  const path = databasePath(dataDir);
  if (!existsSync(path)) return null;
  try {
    for (;;) {
      const alive = lockHeld(dataDir);
      const frozen = !alive && logSize(path) === 0;
      const before = modified(path);
      const database = Database.open(path, frozen ? "frozen" : "read", busyTimeoutMs);
      try {
        if (options.transaction) database.exec("BEGIN");
        const version = schemaVersion(database);
        refuseNewer(version, path);
        if (version === 0) return null;
        const value = read(database, alive);
        // A daemon that started meanwhile may have changed the file under a frozen reader: read again.
        if (!frozen || (logSize(path) === 0 && modified(path) === before)) return { value };
      } finally {
        database.close();
      }
    }
  } catch (thrown) {
    throw storeError(thrown, path);
  }
}

/** A stored frame with its pixels, checked against the hash that the database holds. */
export async function readFrame(dataDir: string, run: string, idOrHash: string): Promise<Frame | null> {
  const found = readDatabase(dataDir, (database) => findFrame(database, run, idOrHash))?.value;
  if (found === undefined) return null;
  const folder = runFolder(dataDir, run);
  const where = join(folder, found.path);
  try {
    const { pixels, shape } = await readImage(new FolderStore(folder), found.path);
    if (frameHash(pixels, shape) !== found.row.hash) {
      throw new StoreError("FRAME_DAMAGED", "the pixels are not those that were written", {
        where,
        hint: "restore this folder from a backup",
      });
    }
    return { ...found.row.frame, pixels };
  } catch (thrown) {
    throw storeError(thrown, where);
  }
}

function logSize(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
function modified(path: string): number {
  return statSync(path).mtimeMs;
}
