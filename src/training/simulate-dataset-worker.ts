/** One thread of `simulate dataset`: renders and writes the frames that it is told to. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import {
  type DefectName,
  defectsText,
  type RandomFrame,
  randomFrame,
  randomViews,
  type Structure,
} from "../../drivers/simulated/index.js";
import { encodeTiff, StoreError, serveCalls } from "../core/index.js";

export interface SimulatedRow {
  readonly trueRating: number;
  readonly values: Readonly<Record<string, number>>;
  /** e.g. "driftNm=84.2 haze=12" */
  readonly defects: string;
}

const { structure, seed, folder, moreOf } = workerData as {
  structure: Structure;
  seed: number;
  folder: string;
  moreOf: readonly DefectName[];
};
const rounded = (value: number, digits: number): number => Number(value.toPrecision(digits));

type Range = readonly [number, number];

/** The frames of one field of view: one that hits its range of ratings, or several that aim at theirs. */
function field(index: number, ids: readonly string[], wanted: readonly Range[]): SimulatedRow[] {
  const frames =
    wanted.length === 1
      ? [randomFrame({ structure, seed, index, moreOf, wanted: wanted[0] as Range })]
      : randomViews({ structure, seed, index, moreOf, wanted });
  return frames.map((made, i) => write(made, ids[i] as string));
}

function write(made: RandomFrame, id: string): SimulatedRow {
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

if (parentPort !== null) serveCalls(parentPort, { field });
