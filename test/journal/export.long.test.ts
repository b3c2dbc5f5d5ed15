import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import { expectOthersOpen } from "./others-open.js";
import { cachedPython, findPython, packages } from "./python.js";

/** Makes the cached Python once; null where there is no Python or no package index can be reached. */
function makePython(): string | null {
  const found = findPython();
  if (found !== null) return found;
  const steps: readonly (readonly [string, readonly string[]])[] = [
    ["python3", ["-m", "venv", dirname(dirname(cachedPython))]],
    [cachedPython, ["-m", "pip", "install", "--quiet", ...packages]],
  ];
  const done = steps.every(([program, args]) => spawnSync(program, args, { timeout: 300_000 }).status === 0);
  return done ? cachedPython : null;
}
const python = makePython();

it.skipIf(python === null)(
  "exports open in zarr, ome-zarr and tifffile, installed for this test",
  async () => {
    await expectOthersOpen(python as string);
    expect(findPython()).not.toBeNull();
  },
);
