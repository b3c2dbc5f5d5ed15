import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** Where `npm run test:long` makes its Python with zarr, ome-zarr and tifffile. */
export const cachedPython = join(
  import.meta.dirname,
  "..",
  "..",
  "node_modules",
  ".cache",
  "stedloop-python",
  process.platform === "win32" ? "Scripts/python.exe" : "bin/python",
);
export const packages = ["zarr", "ome-zarr", "ome-zarr-models", "tifffile", "ome-types"];

/** A Python that has what the checks need: $STEDLOOP_PYTHON, the cached one or the system's; null without one. */
export function findPython(): string | null {
  const imports = packages.map((name) => name.replaceAll("-", "_")).join(", ");
  const candidates = [process.env.STEDLOOP_PYTHON, cachedPython, "python3"];
  const works = (python: string | undefined): boolean =>
    python !== undefined && spawnSync(python, ["-c", `import ${imports}`], { timeout: 60_000 }).status === 0;
  return candidates.find(works) ?? null;
}
