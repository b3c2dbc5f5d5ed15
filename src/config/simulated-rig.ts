import { z } from "zod";
import { seedSchema } from "../core/index.js";

const finite = z.number().finite();

/** What grows in the simulated sample, and how it is labelled. Every key has a default: the common sample. */
export const sampleSchema = z
  .strictObject({
    density: finite
      .min(0)
      .max(5)
      .optional()
      .describe("structures per area, times the common number; default 1"),
    labelling: finite.gt(0).max(10).optional().describe("fluorophores, times the common number; default 1"),
    background: finite
      .min(0)
      .max(1000)
      .optional()
      .describe("background light, times the detector's own; default 1"),
    outOfFocus: finite
      .min(0)
      .max(50)
      .optional()
      .describe("labels out of focus and in solution, times the common number; default 1"),
    emptyShare: finite
      .min(0)
      .max(0.95)
      .optional()
      .describe("share of the slide (in tiles of 5 µm) on which nothing starts to grow; default 0.15"),
    dendriteShare: finite
      .min(0)
      .max(1)
      .optional()
      .describe("dendrites with fibres among the neurites, the rest are axons with rings; default 0.3"),
    latticePeriodNm: finite
      .min(100)
      .max(400)
      .optional()
      .describe("mean period of the actin rings; default 187.5"),
    depthSdNm: finite.min(0).max(500).optional().describe("spread of the labels in depth; default 100"),
  })
  .describe("the simulated sample");

/** What rig mode adds to the published model, each with its own switch. */
export const realismSchema = z
  .strictObject({
    tripletFraction: finite
      .min(0)
      .max(1)
      .optional()
      .describe("share of the bleaching that needs the triplet state to build up; default 0.5"),
    excitationBleachYield: finite
      .min(0)
      .max(1e-3)
      .optional()
      .describe("bleaching per excitation without depletion light; default 3e-6"),
    deadTimeNs: finite.min(0).max(10_000).optional().describe("of the photon counter; default 50"),
    afterpulse: finite.min(0).max(0.5).optional().describe("probability after each count; default 0.01"),
    darkPerS: finite.min(0).max(1e6).optional().describe("dark counts per second; default 200"),
    imperfections: z
      .boolean()
      .optional()
      .describe("drift, vibration, flicker, set-points and places not quite met; default true"),
  })
  .describe("what rig mode adds to the published model");

export const simulatedRigSchema = z
  .strictObject({
    kind: z.literal("simulated"),
    structure: z
      .enum(["actin", "tubulin", "clusters", "mixed"])
      .default("actin")
      .describe("what grows in the simulated sample"),
    seed: seedSchema.optional().describe("seed of the sample and its noise; default: the run's seed"),
    timeScale: finite
      .min(0)
      .optional()
      .describe(
        "every wait times this: 1 real time, 0.1 ten times faster, 0 none; default 1, with --headless 0",
      ),
    mode: z
      .enum(["rig", "anchor"])
      .optional()
      .describe("rig (default): with what real rigs do; anchor: the published model exactly"),
    dye: z.enum(["gym", "atto"]).optional().describe("dye profile; default gym"),
    sample: sampleSchema.optional(),
    realism: realismSchema.optional(),
    faults: z.string().min(1).optional().describe("file: script of what goes wrong and when (faults list)"),
  })
  .describe("the simulated rig, started as its own process");
