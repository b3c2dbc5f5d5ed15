import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JournalReader } from "../records.js";
import { storeError } from "../store-errors.js";
import type { RunToExport } from "./frames.js";
import { exportOmeTiff } from "./ome-tiff.js";
import { exportOmeZarr } from "./ome-zarr.js";
import { stepsTable } from "./table.js";
import { exportUseq } from "./useq.js";

export interface ExportOptions {
  /** Folder to write into; made where there is none. */
  readonly to: string;
  readonly format: "csv" | "ome-zarr" | "ome-tiff" | "useq";
  /** Called after each frame. */
  readonly onProgress?: (done: number, total: number) => void;
}
export interface ExportResult {
  readonly format: ExportOptions["format"];
  readonly to: string;
  /** Committed steps. */
  readonly steps: number;
  /** Frames written. */
  readonly frames: number;
}

const writers: Readonly<Record<ExportOptions["format"], (from: RunToExport, to: string) => Promise<void>>> = {
  csv: async () => undefined,
  "ome-zarr": exportOmeZarr,
  "ome-tiff": exportOmeTiff,
  useq: exportUseq,
};

/**
 * Writes a run's committed steps for other programs; every format comes with `steps.csv`. Reads the journal only, so
 * it works beside a running daemon and right after one was killed.
 * @throws UsageError RUN_UNKNOWN, EXPORT_EXISTS; StoreError
 */
export async function exportRun(
  reader: JournalReader,
  id: string,
  { to, format, onProgress = () => undefined }: ExportOptions,
): Promise<ExportResult> {
  const run = await reader.run(id);
  const steps = (await reader.steps(run.run, { optimiserStates: false })).filter((s) => s.state === "done");
  const extras = format === "csv" ? [] : await reader.extras(run.run);
  const total = steps.reduce((sum, s) => sum + s.frames.length, extras.length);
  let frames = 0;
  const written = (): void => onProgress(++frames, total);
  try {
    await mkdir(to, { recursive: true });
    await writers[format]({ reader, run, steps, extras, written }, to);
    await writeFile(join(to, "steps.csv"), stepsTable(run, steps));
  } catch (thrown) {
    throw storeError(thrown, to);
  }
  return { format, to, steps: steps.length, frames };
}
