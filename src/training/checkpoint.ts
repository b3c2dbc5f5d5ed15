import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { InputError, StoreError } from "../core/index.js";

export const epochSchema = z.object({
  epoch: z.int(),
  loss: z.number(),
  validationRmse: z.number(),
  trueRmse: z.number().nullable(),
  rate: z.number(),
  seconds: z.number(),
});
/** What one epoch gave. `trueRmse`: validation against the true rating, where there is one. */
export type EpochRecord = z.infer<typeof epochSchema>;

const headerSchema = z.object({
  format: z.literal("stedloop-checkpoint-1"),
  /** Hash of everything that a resumed training must share. */
  recipe: z.string(),
  adamSteps: z.int(),
  history: z.array(epochSchema),
  arrays: z.array(z.object({ name: z.string(), length: z.int().min(0) })),
});

export interface Checkpoint {
  readonly recipe: string;
  readonly adamSteps: number;
  readonly history: readonly EpochRecord[];
  /** Weights by name; Adam's moments as `adam1/<name>` and `adam2/<name>`. */
  readonly arrays: ReadonlyMap<string, Float32Array>;
}

/** One line of JSON, then the arrays as little-endian float32. Replaces the old file in one move. */
export function writeCheckpoint(file: string, checkpoint: Checkpoint): void {
  const { recipe, adamSteps, history, arrays } = checkpoint;
  const header = {
    format: "stedloop-checkpoint-1",
    recipe,
    adamSteps,
    history,
    arrays: [...arrays].map(([name, values]) => ({ name, length: values.length })),
  };
  const parts = [...arrays.values()].map((v) => Buffer.from(v.buffer, v.byteOffset, v.byteLength));
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.part`, Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...parts]));
    renameSync(`${file}.part`, file);
  } catch (cause) {
    throw new StoreError("CANNOT_WRITE", "the checkpoint cannot be written", { where: file, cause });
  }
}

/** @returns null when there is none. @throws InputError BAD_CHECKPOINT */
export function readCheckpoint(file: string): Checkpoint | null {
  if (!existsSync(file)) return null;
  const bytes = readFileSync(file);
  const end = bytes.indexOf(10);
  const bad = (what: string, cause?: unknown): InputError =>
    new InputError("BAD_CHECKPOINT", what, { where: file, hint: "train again without --resume", cause });
  let header: z.infer<typeof headerSchema>;
  try {
    header = headerSchema.parse(JSON.parse(bytes.toString("utf8", 0, Math.max(0, end))));
  } catch (cause) {
    throw bad("not a checkpoint of stedloop", cause);
  }
  const arrays = new Map<string, Float32Array>();
  let at = end + 1;
  for (const { name, length } of header.arrays) {
    if (at + 4 * length > bytes.length) throw bad("the checkpoint is cut short");
    arrays.set(
      name,
      new Float32Array(bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + at + 4 * length)),
    );
    at += 4 * length;
  }
  return { recipe: header.recipe, adamSteps: header.adamSteps, history: header.history, arrays };
}
