import { z } from "zod";
import { fieldFeatures } from "../core/index.js";
import { finite } from "./safety-schema.js";

/** `optimiser:` of the configuration. */
export const optimiserSchema = z
  .strictObject({
    strategy: z.enum(["nehvi", "kernel-ts", "sobol", "random"]).default("nehvi"),
    initial: z.int().min(1).default(8).describe("spread-out settings before the model takes over"),
    warmStart: z
      .array(z.string().min(1))
      .default([])
      .describe("earlier runs of this data folder to learn from; they count less than this run"),
    learnFromClicks: z
      .boolean()
      .default(false)
      .describe(
        "auto mode: clicks on trade-offs decide once they foretell each other; unsure = you are asked",
      ),
    sure: finite
      .min(0.5)
      .max(0.999)
      .default(0.9)
      .describe("how sure it must be that soft limits are kept: 0.9 cautious, 0.5 daring"),
    context: z
      .array(z.enum(fieldFeatures))
      .default([])
      .describe("what of the first confocal frame is told to the optimiser beside the settings"),
  })
  .prefault({});
