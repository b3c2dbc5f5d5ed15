/** Seeds: whole numbers that every program and JSON hold exactly. */
import { z } from "zod";
import { UsageError } from "./errors.js";

export const seedRange = `a whole number, 0 … ${Number.MAX_SAFE_INTEGER}`;
const wrong = `a seed is ${seedRange}`;

/** A seed in a file. */
export const seedSchema = z.int({ error: wrong }).min(0, { error: wrong });

/** @returns the seed @param where option or key, for the message @throws UsageError for anything but 0 … 2^53 − 1 */
export function checkedSeed(seed: number, where = "seed"): number {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new UsageError("BAD_SEED", `${seed}: ${wrong}`, { where });
}
