import type { ObjectiveDefinition } from "./contract.js";

/** The network's score of the STED frame, 0..1 (Robitaille et al. 2018). */
export const quality: ObjectiveDefinition = {
  name: "quality",
  label: "Quality",
  unit: "1",
  direction: "maximise",
  needs: ["score"],
  ideal: 1,
  worstAcceptable: 0.2,
  evaluate({ score }) {
    if (score === null) return { value: null, unit: "1", reason: "the STED frame was not scored" };
    if (score.score === null) return { value: null, unit: "1", reason: score.reason ?? "no score" };
    return { value: score.score, unit: "1" };
  },
};
