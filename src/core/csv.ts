/** Comma-separated values as RFC 4180 writes them. */
import { InputError } from "./errors.js";

export interface CsvRow {
  /** 1-based, the heading is line 1. */
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

/** @throws InputError naming file and line */
export function parseCsv(text: string, file: string): { columns: string[]; rows: CsvRow[] } {
  const records = recordsOf(text.replace(/^\uFEFF/, ""), file);
  const columns = records.shift()?.cells ?? [];
  const rows = records.map(({ line, cells }) => {
    if (cells.length !== columns.length) {
      throw new InputError("BAD_CSV", `${cells.length} cells where the heading has ${columns.length}`, {
        where: `${file}:${line}`,
      });
    }
    return { line, cells: Object.fromEntries(columns.map((name, i) => [name, cells[i] ?? ""])) };
  });
  return { columns, rows };
}

function recordsOf(text: string, file: string): { line: number; cells: string[] }[] {
  const out: { line: number; cells: string[] }[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const begins = line;
    const cells: string[] = [];
    for (;;) {
      let cell = "";
      if (text[at] === '"') {
        at++;
        for (;;) {
          const end = text.indexOf('"', at);
          if (end < 0)
            throw new InputError("BAD_CSV", "a quote is never closed", { where: `${file}:${begins}` });
          cell += text.slice(at, end);
          at = end + 1;
          if (text[at] !== '"') break;
          cell += '"';
          at++;
        }
        line += cell.split("\n").length - 1;
      } else {
        const rest = /[,\r\n]/.exec(text.slice(at));
        const end = rest === null ? text.length : at + rest.index;
        cell = text.slice(at, end);
        at = end;
      }
      cells.push(cell.trim());
      if (text[at] !== ",") break;
      at++;
    }
    if (text[at] === "\r") at++;
    if (text[at] === "\n") at++;
    line++;
    if (cells.length > 1 || cells[0] !== "") out.push({ line: begins, cells });
  }
  return out;
}

export function formatCsv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const quote = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return `${[columns, ...rows].map((row) => row.map(quote).join(",")).join("\n")}\n`;
}
