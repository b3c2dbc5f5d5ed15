import { StoreError } from "../../core/index.js";
import type { HashedFrame } from "../groups.js";
import type { FrameRow, JournalReader, RunRecord, StepRecord } from "../records.js";

/** What an export writes: the committed steps and the frames outside them. */
export interface RunToExport {
  readonly reader: JournalReader;
  readonly run: RunRecord;
  readonly steps: readonly StepRecord[];
  readonly extras: readonly FrameRow[];
  /** Called after each frame. */
  readonly written: () => void;
}

/** A row's pixels, by its hash: an id may have been used twice by a restarted rig. */
export async function withPixels(from: RunToExport, row: FrameRow): Promise<HashedFrame> {
  const frame = await from.reader.frame(from.run.run, row.hash);
  if (frame === null) {
    throw new StoreError("FRAME_MISSING", `frame ${row.id} of run ${from.run.run} is not on the disk`, {
      hint: "restore the frames folder from a backup, or export with --format csv",
    });
  }
  return { role: row.role, hash: row.hash, score: row.score, frame: { ...row.frame, pixels: frame.pixels } };
}
