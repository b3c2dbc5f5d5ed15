/** A test's word while a simulated device runs: a JSON line in, a JSON line out. */
import { z } from "zod";
import { errorToWire, InputError } from "../../../src/core/index.js";
import type { DeviceSim } from "./simulate.js";

const id = { id: z.union([z.string(), z.number()]).optional() };
const order = z.union([
  z.strictObject({
    fault: z.string(),
    for: z.number().positive().optional(),
    commands: z.number().int().positive().optional(),
    ...id,
  }),
  z.strictObject({ clear: z.string(), ...id }),
  z.strictObject({ status: z.literal(true), ...id }),
]);

/** What is answered to one line: `{ok: true, …}`, `{status: {…}}` or `{error: {code, message}}`, with the line's `id`. */
export async function control(sim: DeviceSim, line: string): Promise<Readonly<Record<string, unknown>>> {
  let asked: unknown;
  try {
    asked = JSON.parse(line);
  } catch {
    return failed(new InputError("BAD_ORDER", "not JSON"));
  }
  const named = z.object(id).safeParse(asked);
  const back = named.success && named.data.id !== undefined ? { id: named.data.id } : {};
  const parsed = order.safeParse(asked);
  if (!parsed.success) {
    const hint =
      'one of {"fault": NAME, "for"?: s, "commands"?: n}, {"clear": NAME or "all"}, {"status": true}';
    return { ...back, ...failed(new InputError("BAD_ORDER", `not understood; ${hint}`)) };
  }
  try {
    const given = parsed.data;
    if ("status" in given) return { ...back, status: sim.status() };
    if ("clear" in given) await sim.clear(given.clear);
    else await sim.fault(given.fault, given.for, given.commands);
    const { path, faults } = sim.status();
    return { ...back, ok: true, path, faults };
  } catch (thrown) {
    return { ...back, ...failed(thrown) };
  }
}

function failed(thrown: unknown): { readonly error: { readonly code: string; readonly message: string } } {
  const { code, message, hint } = errorToWire(thrown);
  return { error: { code, message: hint === undefined ? message : `${message} (${hint})` } };
}
