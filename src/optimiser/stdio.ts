import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { z } from "zod";
import {
  type Clock,
  errorToWire,
  InputError,
  type Observation,
  type Settings,
  systemClock,
} from "../core/index.js";
import { refuseNotANumber, refuseSlips } from "./border.js";
import { checkObservation, checkSettings } from "./observation.js";
import { createOptimiser, type Optimiser } from "./optimiser.js";
import { inputFault, type OptimiserSpace } from "./space.js";

export interface StdioOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly space: OptimiserSpace;
  readonly clock?: Clock;
}

const strict = { strictNames: true, strictBounds: true };
const requestSchema = z.discriminatedUnion("op", [
  z.object({ op: z.literal("ask") }),
  z.looseObject({ op: z.literal("tell") }),
  z.object({ op: z.literal("predict"), settings: z.array(z.record(z.string(), z.number().finite())) }),
  z.object({ op: z.literal("pareto") }),
  z.object({ op: z.literal("outlook") }),
  z.looseObject({ op: z.literal("prefer") }),
  z.object({ op: z.literal("preference") }),
  z.object({ op: z.literal("save") }),
  z.object({ op: z.literal("load"), state: z.unknown() }),
]);

/** Serves ask and tell, one JSON a line in, one JSON a line out, in order, until the input ends. A bad line is answered and passed. */
export async function serveStdio({ input, output, space, clock = systemClock }: StdioOptions): Promise<void> {
  const optimiser = await createOptimiser(space);
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === "") continue;
    const answer = `${JSON.stringify(answerLine(optimiser, line, clock))}\n`;
    if (!output.write(answer)) await new Promise<void>((resolve) => output.once("drain", resolve));
  }
}

function answerLine(optimiser: Optimiser, line: string, clock: Clock): unknown {
  try {
    return answer(optimiser, parseLine(line), clock);
  } catch (thrown) {
    const { code, message, where } = errorToWire(thrown);
    return { error: { code, message: where === undefined ? message : `${where}: ${message}` } };
  }
}

function parseLine(line: string): z.infer<typeof requestSchema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    refuseNotANumber(line);
    throw new InputError("NOT_JSON", "this line is not JSON", { cause });
  }
  const result = requestSchema.safeParse(value);
  if (result.success) return result.data;
  const op = (value as { op?: unknown } | null)?.op;
  const ops = requestSchema.options.map((o) => o.shape.op.value);
  if (typeof op === "string" && !ops.some((o) => o === op))
    throw new InputError("UNKNOWN_METHOD", `unknown op '${op}'; one of ${ops.join(", ")}`);
  throw inputFault("BAD_PARAMS", result.error, "line");
}

function answer(optimiser: Optimiser, request: z.infer<typeof requestSchema>, clock: Clock): unknown {
  switch (request.op) {
    case "ask": {
      const from = clock.monotonic();
      const { settings, why } = optimiser.ask();
      return { settings, why, ms: Math.round(1000 * (clock.monotonic() - from)) / 1000 };
    }
    case "tell": {
      const { op: _op, ...body } = request;
      refuseSlips(body);
      const observation: Observation = checkObservation(optimiser.space, body, strict);
      return { ok: true, n: optimiser.tell(observation, { strict: true }) };
    }
    case "predict": {
      const asked: Settings[] = request.settings.map((s, i) =>
        checkSettings(optimiser.space, s, strict, `settings[${i}]`),
      );
      return optimiser.predict(asked);
    }
    case "pareto":
      return optimiser.pareto();
    case "prefer":
      return { ok: true, clicks: optimiser.prefer(request) };
    case "preference":
      return { preference: optimiser.preference() };
    case "outlook":
      return { outlook: optimiser.outlook() };
    case "save":
      return { state: optimiser.save() };
    case "load":
      optimiser.load(request.state);
      return { ok: true };
  }
}
