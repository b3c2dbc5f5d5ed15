import { z } from "zod";
import { seedSchema } from "../core/index.js";
import { lightSchema } from "./light-schema.js";
import { maxSobolDimensions } from "./maths/sobol.js";

/** What is searched and what is wanted: the body of `optimise --space F.json`. */
const finite = z.number().finite();
export const parameterSchema = z.strictObject({
  name: z.string().min(1),
  label: z.string().optional(),
  unit: z.string().optional(),
  min: finite,
  max: finite,
  step: finite.positive().optional(),
  integer: z.boolean().optional(),
  scale: z.enum(["linear", "log"]).default("linear"),
  default: finite.optional(),
});
export const objectiveSchema = z.strictObject({
  name: z.string().min(1),
  label: z.string().optional(),
  unit: z.string().optional(),
  direction: z.enum(["minimise", "maximise"]),
  worstAcceptable: finite.optional(),
  ideal: finite.optional(),
  known: z.strictObject({ product: z.array(z.string()), factor: finite.optional() }).optional(),
  noiseSd: finite.min(0).optional(),
  limit: finite.optional(),
});
const limitSchema = z.strictObject({ min: finite.optional(), max: finite.optional() });

/** 4^7 grid points are drawn jointly in well under a second; the next power is not. */
export const kernelTsDimensions = 7;
export const strategyNames = ["nehvi", "kernel-ts", "sobol", "random"] as const;
export type StrategyName = (typeof strategyNames)[number];

export const rawSpaceSchema = z.strictObject({
  parameters: z.array(parameterSchema).min(1).max(maxSobolDimensions),
  objectives: z.array(objectiveSchema).min(1).max(8),
  strategy: z.enum(strategyNames).default("nehvi"),
  seed: seedSchema.default(1),
  initial: z.int().min(1).max(1000).optional(),
  preference: z.strictObject({ weights: z.record(z.string(), finite.min(0)) }).optional(),
  limits: z.record(z.string(), limitSchema).optional(),
  maxDoseUj: finite.positive().optional(),
  light: lightSchema.optional(),
  sure: finite.min(0.5).max(0.999).optional(),
  learnFromClicks: z.boolean().optional(),
  context: z.array(z.string().min(1)).max(8).optional(),
});
export type RawSpace = z.infer<typeof rawSpaceSchema>;
