/** One thread of `simulate dataset`: renders and writes the frames that it is told to. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { defectsText, randomFrame, type Structure } from "../../drivers/simulated/index.js";
import { encodeTiff, StoreError, serveCalls } from "../core/index.js";

export interface SimulatedRow {
  readonly trueRating: number;
  readonly values: Readonly<Record<string, number>>;
  /** e.g. "driftNm=84.2 haze=12" */
  readonly defects: string;
}

const { structure, seed, folder } = workerData as { structure: Structure; seed: number; folder: string };
const rounded = (value: number, digits: number): number => Number(value.toPrecision(digits));

function frame(index: number, id: string, wanted: readonly [number, number]): SimulatedRow {
  const made = randomFrame({ structure, seed, index, wanted });
  const { pixels, shape, pixelSizeNm, truth } = made;
  const file = join(folder, `${id}.tif`);
  try {
    writeFileSync(file, encodeTiff({ pixels, shape, pixelSizeNm }));
  } catch (cause) {
    throw new StoreError("CANNOT_WRITE", "cannot be written", { where: file, cause });
  }
  return {
    defects: defectsText(made.defects),
    trueRating: Math.round(truth.rating * 1e4) / 1e4,
    values: {
      ...made.settings,
      ...(truth.resolutionNm === null ? {} : { resolutionNm: rounded(truth.resolutionNm, 4) }),
      snr: rounded(truth.signal / Math.sqrt(truth.signal + truth.background || 1), 4),
      bleached: rounded(made.bleached, 4),
    },
  };
}

if (parentPort !== null) serveCalls(parentPort, { frame });
