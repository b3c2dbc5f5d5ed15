/**
 * `npm run bench simulator-study [write]`: the published parameter study of gym-sted (three maps of molecules, depletion power,
 * excitation and dwell), simulated here and beside it what was published. `write` puts the table into
 * docs/science/simulator.md and draws docs/science/parameter-study.png.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { num } from "./simulator-checks-shared.js";
import { type BenchRow, packageRoot, writeTable } from "./simulator-shared.js";
import { drawStudy, type StudyRow, studyRows } from "./simulator-study-shared.js";

const quantities = [
  { name: "bleached", column: "true_fraction_bleached", of: "loss", digits: 3, unit: "1" },
  { name: "foreground mean", column: "sted_fg_mean_counts", of: "foreground", digits: 1, unit: "counts" },
  { name: "bleaching objective", column: "bleach_objective_ratio", of: "bleach", digits: 3, unit: "1" },
] as const;

const settingsText = ({ row }: StudyRow): string =>
  [row.datamap, num(row, "p_sted_mW"), num(row, "p_ex_uW"), num(row, "dwell_us")].join(" | ");

export async function run(args: readonly string[] = []): Promise<BenchRow[]> {
  const rows = studyRows();
  const table = [
    `| map | depletion, mW | excitation, µW | dwell, µs | ${quantities.map((q) => `${q.name}, ours | published`).join(" | ")} |`,
    `|${"---|".repeat(4 + 2 * quantities.length)}`,
    ...rows.map(
      (r) =>
        `| ${settingsText(r)} | ${quantities.map((q) => `${r.ours[q.of].toFixed(q.digits)} | ${num(r.row, q.column).toFixed(q.digits)}`).join(" | ")} |`,
    ),
  ].join("\n");
  console.error(table);
  if (args.some((a) => a.replace(/^-+/, "") === "write")) {
    writeTable("study", "npm run bench simulator-study -- write", table);
    const { width, height, data } = drawStudy(rows);
    const file = join(packageRoot, "docs", "science", "parameter-study.png");
    writeFileSync(file, encode({ width, height, data, channels: 1, depth: 8 }));
  }
  return rows.flatMap((r) =>
    quantities.flatMap((q) => {
      const [ours, theirs] = [r.ours[q.of], num(r.row, q.column)];
      const name = `${q.name}: ${settingsText(r).replaceAll(" | ", " ")}`;
      // Nothing bleaches without depletion light: no ratio.
      return theirs === 0 ? [] : [{ name, ours, theirs, ratio: ours / theirs, unit: q.unit }];
    }),
  );
}
