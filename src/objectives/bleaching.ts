import { maskedMean, type ObjectiveValue } from "../core/index.js";
import type { ObjectiveDefinition, Shared, Triple } from "./contract.js";

const none = (reason: string) => ({ value: null, unit: "1", reason }) as const;

/** Value of `bleaching`. */
export function bleachedShare({ before, after }: Triple, shared: Pick<Shared, "before">): ObjectiveValue {
  if (before === null || after === null) return none("needs a confocal frame before and after");
  if (before.pixels.length !== after.pixels.length || before.shape[1] !== after.shape[1]) {
    return none("the confocal frames differ in size");
  }
  const mask = shared.before();
  if (mask === null) return none("no foreground in the confocal frame before");
  const first = maskedMean(before.pixels, mask);
  if (!(first > 0)) return none("no signal in the confocal frame before");
  return { value: (first - maskedMean(after.pixels, mask)) / first, unit: "1" };
}

/**
 * Share of the signal lost to the STED frame: (mean c1 − mean c2) / mean c1 over the foreground of c1, where c1 and
 * c2 are the confocal frames before and after (Durand et al. 2018). Dimensionless; slightly negative by shot noise.
 */
export const bleaching: ObjectiveDefinition = {
  name: "bleaching",
  label: "Bleaching",
  unit: "1",
  direction: "minimise",
  needs: ["before", "after"],
  ideal: 0,
  worstAcceptable: 0.8,
  evaluate: bleachedShare,
};
