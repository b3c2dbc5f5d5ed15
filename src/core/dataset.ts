/** The Dataset format (interfaces.md): a folder with dataset.json, labels.csv and frames/<id>.tif, simulated or rated by people. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { formatCsv } from "./csv.js";
import { StoreError } from "./errors.js";

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
  /** Frames of each field of view, where they are more than one. */
  views: z.number().int().optional(),
  /** Defects that were drawn more often than the others. */
  moreOf: z.array(z.string()).optional(),
  /** Where the ratings come from, e.g. `proxy-v2` or `human`: never mixed silently. */
  labelSource: z.string().optional(),
  split: z.strictObject({ train: ids, validation: ids, test: ids }),
});
export type DatasetInfo = z.infer<typeof datasetSchema>;

/** One rating of one frame; several rows of one id when several people rated it. */
export interface Label<S extends Split | null = Split> {
  readonly id: string;
  /** 0..1 */
  readonly rating: number;
  readonly rater: string;
  readonly structure: string;
  readonly split: S;
  /** Of simulated frames; null where there is none. */
  readonly trueRating: number | null;
  /** The other numeric columns by name (settings, resolutionNm, snr, bleached); empty cells are left out. */
  readonly values: Readonly<Record<string, number>>;
  /** The other columns that are not numbers. */
  readonly notes: Readonly<Record<string, string>>;
}
export interface Dataset<S extends Split | null = Split> {
  readonly folder: string;
  readonly info: DatasetInfo;
  /** In file order. */
  readonly labels: readonly Label<S>[];
}

export const firstColumns = ["id", "rating", "rater", "structure", "split"] as const;

export function framePath(folder: string, id: string): string {
  return join(folder, "frames", `${id}.tif`);
}

/** SHA-256 (hex) over the labels and every frame file: which data a model was trained on. */
export function datasetHash(dataset: Dataset<Split | null>): string {
  const hash = createHash("sha256");
  for (const file of ["dataset.json", "labels.csv"]) hash.update(readFileSync(join(dataset.folder, file)));
  for (const id of new Set(dataset.labels.map((l) => l.id)))
    hash.update(readFileSync(framePath(dataset.folder, id)));
  return hash.digest("hex");
}

/** Writes labels.csv, then dataset.json: a folder with the latter is whole. @param extraColumns order of the values' columns */
export function writeDataset(
  folder: string,
  info: DatasetInfo,
  labels: readonly Label<Split | null>[],
  extraColumns: readonly string[],
): void {
  const columns = [...firstColumns, "trueRating", ...extraColumns];
  const cell = (label: Label<Split | null>, column: string): string => {
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

/**
 * Writes a file whole or not at all. @param durable it is on the disk when this returns, also through a power cut
 * @throws StoreError naming it
 */
export function replaceFile(file: string, text: string, durable = false): void {
  try {
    writeFileSync(`${file}.part`, text, { flush: durable });
    renameSync(`${file}.part`, file);
  } catch (cause) {
    throw new StoreError("CANNOT_WRITE", "cannot be written", { where: file, cause });
  }
}
