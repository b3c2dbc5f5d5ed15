import type { FolderStore } from "./folder-store.js";
import { writeGroup, writeImage } from "./ome.js";
import type { StepIntent, StepResult, StoredFrame } from "./records.js";

/** What the groups of a run's Zarr hold, in the data folder as in an export. */
export interface HashedFrame extends StoredFrame {
  readonly hash: string;
}

/** A step's group with its images. @param path absolute in the store */
export async function writeStepGroup(
  store: FolderStore,
  path: string,
  intent: StepIntent,
  result: Omit<StepResult, "frames">,
  frames: readonly HashedFrame[],
): Promise<void> {
  // Everything has ended, well or not, before this returns: nobody writes on after a failure was reported.
  const ends = await Promise.allSettled([
    writeGroup(store, path, { stedloop: stepAttributes(intent, result, frames) }),
    ...frames.map((stored) =>
      writeImage(store, `${path}/${stored.role}`, stored.role, stored.frame, frameAttributes(stored)),
    ),
  ]);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** A frame outside a step: an image of its own. */
export function writeExtraImage(store: FolderStore, path: string, stored: HashedFrame): Promise<void> {
  return writeImage(store, path, stored.frame.id, stored.frame, frameAttributes(stored));
}

/** What a step's group says of itself: enough to read a run without its database. */
function stepAttributes(
  intent: StepIntent,
  result: Omit<StepResult, "frames">,
  frames: readonly HashedFrame[],
): Record<string, unknown> {
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
    scores: Object.fromEntries(frames.map(({ role, score }) => [role, score])),
    objectives: result.objectives,
    plannedDoseUj: intent.plannedDoseUj,
    doseUj: result.doseUj,
    plannedDoseJPerCm2: intent.plannedDoseJPerCm2 ?? null,
    doseJPerCm2: result.doseJPerCm2 ?? null,
    frames: frames.map(({ role }) => role),
  };
}

/** Whether the operator changed what the optimiser proposed; settings held constant do not count. */
function edited({ proposed, settings }: StepIntent): boolean {
  return Object.entries(proposed).some(([name, value]) => settings[name] !== value);
}

function frameAttributes({ role, hash, score, frame }: HashedFrame): Record<string, unknown> {
  const { pixels: _, ...rest } = frame;
  return { role, hash, score, ...rest };
}
