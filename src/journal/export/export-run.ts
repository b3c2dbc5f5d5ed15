import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JournalReader } from "../records.js";
import { storeError } from "../store-errors.js";
import { stepsTable } from "./table.js";

export interface ExportOptions {
  /** Folder to write into; made where there is none. */
  readonly to: string;
  readonly format: "csv" | "ome-zarr" | "ome-tiff";
}
export interface ExportResult {
  readonly format: ExportOptions["format"];
  readonly to: string;
  /** Committed steps. */
  readonly steps: number;
  /** Frames written. */
  readonly frames: number;
}

/**
 * Writes a run's committed steps for other programs; every format comes with `steps.csv`. Reads the journal only, so
 * it works beside a running daemon and right after one was killed.
 * @throws UsageError RUN_UNKNOWN, StoreError
 */
export async function exportRun(
  reader: JournalReader,
  id: string,
  { to, format }: ExportOptions,
): Promise<ExportResult> {
  const run = await reader.run(id);
  const steps = await reader.steps(run.run);
  try {
    await mkdir(to, { recursive: true });
    await writeFile(join(to, "steps.csv"), stepsTable(run, steps));
  } catch (thrown) {
    throw storeError(thrown, to);
  }
  return { format, to, steps: steps.filter((s) => s.state === "done").length, frames: 0 };
}
