import { inert } from "../core/inert.js";
import type { StepSummary } from "../loop/contract.js";

type Cell = string | number | null | undefined;

/** RFC 4180, with a header line. */
export function csvOf(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows]
    .map((row) => row.map(quoted).join(","))
    .join("\r\n")
    .concat("\r\n");
}
function quoted(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  const text = String(cell);
  const safe = typeof cell === "string" ? inert(text) : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

/** A run's steps in the columns of `stedloop export --format csv`. */
export function stepsCsv(steps: readonly StepSummary[]): string {
  const names = (of: (s: StepSummary) => object): string[] => [
    ...new Set(steps.flatMap((s) => Object.keys(of(s)))),
  ];
  const settings = names((s) => s.settings);
  const objectives = names((s) => s.objectives);
  const header = ["step", "at", "region", ...settings, ...objectives, "score", "lower", "upper", "reason"];
  const rows = steps.map((s) => [
    s.step,
    s.at,
    s.region,
    ...settings.map((name) => s.settings[name]),
    ...objectives.map((name) => s.objectives[name]?.value),
    s.score?.score,
    s.score?.lower,
    s.score?.upper,
    s.score?.reason,
  ]);
  return csvOf(header, rows);
}

/** Hands a text to the browser as a file. */
export function save(name: string, text: string): void {
  saveBlob(name, new Blob([text], { type: "text/csv" }));
}
export function saveBlob(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
