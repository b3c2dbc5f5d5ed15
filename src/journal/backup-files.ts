import { copyFile, lstat, mkdir, readdir, rename, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFile, syncFolder } from "./folder-store.js";

/** What people and trainings leave in a data folder beside the journal: ratings, studies, datasets, trained and deployed models. */
export const peoplesFolders = ["ratings", "studies", "datasets", "models"] as const;

/** Half-written files: whoever writes replaces a file in one go. */
const unfinished = /\.(part|new|partial)$/;

/**
 * Copies a folder's files that are missing in `to` or have changed since (size or time of change); links are left out.
 * Each file takes its place whole. A file that went away meanwhile is no error. @returns how many were copied
 */
export async function copyChanged(from: string, to: string): Promise<number> {
  const entries = await readdir(from, { withFileTypes: true }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") return [];
    throw thrown;
  });
  let copied = 0;
  for (const entry of entries) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copied += await copyChanged(source, target);
    else if (entry.isFile() && !unfinished.test(entry.name) && (await copyFileChanged(source, target)))
      copied++;
  }
  return copied;
}

async function copyFileChanged(source: string, target: string): Promise<boolean> {
  const [now, before] = await Promise.all([lstat(source).catch(gone), lstat(target).catch(gone)]);
  if (now === null) return false;
  // Times are set through fractions of seconds: the last digits get lost.
  const sameTime = before !== null && Math.abs(before.mtimeMs - now.mtimeMs) < 1;
  if (before !== null && before.size === now.size && sameTime) return false;
  const partial = `${target}.partial`;
  await mkdir(dirname(target), { recursive: true });
  const there = await copyFile(source, partial).then(() => true, gone);
  if (there === null) return false;
  await utimes(partial, now.atime, now.mtime);
  await syncFile(partial);
  await rename(partial, target);
  await syncFolder(dirname(target));
  return true;
}

function gone(thrown: NodeJS.ErrnoException): null {
  if (thrown.code === "ENOENT") return null;
  throw thrown;
}
