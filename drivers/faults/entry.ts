/** One entry of a fault script, and what to say of a wrong one. */
import { z } from "zod";
import { nearest } from "../../src/core/index.js";

/** What an entry may be pinned to: seconds since the start, a frame, a command or message. */
export type Trigger = "s" | "frame" | "command";
export const everyTrigger: readonly Trigger[] = ["s", "frame", "command"];

const said = {
  s: "a number of seconds since the start, 0 or more",
  frame: "the number of a frame, 1 or more",
  command: "the number of a command or message, 1 or more",
  rate: "a probability, 0 … 1",
  for: "a number of seconds above 0",
  fault: "the name of a fault",
} as const;
const counted = (error: string) => z.number({ error }).int({ error }).positive({ error });

const atSchema = z
  .strictObject({
    s: z.number({ error: said.s }).nonnegative({ error: said.s }).optional(),
    frame: counted(said.frame).optional(),
    command: counted(said.command).optional(),
  })
  .refine((at) => Object.keys(at).length === 1)
  .transform(
    (at) => at as { readonly s: number } | { readonly frame: number } | { readonly command: number },
  );

export const entrySchema = z
  .strictObject({
    fault: z.string({ error: said.fault }),
    at: atSchema.optional(),
    rate: z.number({ error: said.rate }).min(0, { error: said.rate }).max(1, { error: said.rate }).optional(),
    for: z.number({ error: said.for }).positive({ error: said.for }).optional(),
  })
  .refine((e) => (e.at === undefined) !== (e.rate === undefined), { error: "give either 'at' or 'rate'" });
export type FaultEntry = z.infer<typeof entrySchema>;

export const exampleEntry = "an entry looks like - {at: {frame: 3}, fault: frame-drop}";
const entryKeys = ["fault", "at", "rate", "for"];

export interface Complaint {
  readonly message: string;
  readonly hint: string;
  /** Keys down to what is wrong. */
  readonly path: readonly string[];
}

/** @param value the entry as it was written @param triggers what `at` may be pinned to here */
export function complaintOf(error: z.ZodError, value: unknown, triggers: readonly Trigger[]): Complaint {
  // A mistyped key also misses under its right name: the typo says more.
  const issue = error.issues.find((i) => i.code === "unrecognized_keys") ?? error.issues[0];
  const path = (issue?.path ?? []).map(String);
  const atTakes = `at takes one of ${triggers.map((t) => `{${t}: ${said[t]}}`).join(", ")}`;
  const inAt = path[0] === "at";
  if (issue?.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const near = nearest(key, inAt ? triggers : entryKeys);
    const allowed = inAt ? atTakes : `an entry takes ${entryKeys.join(", ")}`;
    return {
      message: `unknown key '${[...path, key].join(".")}'`,
      hint: near === undefined ? allowed : `did you mean '${near}'? ${allowed}`,
      path: [...path, key],
    };
  }
  if (path.length === 0) {
    const plain = typeof value !== "object" || value === null || Array.isArray(value);
    const message = plain ? `${shown(value)} is no entry` : (issue?.message ?? "a wrong entry");
    return { message, hint: exampleEntry, path };
  }
  const found = path.reduce<unknown>((v, key) => (v as Record<string, unknown> | null)?.[key], value);
  if (path.length === 1 && inAt) return { message: `at: ${shown(found)} will not do`, hint: atTakes, path };
  const name = path.join(".");
  const message = found === undefined ? `no '${name}'` : `${name}: ${shown(found)} will not do`;
  return { message, hint: `${name} is ${issue?.message ?? "something else"}`, path };
}

const shown = (value: unknown): string =>
  typeof value === "string" ? `'${value}'` : value === undefined ? "nothing" : JSON.stringify(value);
