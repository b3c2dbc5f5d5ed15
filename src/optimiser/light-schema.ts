import { z } from "zod";
import type { LightRules } from "../core/index.js";

const finite = z.number().finite();
const rangesSchema = z.record(z.string(), z.strictObject({ min: finite.optional(), max: finite.optional() }));

/** The part of a space that comes from the safety envelope. */
export const lightSchema = z.strictObject({
  combinations: z.array(z.strictObject({ when: rangesSchema, then: rangesSchema })),
  beam: z.strictObject({ depletionAreaUm2: finite.positive(), excitationAreaUm2: finite.positive() }),
  maxJPerCm2: finite.min(0).nullable(),
  constants: z.record(z.string(), finite),
}) satisfies z.ZodType<LightRules>;
