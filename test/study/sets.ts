import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeTiff } from "../../src/core/index.js";
import type { StudyNetwork } from "../../src/study/index.js";

/** A dataset folder as somebody else might write it. @param csv labels.csv @param info dataset.json */
export function writeSet(info: object, csv: string, ids: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "stedloop-study-set-"));
  mkdirSync(join(folder, "frames"));
  writeFileSync(join(folder, "dataset.json"), JSON.stringify(info));
  writeFileSync(join(folder, "labels.csv"), csv);
  for (const [i, id] of ids.entries()) {
    const pixels = new Uint16Array(64 * 64).fill(i + 1);
    writeFileSync(join(folder, "frames", `${id}.tif`), encodeTiff({ pixels, shape: [64, 64] }));
  }
  return folder;
}

/** A network that says what the frame's first pixel says, in hundredths; null for a frame of 13. */
export function pixelNetwork(trainedOn: string | null = null): StudyNetwork {
  return {
    name: "pixel",
    version: "1",
    hash: "h",
    engine: "none",
    trainedOn,
    score: async ({ pixels }) => (pixels[0] === 13 ? null : (pixels[0] ?? 0) / 100),
  };
}
