import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Rows of a reference table as {column: text}. */
export function table(name: string): Record<string, string>[] {
  const text = readFileSync(join(import.meta.dirname, "fixtures", `${name}.csv`), "utf8").trim();
  const [head, ...lines] = text.split(/\r?\n/);
  const columns = (head as string).split(",");
  return lines.map((line) =>
    Object.fromEntries(line.split(",").map((value, i) => [columns[i] as string, value])),
  );
}
export function num(row: Record<string, string>, column: string): number {
  const text = row[column];
  if (text === undefined || text === "") throw new Error(`no column ${column}`);
  return Number(text);
}
