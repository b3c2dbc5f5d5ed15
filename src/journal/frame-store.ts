import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FolderStore, replaceSynced, syncFolder } from "./folder-store.js";
import { type HashedFrame, writeExtraImage, writeStepGroup } from "./groups.js";
import { writeGroup } from "./ome.js";
import { extraPath, framesFolder, runFolder, stepPath } from "./paths.js";
import type { StepIntent, StepResult } from "./records.js";

/** Writes groups of frames into `DATA/frames`: each appears whole and synced, or not at all. */
export class FrameStore {
  private readonly partial: string;

  constructor(private readonly dataDir: string) {
    this.partial = join(framesFolder(dataDir), ".partial");
  }

  /** Removes what a dead daemon left half-written. Only the holder of the folder's lock may. */
  async prepare(): Promise<void> {
    await mkdir(framesFolder(this.dataDir), { recursive: true });
    await rm(this.partial, { recursive: true, force: true });
    await syncFolder(framesFolder(this.dataDir));
    await syncFolder(this.dataDir);
  }

  async createRun(run: string, attributes: Record<string, unknown>): Promise<void> {
    const folder = runFolder(this.dataDir, run);
    const store = new FolderStore(folder);
    await writeGroup(store, "/", attributes);
    await writeGroup(store, "/step", {});
    await writeGroup(store, "/extra", {});
    await store.flush();
    await syncFolder(dirname(folder));
  }

  /** Replaces the run's own attributes (its state, counts and `complete` stamp). */
  async stampRun(run: string, attributes: Record<string, unknown>): Promise<void> {
    const group = { zarr_format: 3, node_type: "group", attributes };
    await replaceSynced(join(runFolder(this.dataDir, run), "zarr.json"), JSON.stringify(group, null, 2));
  }

  writeStep(intent: StepIntent, result: StepResult, frames: readonly HashedFrame[]): Promise<void> {
    return this.whole(result.run, stepPath(result.step), (store) =>
      writeStepGroup(store, "", intent, result, frames),
    );
  }

  writeExtra(run: string, frame: HashedFrame): Promise<void> {
    return this.whole(run, extraPath(frame.hash), (store) => writeExtraImage(store, "/", frame));
  }

  /** Takes away a group that the database does not know: a crash came between the move and the commit. */
  async discard(run: string, path: string): Promise<void> {
    await rm(join(runFolder(this.dataDir, run), path), { recursive: true, force: true });
  }

  /** Prepares a group aside and moves it into place once all of it is on the disk. */
  private async whole(
    run: string,
    path: string,
    write: (store: FolderStore) => Promise<void>,
  ): Promise<void> {
    const target = join(runFolder(this.dataDir, run), path);
    try {
      const store = new FolderStore(this.partial);
      await write(store);
      await store.flush();
      await this.discard(run, path);
      await rename(this.partial, target);
      await syncFolder(dirname(target));
    } catch (thrown) {
      // On a full disk the half-written group must not keep the space that the next write needs.
      await rm(this.partial, { recursive: true, force: true }).catch(() => undefined);
      throw thrown;
    }
  }
}
