import { join } from "node:path";

/** Where things lie in a data folder (interfaces.md, A run on disk). */
export function databasePath(dataDir: string): string {
  return join(dataDir, "journal.sqlite");
}
export function lockPath(dataDir: string): string {
  return join(dataDir, "journal.lock");
}
export function framesFolder(dataDir: string): string {
  return join(dataDir, "frames");
}
export function runFolder(dataDir: string, run: string): string {
  return join(framesFolder(dataDir), `${run}.zarr`);
}
/** Groups inside a run's Zarr. */
export function stepPath(step: number): string {
  return `step/${String(step).padStart(6, "0")}`;
}
export function extraPath(hash: string): string {
  return `extra/${hash}`;
}
