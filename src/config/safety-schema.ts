import { z } from "zod";

/** The safety file, written once: config/safety.schema.json and its part of docs/config.md come from here. */
export const finite = z.number().finite();
export const positive = finite.positive();
export const settingName = z.string().min(1);

const limitSchema = z.strictObject({
  min: finite.optional().describe("default: the rig's own"),
  max: finite,
});
export const limitsSchema = z.record(settingName, limitSchema);

const rangeSchema = z
  .strictObject({ min: finite.optional(), max: finite.optional() })
  .refine((r) => r.min !== undefined || r.max !== undefined, { message: "give min, max or both" })
  .refine((r) => r.min === undefined || r.max === undefined || r.min <= r.max, {
    message: "min is above max",
  });
const rangesSchema = z
  .record(settingName, rangeSchema)
  .refine((r) => Object.keys(r).length > 0, { message: "name at least one setting" });

export const safetyFileSchema = z.strictObject({
  limits: limitsSchema.describe(
    "what may ever be set, whoever asks; an entry for every name in parameters, fixed and confocal",
  ),
  sources: z
    .record(
      z.string().min(1),
      z.strictObject({
        maxMw: finite.min(0).describe("greatest power of this source, mW at the device"),
        maxRampMwPerS: positive
          .optional()
          .describe("how fast its set-point may climb, mW/s; default: no ramp"),
        maxDuty: positive.max(1).optional().describe("share of the time that it may be on; default: 1"),
      }),
    )
    .optional()
    .describe("light sources by the names that the rig gives them; once given, every source needs an entry"),
  dose: z
    .strictObject({
      regionJPerCm2: positive
        .optional()
        .describe("light that a pixel may get, summed over a region's frames"),
      runJPerCm2: positive.optional().describe("the same over all frames of a run"),
    })
    .optional()
    .describe("needs the areas under `beam` in the configuration"),
  combinations: z
    .array(
      z.strictObject({
        when: rangesSchema.describe("where every one of these ranges holds, ends included …"),
        then: rangesSchema.describe("… every one of these must hold too"),
      }),
    )
    .optional()
    .describe("settings that are each allowed but not together"),
});

export type SafetyFile = z.infer<typeof safetyFileSchema>;
export type Limits = Readonly<Record<string, { readonly min?: number | undefined; readonly max: number }>>;
