import { plainWhy } from "../explain.js";
import type { Strategy } from "./contract.js";
import { heldSettings, nextUniform } from "./spread.js";

/** Settings drawn uniformly from what the limits allow. */
export const random: Strategy = {
  name: "random",
  propose(context) {
    const settings = heldSettings(context, nextUniform(context));
    const why = plainWhy(context.space, settings, "random", `random draw ${context.draw + 1}`);
    return { settings, why };
  },
};
