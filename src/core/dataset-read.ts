/** Reading a dataset as other people write them: what the format can do without may be missing. */
import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { type CsvRow, parseCsv } from "./csv.js";
import type { Dataset, DatasetInfo, Label, Split } from "./dataset.js";
import { InputError } from "./errors.js";

const splitNames: readonly Split[] = ["train", "validation", "test"];
const ids = z
  .array(z.string().regex(/^[A-Za-z0-9._-]+$/, "letters, digits, '.', '_' and '-' only"))
  .default([]);
/** Unknown keys are somebody else's notes and are left out. */
const looseSchema = z.object({
  name: z.string().min(1).optional(),
  version: z.union([z.string(), z.number().transform(String)]).default("1"),
  pixelSizeNm: z.number().positive().default(20),
  structures: z.array(z.string()).default([]),
  licence: z.string().default("not said"),
  simulated: z.boolean().default(false),
  seed: z.number().int().optional(),
  views: z.number().int().optional(),
  moreOf: z.array(z.string()).optional(),
  labelSource: z.string().optional(),
  split: z.object({ train: ids, validation: ids, test: ids }).prefault({}),
});

/**
 * Reads dataset.json and labels.csv. The split may stand in either file or in none (then `split` is null), rater,
 * structure and trueRating may be missing, and a row without a rating (a frame that nobody could judge) is left out.
 * @throws InputError with file and line: no such file, two splits for one frame, a rating outside 0..1
 */
export function readLooseDataset(folder: string): Dataset<Split | null> {
  const read = readInfo(join(folder, "dataset.json"));
  const file = join(folder, "labels.csv");
  const splitOf = new Map<string, Split>();
  for (const split of splitNames) {
    for (const id of read.split[split]) {
      if (splitOf.has(id)) {
        throw new InputError("BAD_DATASET", `frame '${id}' is in two splits`, {
          where: join(folder, "dataset.json"),
        });
      }
      splitOf.set(id, split);
    }
  }
  const { columns, rows } = parseCsv(readText(file), file);
  for (const column of ["id", "rating"]) {
    if (!columns.includes(column)) {
      throw new InputError("BAD_DATASET", `column '${column}' is missing`, { where: `${file}:1` });
    }
  }
  const listed = splitOf.size > 0;
  const labels = rows.flatMap((row) => labelOf(row, file, splitOf, listed, read.structures[0] ?? ""));
  const of = (split: Split): string[] => [
    ...new Set(labels.filter((l) => l.split === split).map((l) => l.id)),
  ];
  const { name = basename(resolve(folder)), seed, views, moreOf, labelSource, ...rest } = read;
  const info: DatasetInfo = {
    ...rest,
    name,
    ...(seed === undefined ? {} : { seed }),
    ...(views === undefined ? {} : { views }),
    ...(moreOf === undefined ? {} : { moreOf }),
    ...(labelSource === undefined ? {} : { labelSource }),
    split: listed ? read.split : { train: of("train"), validation: of("validation"), test: of("test") },
  };
  return { folder, info, labels };
}

/**
 * Reads and checks both files; frames are read by `framePath` when they are needed. Every frame must be in a split.
 * @throws InputError with file and line
 */
export function readDataset(folder: string): Dataset {
  const { info, labels } = readLooseDataset(folder);
  const astray = labels.find((label) => label.split === null);
  if (astray !== undefined) {
    throw new InputError("BAD_DATASET", `frame '${astray.id}' is in no split of dataset.json`, {
      where: join(folder, "labels.csv"),
    });
  }
  return { folder, info, labels: labels as readonly Label[] };
}

function readInfo(file: string): z.infer<typeof looseSchema> {
  let data: unknown;
  try {
    data = JSON.parse(readText(file).replace(/^\uFEFF/, ""));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError("BAD_DATASET", "not JSON", { where: file, cause });
  }
  const parsed = looseSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new InputError("BAD_DATASET", `${issue?.path.join(".") || "file"}: ${issue?.message}`, {
    where: file,
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new InputError("NO_DATASET", "cannot be read", {
      where: file,
      hint: "a dataset folder holds dataset.json, labels.csv and frames/",
      cause,
    });
  }
}

/** A row as a label; none where the row has no rating. */
function labelOf(
  { line, cells }: CsvRow,
  file: string,
  splitOf: ReadonlyMap<string, Split>,
  listed: boolean,
  onlyStructure: string,
): readonly Label<Split | null>[] {
  const where = `${file}:${line}`;
  const { id = "", rating = "", rater = "", structure = "", split = "", trueRating = "", ...rest } = cells;
  if (!/^[A-Za-z0-9._-]+$/.test(id) || /^\.+$/.test(id)) {
    throw new InputError("BAD_DATASET", `id '${id}': letters, digits, '.', '_' and '-' only`, { where });
  }
  const expected = splitOf.get(id);
  const told = splitNames.find((name) => name === split);
  if (split !== "" && told === undefined) {
    throw new InputError("BAD_DATASET", `'${split}' is no split: ${splitNames.join(", ")}`, { where });
  }
  if (listed && expected === undefined && told !== undefined) {
    throw new InputError("BAD_DATASET", `frame '${id}' is in no split of dataset.json`, { where });
  }
  if (expected !== undefined && told !== undefined && told !== expected) {
    throw new InputError("BAD_DATASET", `frame '${id}' is '${told}' here and '${expected}' in dataset.json`, {
      where,
    });
  }
  if (rating === "") return [];
  const unit = (text: string, name: string): number => {
    const value = Number(text);
    if (!(value >= 0 && value <= 1)) {
      throw new InputError("BAD_DATASET", `${name} '${text}' is not a number in 0..1`, { where });
    }
    return value;
  };
  const values: Record<string, number> = {};
  const notes: Record<string, string> = {};
  for (const [name, text] of Object.entries(rest)) {
    if (text === "") continue;
    const value = Number(text);
    if (Number.isFinite(value)) values[name] = value;
    else notes[name] = text;
  }
  return [
    {
      id,
      rating: unit(rating, "rating"),
      rater,
      structure: structure === "" ? onlyStructure : structure,
      split: expected ?? told ?? null,
      trueRating: trueRating === "" ? null : unit(trueRating, "trueRating"),
      values,
      notes,
    },
  ];
}
