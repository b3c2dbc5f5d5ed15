/** The Dataset format (interfaces.md): a folder with dataset.json, labels.csv and frames/<id>.tif, simulated or rated by people. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError, StoreError } from "../core/index.js";
import { formatCsv, parseCsv } from "./dataset-csv.js";

export const splits = ["train", "validation", "test"] as const;
export type Split = (typeof splits)[number];

const ids = z.array(z.string().regex(/^[A-Za-z0-9._-]+$/, "letters, digits, '.', '_' and '-' only"));
export const datasetSchema = z.strictObject({
  name: z.string().min(1),
  version: z.string(),
  pixelSizeNm: z.number().positive(),
  structures: z.array(z.string()),
  licence: z.string(),
  simulated: z.boolean(),
  seed: z.number().int().optional(),
  /** Where the ratings come from, e.g. `proxy-v2` or `human`: never mixed silently. */
  labelSource: z.string().optional(),
  split: z.strictObject({ train: ids, validation: ids, test: ids }),
});
export type DatasetInfo = z.infer<typeof datasetSchema>;

/** One rating of one frame; several rows of one id when several people rated it. */
export interface Label {
  readonly id: string;
  /** 0..1 */
  readonly rating: number;
  readonly rater: string;
  readonly structure: string;
  readonly split: Split;
  /** Of simulated frames; null where there is none. */
  readonly trueRating: number | null;
  /** The other numeric columns by name (settings, resolutionNm, snr, bleached); empty cells are left out. */
  readonly values: Readonly<Record<string, number>>;
  /** The other columns that are not numbers. */
  readonly notes: Readonly<Record<string, string>>;
}
export interface Dataset {
  readonly folder: string;
  readonly info: DatasetInfo;
  /** In file order. */
  readonly labels: readonly Label[];
}

export const firstColumns = ["id", "rating", "rater", "structure", "split"] as const;

/** Reads and checks both files; frames are read by `framePath` when they are needed. @throws InputError with file and line */
export function readDataset(folder: string): Dataset {
  const info = readInfo(join(folder, "dataset.json"));
  const file = join(folder, "labels.csv");
  const splitOf = new Map<string, Split>();
  for (const split of splits) {
    for (const id of info.split[split]) {
      if (splitOf.has(id)) {
        throw new InputError("BAD_DATASET", `frame '${id}' is in two splits`, {
          where: join(folder, "dataset.json"),
        });
      }
      splitOf.set(id, split);
    }
  }
  const { columns, rows } = parseCsv(readText(file), file);
  for (const column of firstColumns) {
    if (!columns.includes(column)) {
      throw new InputError("BAD_DATASET", `column '${column}' is missing`, { where: `${file}:1` });
    }
  }
  const labels = rows.map(({ line, cells }) => labelOf(cells, `${file}:${line}`, splitOf));
  return { folder, info, labels };
}

export function framePath(folder: string, id: string): string {
  return join(folder, "frames", `${id}.tif`);
}

/** Writes labels.csv, then dataset.json: a folder with the latter is whole. @param extraColumns order of the values' columns */
export function writeDataset(
  folder: string,
  info: DatasetInfo,
  labels: readonly Label[],
  extraColumns: readonly string[],
): void {
  const columns = [...firstColumns, "trueRating", ...extraColumns];
  const cell = (label: Label, column: string): string => {
    if (column === "trueRating") return label.trueRating === null ? "" : String(label.trueRating);
    if (column in label.values) return String(label.values[column]);
    if (column in label.notes) return label.notes[column] ?? "";
    return String((label as unknown as Record<string, unknown>)[column] ?? "");
  };
  const rows = labels.map((label) => columns.map((column) => cell(label, column)));
  mkdirSync(folder, { recursive: true });
  replaceFile(join(folder, "labels.csv"), formatCsv(columns, rows));
  replaceFile(join(folder, "dataset.json"), `${JSON.stringify(datasetSchema.parse(info), null, 1)}\n`);
}

function readInfo(file: string): DatasetInfo {
  let data: unknown;
  try {
    data = JSON.parse(readText(file));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError("BAD_DATASET", "not JSON", { where: file, cause });
  }
  const parsed = datasetSchema.safeParse(data);
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

function replaceFile(file: string, text: string): void {
  try {
    writeFileSync(`${file}.part`, text);
    renameSync(`${file}.part`, file);
  } catch (cause) {
    throw new StoreError("CANNOT_WRITE", "cannot be written", { where: file, cause });
  }
}

function labelOf(
  cells: Readonly<Record<string, string>>,
  where: string,
  splitOf: ReadonlyMap<string, Split>,
): Label {
  const { id = "", rating = "", rater = "", structure = "", split = "", trueRating = "", ...rest } = cells;
  const expected = splitOf.get(id);
  if (expected === undefined) {
    throw new InputError("BAD_DATASET", `frame '${id}' is in no split of dataset.json`, { where });
  }
  if (split !== expected) {
    throw new InputError(
      "BAD_DATASET",
      `frame '${id}' is '${split}' here and '${expected}' in dataset.json`,
      { where },
    );
  }
  const unit = (text: string, name: string): number => {
    const value = Number(text);
    if (text === "" || !(value >= 0 && value <= 1)) {
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
  return {
    id,
    rating: unit(rating, "rating"),
    rater,
    structure,
    split: expected,
    trueRating: trueRating === "" ? null : unit(trueRating, "trueRating"),
    values,
    notes,
  };
}
