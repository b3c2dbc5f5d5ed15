import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FolderStore, replaceSynced, syncFolder } from "./folder-store.js";
import { writeGroup, writeImage } from "./ome.js";
import { extraPath, framesFolder, runFolder, stepPath } from "./paths.js";
import type { StepIntent, StepResult, StoredFrame } from "./records.js";

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

  async writeStep(intent: StepIntent, result: StepResult, hashes: readonly string[]): Promise<void> {
    const store = await this.begin();
    await writeGroup(store, "/", { stedloop: stepAttributes(intent, result) });
    await Promise.all(
      result.frames.map((stored, i) =>
        writeImage(store, `/${stored.role}`, stored.role, stored.frame, frameAttributes(stored, hashes[i])),
      ),
    );
    await this.put(store, result.run, stepPath(result.step));
  }

  async writeExtra(run: string, stored: StoredFrame, hash: string): Promise<void> {
    const store = await this.begin();
    await writeImage(store, "/", stored.frame.id, stored.frame, frameAttributes(stored, hash));
    await this.put(store, run, extraPath(hash));
  }

  /** Takes away a group that the database does not know: a crash came between the move and the commit. */
  async discard(run: string, path: string): Promise<void> {
    await rm(join(runFolder(this.dataDir, run), path), { recursive: true, force: true });
  }

  private async begin(): Promise<FolderStore> {
    await rm(this.partial, { recursive: true, force: true });
    return new FolderStore(this.partial);
  }

  private async put(store: FolderStore, run: string, path: string): Promise<void> {
    await store.flush();
    const target = join(runFolder(this.dataDir, run), path);
    await this.discard(run, path);
    await rename(this.partial, target);
    await syncFolder(dirname(target));
  }
}

/** What a step's group says of itself: enough to read a run without its database. */
export function stepAttributes(intent: StepIntent, result: StepResult): Record<string, unknown> {
  const { run, step, attempt, proposed, settings, why, by, region } = intent;
  return {
    complete: true,
    run,
    step,
    attempt,
    at: result.at,
    settings,
    actual: result.actual,
    region,
    proposal: proposed,
    reason: why.text,
    why,
    choice: { by, settings, changed: edited(intent) },
    score: result.score,
    scores: Object.fromEntries(result.frames.map(({ role, score }) => [role, score])),
    objectives: result.objectives,
    plannedDoseUj: intent.plannedDoseUj,
    doseUj: result.doseUj,
    frames: result.frames.map(({ role }) => role),
  };
}

/** Whether the operator changed what the optimiser proposed; settings held constant do not count. */
function edited({ proposed, settings }: StepIntent): boolean {
  return Object.entries(proposed).some(([name, value]) => settings[name] !== value);
}

function frameAttributes(stored: StoredFrame, hash: string | undefined): Record<string, unknown> {
  const { pixels: _, ...frame } = stored.frame;
  return { role: stored.role, hash, score: stored.score, ...frame };
}
