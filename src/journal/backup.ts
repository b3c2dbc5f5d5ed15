import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UsageError, WorkerClient } from "../core/index.js";
import { copyChanged, peoplesFolders } from "./backup-files.js";
import { copySynced, replaceSynced, syncFile, syncFolder } from "./folder-store.js";
import { databasePath, framesFolder, lockPath, runFolder } from "./paths.js";
import type { Snapshot } from "./snapshot.js";
import { storeError } from "./store-errors.js";

export interface BackupResult {
  readonly to: string;
  readonly runs: number;
  readonly frames: number;
  /** Groups of frames copied now; those of an earlier backup are left as they are. */
  readonly copied: number;
  /** Files of ratings, studies, datasets and models copied now. */
  readonly files: number;
}

/**
 * Copies a data folder while its daemon runs: a snapshot of the database, then the frames it lists (they are on disk
 * before their rows are), then what people rated, studied and trained. `to` becomes a data folder for `--data`; done again, only what is new is copied. The
 * database takes its place last, so it never lists a frame that the backup lacks.
 * @throws UsageError BACKUP_NO_JOURNAL, BACKUP_IN_USE, BACKUP_NOT_EMPTY; StoreError
 */
export async function backupData(
  dataDir: string,
  to: string,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<BackupResult> {
  const target = databasePath(to);
  await refuse(dataDir, to);
  const fresh = `${target}.new`;
  const client = new WorkerClient("journal-backup", new URL("./reader-worker.js", import.meta.url), {
    dataDir,
  });
  try {
    await mkdir(framesFolder(to), { recursive: true });
    const { runs, frames, groups } = await client.call<Snapshot>("snapshot", [fresh]);
    for (const run of runs) await copyRun(runFolder(dataDir, run), runFolder(to, run));
    let copied = 0;
    for (const [i, { run, path }] of groups.entries()) {
      const made = await copyGroup(join(runFolder(dataDir, run), path), join(runFolder(to, run), path));
      if (made) copied++;
      onProgress(i + 1, groups.length);
    }
    let files = 0;
    for (const name of peoplesFolders) files += await copyChanged(join(dataDir, name), join(to, name));
    await syncFile(fresh);
    await rename(fresh, target);
    await syncFolder(to);
    return { to, runs: runs.length, frames, copied, files };
  } catch (thrown) {
    throw storeError(thrown, to);
  } finally {
    await client.close();
  }
}

async function refuse(dataDir: string, to: string): Promise<void> {
  if (!existsSync(databasePath(dataDir))) {
    throw new UsageError("BACKUP_NO_JOURNAL", "there is no journal to back up", { where: dataDir });
  }
  if (existsSync(lockPath(to))) {
    throw new UsageError("BACKUP_IN_USE", "a daemon has worked in this folder: it is no backup any more", {
      where: to,
      hint: "choose another folder",
    });
  }
  const there = await readdir(to).catch(() => []);
  const ours = existsSync(databasePath(to)) || existsSync(`${databasePath(to)}.new`);
  if (
    there.length > 0 &&
    !ours &&
    there.some((name) => name !== "frames" && !peoplesFolders.some((ours) => ours === name))
  ) {
    throw new UsageError("BACKUP_NOT_EMPTY", "the folder holds other things than an earlier backup", {
      where: to,
      hint: "choose an empty folder or a new one",
    });
  }
}

/** A run's own group files; they are small, and change when the run ends. */
async function copyRun(from: string, to: string): Promise<void> {
  for (const name of ["", "step", "extra"]) {
    await mkdir(join(to, name), { recursive: true });
    await replaceSynced(join(to, name, "zarr.json"), await readFile(join(from, name, "zarr.json")));
  }
}

async function copyGroup(from: string, to: string): Promise<boolean> {
  if (existsSync(to)) return false;
  const partial = join(dirname(dirname(dirname(to))), ".partial");
  await rm(partial, { recursive: true, force: true });
  await copySynced(from, partial);
  await rename(partial, to);
  await syncFolder(dirname(to));
  return true;
}
