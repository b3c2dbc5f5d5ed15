import { bins, type Measure, measureNames } from "./measures.js";
import { type PaperCell, paperRow } from "./paper.js";
import type { ReportRow } from "./report.js";
import type { StudyResult } from "./result.js";

/** A line of the paper's tables: who, and five cells; `null` prints as a dash. */
export interface TableLine {
  readonly label: string;
  readonly paper: boolean;
  readonly cells: readonly (PaperCell | null)[];
}
export interface PaperTable {
  readonly measure: Measure;
  readonly title: string;
  readonly dataset: string;
  readonly lines: readonly TableLine[];
}

export const binHeads: readonly string[] = bins.map(([low, high]) => `${low}–${high}`);

/** The two tables in the paper's layout, in percent, with the paper's own numbers below ours. */
export function tablesOf(result: Pick<StudyResult, "rows" | "datasets">): readonly PaperTable[] {
  return measureNames.flatMap((measure) =>
    result.datasets.map(({ name, structure }): PaperTable => {
      const ours = result.rows.filter((r) => r.measure === measure && r.dataset === name);
      const theirs = (["network", "random"] as const).flatMap((system) => {
        const row = paperRow(measure, structure, system);
        return row === null ? [] : [{ label: `paper, ${system}`, paper: true, cells: row }];
      });
      return {
        measure,
        title: measure === "confusion" ? "Confusion" : "Domination",
        dataset: name,
        lines: [...linesOf(ours), ...theirs],
      };
    }),
  );
}

/** One line a system out of its five rows. */
export function linesOf(rows: readonly ReportRow[]): readonly TableLine[] {
  const labels = [...new Set(rows.map(labelOf))];
  return labels.map((label) => ({
    label,
    paper: false,
    cells: bins.map(([low]) => {
      const row = rows.find((r) => labelOf(r) === label && r.bin[0] === low);
      if (row === undefined || row.mean === null) return null;
      return { mean: row.mean * 100, sd: row.sd === null ? Number.NaN : row.sd * 100 };
    }),
  }));
}

function labelOf({ system, model }: ReportRow): string {
  return model === undefined ? system : `${system} ${model}`;
}

/** "63 ± 25"; a dash for an empty bin, no ± for a single tester. */
export function cellText(cell: PaperCell | null): string {
  if (cell === null) return "–";
  const mean = cell.mean.toFixed(0);
  return Number.isNaN(cell.sd) ? mean : `${mean} ± ${cell.sd.toFixed(0)}`;
}

/** The tables, the test against the baseline and the sensitivity table as plain text. */
export function textOf(result: StudyResult): string {
  const line = (label: string, cells: readonly string[]): string =>
    `  ${label.padEnd(18)}${cells.map((c) => c.padStart(10)).join("")}`;
  const out: string[] = [];
  for (const { title, dataset, lines, measure } of tablesOf(result)) {
    out.push(`${title}, %, ${dataset}`, line("target score", binHeads));
    for (const { label, cells } of lines) out.push(line(label, cells.map(cellText)));
    const tests = result.comparisons.filter((c) => c.measure === measure && c.dataset === dataset);
    const models = [...new Set(tests.map((c) => c.model))];
    for (const model of models) {
      const of = bins.map(([low]) => tests.find((c) => c.model === model && c.bin?.[0] === low)?.p ?? null);
      out.push(line(model === undefined ? "p" : `p ${model}`, of.map(pText)));
    }
    out.push("");
  }
  out.push("p: network against random, paired sign-flip permutation test over testers, two-sided", "");
  for (const { band, rows } of result.sensitivity ?? []) {
    out.push(`Equivalence band ${band.toFixed(2)}`, line("target score", binHeads));
    for (const measure of measureNames) {
      for (const { name } of result.datasets) {
        const some = rows.filter((r) => r.measure === measure && r.dataset === name);
        for (const { label, cells } of linesOf(some)) {
          const short = `${measure === "confusion" ? "C" : "D"} ${label}`;
          out.push(line(result.datasets.length > 1 ? `${short} ${name}` : short, cells.map(cellText)));
        }
      }
    }
  }
  return [...out, "", ...result.notes].join("\n");
}

export function pText(p: number | null): string {
  if (p === null) return "–";
  return p < 0.001 ? "<0.001" : p.toFixed(3);
}
