/**
 * `npm run bench simulator-conformance [-- write]`: ours / reference / difference for every table of the specification,
 * the worst row of each. `write` puts the table into docs/science/simulator.md.
 */
import { type Check, frameChecks, physicsChecks } from "./simulator-checks-shared.js";
import { ratingChecks } from "./simulator-rating-shared.js";
import { type BenchRow, writeTable } from "./simulator-shared.js";

export async function run(args: readonly string[] = []): Promise<BenchRow[]> {
  const checks = [...physicsChecks(), ...frameChecks(), ...ratingChecks()];
  const lines = [
    "| what | rows | ours | reference | worst difference | allowed |",
    "|---|---|---|---|---|---|",
    ...checks.map(line),
  ];
  for (const text of lines) console.error(text);
  if (args.some((a) => a.replace(/^-+/, "") === "write"))
    writeTable("conformance", "npm run bench simulator-conformance -- write", lines.join("\n"));
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
