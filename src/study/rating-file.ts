/** A set that people rate, on disk: a dataset folder with rating.json (frames, order) and ratings.jsonl (every act). */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError, RandomStream, replaceFile, StoreError, UsageError } from "../core/index.js";

const splitSchema = z.enum(["train", "validation", "test"]);
export const ratingFileSchema = z.object({
  format: z.literal(1),
  name: z.string(),
  createdAt: z.string(),
  source: z.string(),
  order: z.enum(["random", "active"]),
  seed: z.number().int(),
  repeatShare: z.number().min(0).max(1),
  pixelSizeNm: z.number().positive(),
  licence: z.string(),
  frames: z.array(
    z.object({
      id: z.string(),
      structure: z.string(),
      split: splitSchema,
      /** Where it came from: a file and page, or a frame of a run. */
      origin: z.string(),
      score: z.number().nullable(),
      width: z.number().nullable(),
    }),
  ),
});
export type RatingFile = z.infer<typeof ratingFileSchema>;

export const ratingLineSchema = z.object({
  at: z.string(),
  rater: z.string(),
  id: z.string(),
  act: z.enum(["rate", "cannot", "skip", "undo"]),
  /** 0..1 with `rate`, else null. */
  rating: z.number().min(0).max(1).nullable(),
  repeat: z.boolean(),
});
export type RatingLine = z.infer<typeof ratingLineSchema>;

export const ratingsFolder = (data: string, name: string): string => join(data, "ratings", name);

/** @throws InputError for a name that is no folder's */
export function checkSetName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/.test(name)) return;
  throw new InputError("BAD_NAME", `'${name.slice(0, 40)}' cannot be a set's name`, {
    hint: "letters, digits, '.', '_' and '-' only",
  });
}

export function listRatingSets(data: string): readonly string[] {
  const folder = join(data, "ratings");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "rating.json")))
    .sort();
}

/** @throws UsageError where one of that name is there already */
export function makeRatingFolder(folder: string): void {
  if (existsSync(join(folder, "rating.json")) || existsSync(join(folder, "dataset.json"))) {
    throw new UsageError("EXISTS", "there is a set of this name already", { hint: "choose another name" });
  }
  try {
    mkdirSync(join(folder, "frames"), { recursive: true });
  } catch (cause) {
    throw new StoreError("CANNOT_WRITE", "the folder cannot be made", { where: folder, cause });
  }
}

export function writeRatingFile(folder: string, file: RatingFile): void {
  replaceFile(join(folder, "rating.json"), `${JSON.stringify(ratingFileSchema.parse(file))}\n`);
}

export function readRatingFile(folder: string): RatingFile {
  const where = join(folder, "rating.json");
  try {
    return ratingFileSchema.parse(JSON.parse(readFileSync(where, "utf8")));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      throw new UsageError("SET_UNKNOWN", "there is no such set to rate");
    }
    throw new StoreError("SET_DAMAGED", "its rating.json cannot be read", { where, cause });
  }
}

/** 80/10/10, shuffled by the seed; at least one frame in each part where there are three. */
export function splitFrames(
  ids: readonly string[],
  seed: number,
): ReadonlyMap<string, z.infer<typeof splitSchema>> {
  const order = RandomStream.of(seed, "split").shuffle(ids);
  const held = order.length >= 3 ? Math.max(1, Math.round(order.length * 0.1)) : 0;
  return new Map(
    order.map((id, rank) => [id, rank < held ? "test" : rank < 2 * held ? "validation" : "train"]),
  );
}
