import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { formatCsv, inert, replaceFile, StoreError } from "../core/index.js";
import { htmlOf } from "./html.js";
import type { Vote } from "./items.js";
import type { StudyResult } from "./result.js";

/** Writes the report: FILE.html, FILE.csv (the tables' rows) and FILE-testers.csv. Returns what was written. */
export function writeReport(file: string, result: StudyResult, votes: readonly Vote[]): readonly string[] {
  const stem = file.replace(/\.html?$/i, "");
  const rows = csvOf(result);
  const testers = testersCsvOf(result);
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (cause) {
    throw new StoreError("CANNOT_WRITE", "the folder cannot be made", { where: dirname(file), cause });
  }
  replaceFile(file, htmlOf(result, votes));
  replaceFile(`${stem}.csv`, rows);
  replaceFile(`${stem}-testers.csv`, testers);
  return [file, `${stem}.csv`, `${stem}-testers.csv`];
}

const text = (v: number | null): string => (v === null ? "" : String(v));

export function csvOf(result: Pick<StudyResult, "rows">): string {
  return formatCsv(
    ["measure", "dataset", "system", "model", "binLow", "binHigh", "mean", "sd", "testers", "frames"],
    result.rows.map((r) => [
      r.measure,
      inert(r.dataset),
      r.system,
      inert(r.model ?? ""),
      ...r.bin.map(String),
      text(r.mean),
      text(r.sd),
      String(r.testers),
      String(r.frames),
    ]),
  );
}

export function testersCsvOf(result: Pick<StudyResult, "perTester">): string {
  return formatCsv(
    [
      "tester",
      "dataset",
      "system",
      "model",
      "binLow",
      "binHigh",
      "target",
      "prediction",
      "equivalent",
      "discard",
      "confusion",
      "domination",
    ],
    result.perTester.map((r) => [
      inert(r.tester),
      inert(r.dataset),
      r.system,
      inert(r.model ?? ""),
      ...r.bin.map(String),
      ...[r.target, r.prediction, r.equivalent, r.discard].map(String),
      text(r.confusion),
      text(r.domination),
    ]),
  );
}
