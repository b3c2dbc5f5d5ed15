/**
 * `npm run bench simulator-conformance [-- write]`: ours / reference / difference for every table of the specification,
 * the worst row of each. `write` puts the table into docs/science/simulator.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Check, frameChecks, physicsChecks } from "./simulator-checks-shared.js";
import { ratingChecks } from "./simulator-rating-shared.js";
import { type BenchRow, packageRoot } from "./simulator-shared.js";

export async function run(args: readonly string[] = []): Promise<BenchRow[]> {
  const checks = [...physicsChecks(), ...frameChecks(), ...ratingChecks()];
  const lines = [
    "| what | rows | ours | reference | worst difference | allowed |",
    "|---|---|---|---|---|---|",
    ...checks.map(line),
  ];
  for (const text of lines) console.error(text);
  if (args.some((a) => a.replace(/^-+/, "") === "write")) write(lines.join("\n"));
  return checks.map((c) => ({
    name: `${c.name} (worst of ${c.rows})`,
    ours: c.ours,
    theirs: c.reference,
    ratio: c.reference === 0 ? c.deviation : c.ours / c.reference,
    unit: c.unit,
  }));
}

function line(c: Check): string {
  const show = (v: number): string =>
    c.kind === "relative" ? `${(100 * v).toPrecision(2)} %` : v.toPrecision(2);
  const verdict = c.deviation <= c.allowed ? "" : " **outside**";
  const short = (v: number): string => Number(v.toPrecision(6)).toString();
  return `| ${c.name} | ${c.rows} | ${short(c.ours)} | ${short(c.reference)} ${c.unit} | ${show(c.deviation)}${verdict} | ${show(c.allowed)} |`;
}

const [begin, end] = [
  "<!-- conformance: npm run bench simulator-conformance -- write -->",
  "<!-- /conformance -->",
];

function write(table: string): void {
  const file = join(packageRoot, "docs", "science", "simulator.md");
  const text = readFileSync(file, "utf8");
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < 0) throw new Error(`${file} has no place for the table (${begin})`);
  writeFileSync(file, `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`);
}
