import { z } from "zod";
import { parameterSpecSchema } from "../core/index.js";
import type { SessionState } from "../loop/index.js";

/** What the API answers, as schemas: for its document and its tests. Types are the loop's; a drift does not compile. */
export const settings = z.record(z.string(), z.number());
const numberOrNull = z.number().nullable();
export const maintenanceLimits = z.record(
  z.string().min(1),
  z.strictObject({ min: z.number().optional(), max: z.number() }),
);

export const lightSchema = z.object({
  name: z.string(),
  kind: z.enum(["excitation", "depletion", "shutter", "other"]),
  on: z.boolean(),
  powerMw: z.number(),
  confirmed: z.boolean().describe("read back from the device; false = believed only"),
});
const whySchema = z.object({
  text: z.string(),
  expected: settings,
  uncertainty: settings,
  kind: z.string(),
});
export const scoreSchema = z.object({
  score: numberOrNull.describe("0..1, or null with a reason"),
  lower: numberOrNull,
  upper: numberOrNull,
  inDomain: z.boolean(),
  foreground: z.number(),
  reason: z.string().optional(),
  ms: z.number(),
});
export const scoreLineSchema = scoreSchema.extend({
  file: z.string(),
  frame: z.int().describe("page of a stack, from 0"),
  frames: z.int().describe("pages in the file"),
  stack: z.string().optional().describe("name of the stack, of an Imspector file"),
});
const framesOfStep = z.object({
  before: z.string().nullable(),
  sted: z.string().nullable(),
  after: z.string().nullable(),
});
const objectiveValues = z.record(
  z.string(),
  z.object({ value: numberOrNull, unit: z.string(), reason: z.string().optional() }),
);
export const stepSchema = z.object({
  step: z.int(),
  at: z.string(),
  region: z.string().nullable(),
  settings,
  actual: settings,
  why: whySchema,
  by: z.enum(["auto", "operator"]),
  objectives: objectiveValues,
  score: scoreSchema.nullable(),
  frames: framesOfStep,
});

export const stateSchema = z.object({
  seq: z.int().describe("number of the last event that this includes"),
  run: z.string().nullable(),
  state: z.enum([
    "starting",
    "running",
    "waiting",
    "paused",
    "stopping",
    "safe",
    "finished",
    "aborted",
    "failed",
  ]),
  stage: z.string(),
  mode: z.enum(["observe", "assist", "auto", "hold"]),
  step: z.int().describe("completed steps"),
  budget: z.object({
    steps: numberOrNull,
    minutes: numberOrNull,
    minutesUsed: z.number(),
    doseUj: z.number().describe("depletion energy of a pixel, summed over the run"),
    doseJPerCm2: z.number().describe("light of a pixel, summed over the run"),
    doseLimitJPerCm2: numberOrNull,
    regionJPerCm2: z.number().describe("light of a pixel at the current place"),
    regionLimitJPerCm2: numberOrNull,
  }),
  rig: z.object({
    name: z.string(),
    state: z.enum(["idle", "acquiring", "safe", "fault", "lost"]),
    light: z.array(lightSchema),
    faults: z.array(z.object({ code: z.string(), message: z.string(), source: z.string() })),
    region: z
      .object({
        id: z.string(),
        xUm: z.number(),
        yUm: z.number(),
        widthPx: z.number(),
        heightPx: z.number(),
        pixelSizeNm: z.number(),
      })
      .nullable(),
    concurrent: z.boolean(),
  }),
  current: z.object({ step: z.int(), settings, why: whySchema }).nullable(),
  proposal: z
    .object({
      id: z.string(),
      step: z.int(),
      settings,
      why: whySchema,
      options: z.array(z.object({ settings, objectives: settings, sd: settings.optional() })),
      until: z.string().nullable(),
    })
    .nullable(),
  last: z
    .object({
      score: numberOrNull,
      lower: numberOrNull,
      upper: numberOrNull,
      inDomain: z.boolean(),
      objectives: z.record(z.string(), numberOrNull),
      reason: z.string().optional(),
      step: z.int(),
      settings,
      frames: framesOfStep,
    })
    .nullable(),
  holder: z.string().nullable(),
  parameters: z.array(parameterSpecSchema),
  objectives: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      unit: z.string(),
      direction: z.enum(["minimise", "maximise"]),
      ideal: z.number(),
      worstAcceptable: z.number(),
      weight: z.number(),
      known: z.object({ product: z.array(z.string()), factor: z.number().optional() }).optional(),
      noiseSd: z.number().optional(),
      limit: z.number().optional(),
    }),
  ),
  model: z.object({ name: z.string(), engine: z.string(), notice: z.string() }),
  alert: z.string().nullable(),
  skipped: z.int(),
  outlook: z
    .object({ remaining: z.number(), sd: z.number(), stop: z.boolean(), text: z.string() })
    .nullable()
    .describe("stopping advice"),
  suspend: z
    .object({
      on: z.array(z.string()).describe("declared conditions"),
      goodForS: z.number(),
      holds: z.array(z.object({ reason: z.string(), needsOperator: z.boolean() })).describe("bad now"),
      held: z.boolean(),
      needsOperator: z.boolean().describe("it does not go on by itself"),
      goodSince: z.string().nullable(),
    })
    .nullable()
    .describe("conditions that hold the run in the dark while they are bad"),
  learnt: z
    .object({
      clicks: z.int(),
      accuracy: z.number(),
      brier: z.number(),
      bins: z.array(z.object({ from: z.number(), to: z.number(), n: z.int(), found: z.number() })),
      ready: z.boolean(),
    })
    .nullable()
    .describe("preference learned from clicks, and how well it foretells clicks that it was not shown"),
  maintenance: z
    .object({
      by: z.string(),
      reason: z.string(),
      until: z.string(),
      limits: maintenanceLimits,
    })
    .nullable()
    .describe("other limits for a while, by an admin"),
  at: z.string(),
});

/** Fails to compile when the loop's state and this schema drift apart. */
type Exact<A, B> = A extends B ? true : never;
type Deep<T> = T extends readonly (infer U)[]
  ? readonly Deep<U>[]
  : T extends object
    ? { readonly [K in keyof T]: Deep<T[K]> }
    : T;
// Optional fields may be explicitly undefined in what zod infers; JSON knows no difference.
export const statesAgree: Exact<SessionState, Deep<z.infer<typeof stateSchema>>> = true;

export const healthSchema = z.object({ ok: z.boolean(), reasons: z.array(z.string()) });
export const runSchema = z.object({
  run: z.string(),
  state: z.enum(["running", "finished", "aborted", "crashed"]),
  iterations: z.int(),
  frames: z.int(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  mode: z.string(),
  seed: z.int(),
  model: z.string(),
  engine: z.string(),
  software: z.string(),
});
export const runDetailSchema = runSchema.extend({
  extras: z
    .array(
      z.object({
        id: z.string(),
        step: z.int().nullable(),
        kind: z.enum(["confocal", "sted"]),
        acquiredAt: z.string(),
        region: z.string().nullable(),
        settings,
        score: scoreSchema.nullable(),
      }),
    )
    .describe("frames outside steps: observed ones, and fields that were skipped"),
  parameters: z.array(parameterSpecSchema),
  objectives: stateSchema.shape.objectives,
  steps: z.array(
    stepSchema.extend({
      attempt: z.int(),
      state: z.enum(["exposing", "done", "lost", "failed"]),
    }),
  ),
});
export const failureSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
});
