import { bleaching } from "./bleaching.js";
import type { ObjectiveDefinition } from "./contract.js";
import { resolutionNm } from "./decorrelation.js";
import { frcNm } from "./frc.js";
import { fwhmNm } from "./fwhm.js";
import { doseUj, pixelTimeUs } from "./known.js";
import { periodicity } from "./periodicity.js";
import { quality } from "./quality.js";
import { signalRatio } from "./signal-ratio.js";
import { snr } from "./snr.js";

/** Every objective, one line each; all that can be computed are journalled, the config lists those to optimise. */
export const objectives: Readonly<Record<string, ObjectiveDefinition>> = {
  quality,
  bleaching,
  signalRatio,
  pixelTimeUs,
  doseUj,
  resolutionNm,
  frcNm,
  fwhmNm,
  periodicity,
  snr,
};
