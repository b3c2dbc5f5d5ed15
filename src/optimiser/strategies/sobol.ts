import { plainWhy } from "../explain.js";
import type { Strategy } from "./contract.js";
import { heldSettings, nextSobol } from "./spread.js";

/** Evenly spread settings: a scrambled Sobol sequence, no model. */
export const sobol: Strategy = {
  name: "sobol",
  propose(context) {
    const settings = heldSettings(context, nextSobol(context));
    const why = plainWhy(
      context.space,
      settings,
      "sobol",
      `point ${context.draw + 1} of an evenly spread sequence`,
    );
    return { settings, why };
  },
};
