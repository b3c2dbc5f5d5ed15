import { maskedMean } from "../core/index.js";
import type { ObjectiveDefinition } from "./contract.js";

const none = (reason: string) => ({ value: null, unit: "1", reason }) as const;

/**
 * Structured signal to noise of a pixel of the STED frame: S / √(S + B), where B is the mean of the counts outside the
 * foreground and S + B the mean inside, which is also the variance of its shot noise. Only what stands out from the
 * surroundings is signal, so that background and a blank field do not count. About 5 is a good frame.
 */
export const snr: ObjectiveDefinition = {
  name: "snr",
  label: "Signal to noise",
  unit: "1",
  direction: "maximise",
  needs: ["sted"],
  ideal: 10,
  worstAcceptable: 0.5,
  evaluate({ sted }, shared) {
    const problem = shared.stedProblem();
    if (problem !== null) return none(problem);
    const mask = shared.sted();
    if (sted === null || mask === null) return none("no foreground");
    const inside = maskedMean(sted.pixels, mask);
    const outside = maskedMean(sted.pixels, mask, 0);
    if (!Number.isFinite(outside)) return none("everything is foreground");
    return { value: (inside - outside) / Math.sqrt(inside), unit: "1" };
  },
};
