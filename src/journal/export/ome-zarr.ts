import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../../core/index.js";
import { FolderStore } from "../folder-store.js";
import { writeExtraImage, writeStepGroup } from "../groups.js";
import { omeVersion, writeGroup } from "../ome.js";
import { extraPath, stepPath } from "../paths.js";
import { runAttributes } from "../run-attributes.js";
import { type RunToExport, withPixels } from "./frames.js";

/**
 * `TO/RUN.zarr` as it lies in the data folder, with the list of images (`OME/zarr.json`, layout 3) that lets a viewer
 * open the run as one collection. It takes its name only when it is whole.
 * @throws UsageError EXPORT_EXISTS
 */
export async function exportOmeZarr(from: RunToExport, to: string): Promise<void> {
  const { run, steps, extras } = from;
  const target = join(to, `${run.run}.zarr`);
  if (existsSync(target)) {
    throw new UsageError("EXPORT_EXISTS", "this run lies there already", {
      where: target,
      hint: "choose another folder with --to, or remove it first",
    });
  }
  const partial = join(to, `.${run.run}.zarr.partial`);
  await rm(partial, { recursive: true, force: true });
  const store = new FolderStore(partial);
  const series: string[] = [];
  await writeGroup(store, "/", {
    ome: { version: omeVersion, "bioformats2raw.layout": 3 },
    ...runAttributes(run, run.state, run),
  });
  await writeGroup(store, "/step", {});
  await writeGroup(store, "/extra", {});
  for (const { intent, result, frames: rows } of steps) {
    if (result === null) continue;
    const frames = [];
    for (const row of rows) {
      frames.push(await withPixels(from, row));
      series.push(`${stepPath(intent.step)}/${row.role}`);
      from.written();
    }
    await writeStepGroup(store, `/${stepPath(intent.step)}`, intent, result, frames);
  }
  for (const row of extras) {
    await writeExtraImage(store, `/${extraPath(row.hash)}`, await withPixels(from, row));
    series.push(extraPath(row.hash));
    from.written();
  }
  await writeGroup(store, "/OME", { ome: { version: omeVersion, series } });
  await store.flush();
  await rename(partial, target);
}
