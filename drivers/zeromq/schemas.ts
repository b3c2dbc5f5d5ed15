import { z } from "zod";
import { parameterSpecSchema } from "../../src/core/index.js";

/**
 * `stedrig/1` as data: the shape of every header, parameter and result, in one place. All types of this
 * folder come from here. Unknown keys are ignored, as rig-protocol.md says; `.optional()` is its `?`.
 */
export const protocolWord = "stedrig/1";

export const rigCodes = [
  "BAD_PARAMS",
  "OUT_OF_RANGE",
  "BUSY",
  "SAFE_STATE",
  "INTERLOCK",
  "DEVICE_LOST",
  "TIMEOUT",
  "ABORTED",
  "EXPIRED",
  "GONE",
  "SATURATED",
  "NO_FOREGROUND",
  "UNKNOWN_METHOD",
  "UNSUPPORTED_VERSION",
  "INTERNAL",
] as const;
export type RigCode = (typeof rigCodes)[number];

const finite = z.number().finite();
const count = z.number().int().nonnegative();
const kind = z.enum(["confocal", "sted"]);
const numbers = z.record(z.string(), finite);

/** What was read back: the numbers among it. A rig may say of a value that it does not know it (null). */
const readBack = z
  .record(z.string(), z.unknown())
  .transform((all) =>
    Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
    ),
  );

export const requestHeaderSchema = z.object({
  id: z.string().min(1).max(200),
  method: z.string().min(1),
  params: z.unknown().optional(),
  expiresAt: finite.optional(),
  session: z.string().min(1).max(200),
});
export type RequestHeader = z.infer<typeof requestHeaderSchema>;

export const wireRefusalSchema = z.object({
  code: z.string().min(1),
  message: z.string(),
  retryable: z.boolean(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type WireRefusal = z.infer<typeof wireRefusalSchema>;
export const replyHeaderSchema = z.discriminatedUnion("ok", [
  z.object({ id: z.string(), ok: z.literal(true), result: z.record(z.string(), z.unknown()) }),
  z.object({ id: z.string().nullable(), ok: z.literal(false), error: wireRefusalSchema }),
]);
export type ReplyHeader = z.infer<typeof replyHeaderSchema>;

export const lightSchema = z.object({
  name: z.string(),
  kind: z.enum(["excitation", "depletion", "shutter", "other"]).catch("other"),
  on: z.boolean(),
  powerMw: finite,
  confirmed: z.boolean(),
});
export const faultSchema = z.object({ code: z.string(), message: z.string(), source: z.string() });
export const regionSchema = z.object({
  id: z.string().min(1),
  xUm: finite,
  yUm: finite,
  widthPx: z.number().int().positive(),
  heightPx: z.number().int().positive(),
  pixelSizeNm: finite.positive(),
});
export const stateSchema = z.enum(["idle", "acquiring", "safe", "fault"]);

/** One frame as announced; its pixels are the reply's part number `part`. */
export const descriptorSchema = z.object({
  part: count,
  frameId: z.string().min(1),
  dtype: z.enum(["uint16", "float32"]),
  shape: z.tuple([z.number().int().positive(), z.number().int().positive()]),
  pixelSizeNm: finite.positive(),
  kind,
  settings: numbers,
  actual: readBack,
  region: z.string().nullable(),
  frameSeq: count,
  acquiredAt: z.string(),
  saturated: count,
});
export type Descriptor = z.infer<typeof descriptorSchema>;

export const capabilitiesSchema = z.object({
  kinds: z.array(kind).min(1),
  parameters: z.array(parameterSpecSchema),
  limits: z.record(z.string(), z.object({ max: finite })),
  channels: z.array(z.string()),
  regions: z.enum(["next", "stage", "none"]),
  focus: z.boolean(),
  progress: z.boolean(),
  observe: z.boolean(),
  concurrent: z.boolean(),
});

/** Parameters of every method, as a server takes them. */
export const paramsSchemas = {
  hello: z.object({ client: z.string(), version: z.string() }),
  heartbeat: z.object({}),
  status: z.object({}),
  region: z.union([z.object({ move: z.literal("next") }), z.object({ xUm: finite, yUm: finite })]),
  focus: z.object({ rangeUm: finite.positive() }),
  acquire: z.object({
    steps: z
      .array(z.object({ kind, settings: numbers }))
      .min(1)
      .max(1024),
    region: z.string().optional(),
    widthPx: z.number().int().optional(),
    heightPx: z.number().int().optional(),
    timeoutMs: finite.positive().optional(),
  }),
  frame: z.union([z.object({ frameSeq: count }), z.object({ frameId: z.string().min(1) })]),
  abort: z.object({ id: z.string().optional() }),
  release: z.object({}),
  safe: z.object({ reason: z.string().catch("no reason given") }),
  resume: z.object({}),
} as const;
export type Method = keyof typeof paramsSchemas;
export type Params<M extends Method> = z.infer<(typeof paramsSchemas)[M]>;

/** Results of every method, as a client takes them. */
export const resultSchemas = {
  hello: z.object({
    rig: z.object({ name: z.string(), vendor: z.string(), model: z.string(), serial: z.string() }),
    server: z.object({ name: z.string(), version: z.string() }),
    protocol: z.string(),
    start: z.string().min(1),
    session: z.string(),
    now: finite,
    leaseMs: finite.positive(),
    events: z.string().nullable(),
    capabilities: capabilitiesSchema,
  }),
  heartbeat: z.object({ state: stateSchema, leaseMs: finite, now: finite }),
  status: z.object({
    state: stateSchema,
    owner: z.string().nullish(),
    light: z.array(lightSchema),
    faults: z.array(faultSchema),
    region: regionSchema.nullable(),
  }),
  region: z.object({ region: regionSchema }),
  focus: z.object({ zUm: finite, score: finite }),
  acquire: z.object({ frames: z.array(descriptorSchema), durationMs: finite.nonnegative() }),
  frame: z.object({ frames: z.array(descriptorSchema).length(1) }),
  abort: z.object({ aborted: z.array(z.string()) }),
  release: z.object({}),
  safe: z.object({ light: z.array(lightSchema) }),
  resume: z.object({}),
} as const;
export type Result<M extends Method> = z.infer<(typeof resultSchemas)[M]>;

export const causeSchema = z.enum(["abort", "safe", "lease"]);
export type AbortCause = z.infer<typeof causeSchema>;
/** `error.details` of ABORTED. */
export const abortedSchema = z.object({ cause: causeSchema, frames: z.array(descriptorSchema) });
/** `error.details` of BUSY; the owner may be unnamed. */
export const busySchema = z.object({ owner: z.string().nullish(), leaseLeftMs: finite.nonnegative() });

/** What every event's header has, whatever its topic. */
export const eventHeaderSchema = z.object({
  seq: count,
  start: z.string().min(1),
  topic: z.string(),
  at: z.union([z.string(), finite]),
});
export const eventBodies = {
  frame: descriptorSchema.extend({
    origin: z.enum(["request", "operator", "rig"]),
    request: z.string().nullish(),
  }),
  progress: z.object({ request: z.string().nullish(), step: count, line: count, lines: count }),
  state: z.object({ state: stateSchema, owner: z.string().nullish(), light: z.array(lightSchema) }),
  fault: faultSchema,
  beat: z.object({ state: stateSchema }),
} as const;

/** The first fault of a zod check as "path: what is wrong". @param at path of the checked value itself */
export function faultLine(error: z.ZodError, at = ""): string {
  const issue = deepest(error.issues);
  const path = [...(at === "" ? [] : [at]), ...(issue?.path ?? [])].map(String).join(".");
  return `${path === "" ? "message" : path}: ${issue?.message ?? "not as the protocol says"}`;
}

type Issue = z.ZodError["issues"][number];
/** Inside a union the branch that got furthest tells the person most. */
function deepest(issues: readonly Issue[]): Issue | undefined {
  const first = issues[0];
  if (first?.code !== "invalid_union") return first;
  const branches = first.errors.map((branch) => deepest(branch as Issue[])).filter((b) => b !== undefined);
  const best = branches.sort((a, b) => b.path.length - a.path.length)[0];
  return best === undefined ? first : { ...best, path: [...first.path, ...best.path] };
}
