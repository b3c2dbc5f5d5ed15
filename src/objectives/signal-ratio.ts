import { maskedMean, percentile } from "../core/index.js";
import type { ObjectiveDefinition } from "./contract.js";

const none = (reason: string) => ({ value: null, unit: "1", reason }) as const;

/**
 * Signal of the STED frame against the confocal: (75th percentile of STED over the common foreground − mean of STED
 * outside it) / 75th percentile of c1 over its foreground. The common foreground is where both frames have theirs.
 */
export const signalRatio: ObjectiveDefinition = {
  name: "signalRatio",
  label: "Signal ratio",
  unit: "1",
  direction: "maximise",
  needs: ["before", "sted"],
  ideal: 1,
  worstAcceptable: 0,
  evaluate({ before, sted }, shared) {
    if (before === null || sted === null) return none("needs the confocal frame before and the STED frame");
    if (before.pixels.length !== sted.pixels.length || before.shape[1] !== sted.shape[1]) {
      return none("the confocal and STED frames differ in size");
    }
    const confocalMask = shared.before();
    const stedMask = shared.sted();
    if (confocalMask === null || stedMask === null) return none("no foreground");
    const common = confocalMask.map((v, i) => (v === 1 && stedMask[i] === 1 ? 1 : 0));
    const signal = percentile(sted.pixels, 75, common);
    const background = maskedMean(sted.pixels, common, 0);
    const reference = percentile(before.pixels, 75, confocalMask);
    if (!Number.isFinite(signal)) return none("the foregrounds of confocal and STED do not meet");
    if (!Number.isFinite(background)) return none("everything is foreground");
    if (!(reference > 0)) return none("no signal in the confocal frame before");
    return { value: (signal - background) / reference, unit: "1" };
  },
};
