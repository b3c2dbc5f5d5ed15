import { z } from "zod";
import { InputError, type Observation, type Settings, type Why } from "../core/index.js";
import { parseForeignSpace, refuseSlips } from "./border.js";
import { checkObservation } from "./observation.js";
import { createOptimiser, maxObservations } from "./optimiser.js";
import { inputFault } from "./space.js";
import type { OptimiserState } from "./state.js";

const bodySchema = z.strictObject({
  space: z.unknown(),
  observations: z.array(z.unknown()).default([]),
  state: z.unknown().optional(),
});

/**
 * One proposal for somebody else's rig without a session here: the body of `POST /api/v1/optimise`.
 * `observations` is the whole history, or, beside a `state`, what was observed since.
 * @throws InputError that names the field
 */
export async function advise(
  body: unknown,
): Promise<{ settings: Settings; why: Why; state: OptimiserState }> {
  const result = bodySchema.safeParse(body);
  if (!result.success) throw inputFault("BAD_PARAMS", result.error, "body");
  const { space: rawSpace, observations: raw, state } = result.data;
  const space = parseForeignSpace(rawSpace);
  if (raw.length > maxObservations)
    throw new InputError("TOO_MANY", `${raw.length} observations; at most ${maxObservations}`, {
      where: "observations",
    });
  const optimiser = await createOptimiser(space);
  if (state !== undefined && state !== null) optimiser.load(state);
  const strict = { strictNames: true, strictBounds: true };
  const told = raw.map((o, i) => {
    refuseSlips(o, `observations[${i}]`);
    return checkObservation(space, o, strict, `observations[${i}]`);
  });
  const before = optimiser.save().observations as readonly Observation[];
  const whole = told.length >= before.length && before.every((o, i) => same(o, told[i]));
  for (const o of whole ? told.slice(before.length) : told) optimiser.tell(o);
  if (state === undefined || state === null) {
    // Who keeps no state sends the whole history each time: each image of it was asked for once. Or the points of the
    // initial design would be one and the same.
    const draws = told.filter((o) => o.session === undefined).length;
    optimiser.load({ ...optimiser.save(), draws });
  }
  const { settings, why } = optimiser.ask();
  return { settings, why, state: optimiser.save() };
}

function same(a: Observation, b: Observation | undefined): boolean {
  if (b === undefined) throw new InputError("INTERNAL", "no observation to compare");
  return JSON.stringify(a) === JSON.stringify(b);
}
