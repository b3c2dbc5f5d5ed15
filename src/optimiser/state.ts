import { createHash } from "node:crypto";
import { z } from "zod";
import { InputError } from "../core/index.js";
import { inputFault, type OptimiserSpace } from "./space.js";

const settings = z.record(z.string(), z.number());
const stateSchema = z.object({
  version: z.literal(1),
  space: z.string(),
  observations: z.array(
    z.object({
      settings,
      objectives: z.record(z.string(), z.number().nullable()),
      failed: z.boolean().optional(),
      session: z.string().optional(),
      context: z.record(z.string(), z.number()).optional(),
    }),
  ),
  clicks: z
    .array(z.object({ options: z.array(z.record(z.string(), z.number())), chosen: z.int().min(0) }))
    .optional(),
  pending: z.array(z.object({ settings, since: z.int().min(0) })),
  draws: z.int().min(0),
  thetas: z.record(z.string(), z.array(z.number())),
});

/** All that an optimiser knows, as plain JSON: observations, pending, draw counter, hyperparameters. */
export type OptimiserState = z.infer<typeof stateSchema>;

/** SHA-256 of the space: a state belongs to one. */
export function spaceHash(space: OptimiserSpace): string {
  return createHash("sha256").update(canonical(space)).digest("hex");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).filter(([, v]) => v !== undefined);
    return `{${entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`)
      .join(",")}}`;
  }
  return JSON.stringify(value);
}

/** @throws InputError BAD_PARAMS for anything but a state of this very space */
export function checkState(space: OptimiserSpace, value: unknown): OptimiserState {
  const result = stateSchema.safeParse(value);
  if (!result.success) throw inputFault("BAD_PARAMS", result.error, "state");
  if (result.data.space !== spaceHash(space)) {
    throw new InputError("BAD_PARAMS", "this state belongs to another space", {
      where: "state.space",
      hint: "load it into an optimiser with the parameters, objectives and seed it was saved from",
    });
  }
  return result.data;
}
