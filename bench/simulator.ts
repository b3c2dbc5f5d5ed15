/**
 * Speed of the simulated microscope beside pySTED (FLClab): 224 × 224 pixels of 20 nm with bleaching and noise, its own
 * example maps at 40 molecules, 150 mW, 10 µW, 10 µs, one core each. Where a Python with `pysted` is found (or named by
 * `pysted=PYTHON`) both run here, one after the other, and CPU time counts on both sides; else pySTED's times are those of the reference table
 * (two cores of another machine, named in the line).
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import {
  type BenchRow,
  exampleMap,
  packageRoot,
  referenceTable,
  timeFrames,
  writeTable,
} from "./simulator-shared.js";

const exampleNames = ["factin1", "psd951", "tubulin1"] as const;

export async function run(args: readonly string[] = []): Promise<BenchRow[]> {
  const theirs = pysted(args) ?? fromTable();
  const rows: BenchRow[] = [];
  for (const method of ["hybrid", "event-driven"] as const) {
    for (const name of exampleNames) {
      const ours = timeFrames(exampleMap(name), method, 40);
      const reference = theirs.seconds[name] * 1000;
      rows.push({
        name: `frame ${name}, ${method}, pySTED ${theirs.where}`,
        ours,
        theirs: reference,
        ratio: reference / ours,
        unit: "CPU ms per frame",
      });
    }
  }
  if (args.includes("write")) {
    const lines = rows.map(
      (r) => `| ${r.name} | ${r.ours.toFixed(1)} | ${r.theirs.toFixed(0)} | ${r.ratio.toFixed(0)} |`,
    );
    const head = ["| what | ours, CPU ms | pySTED, CPU ms | ratio |", "|---|---|---|---|"];
    writeTable("speed", "npm run bench simulator write", [...head, ...lines].join("\n"));
  }
  return rows;
}

interface Theirs {
  readonly where: string;
  readonly seconds: Readonly<Record<(typeof exampleNames)[number], number>>;
}

/** pySTED's times in this very run, or null where there is none. */
function pysted(args: readonly string[]): Theirs | null {
  const given = args.find((a) => a.startsWith("pysted="))?.slice("pysted=".length);
  const script = join(packageRoot, "bench", "simulator-pysted.py");
  for (const python of given === undefined ? ["python3", "python"] : [given]) {
    try {
      execFileSync(python, ["-c", "import pysted"], { stdio: "ignore" });
    } catch {
      continue;
    }
    const text = execFileSync(python, [script], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    const times = JSON.parse(text) as Record<string, { bleach: number }>;
    const of = (name: string): number => times[name]?.bleach ?? Number.NaN;
    return {
      where: "here",
      seconds: { factin1: of("factin1"), psd951: of("psd951"), tubulin1: of("tubulin1") },
    };
  }
  if (given !== undefined) console.error(`${given} has no pysted; the table's times are used`);
  return null;
}

function fromTable(): Theirs {
  const rows = referenceTable("pysted_speed");
  const of = (map: string): number => {
    const row = rows.find((r) => r.case === `${map} 224x224 bleach=True uniform 10us`);
    return Number(row?.median_wall_s);
  };
  return {
    where: "of the table (Python 3.11, one of 2 cores)",
    seconds: { factin1: of("factin"), psd951: of("psd95"), tubulin1: of("tubulin") },
  };
}
