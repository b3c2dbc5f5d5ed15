import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../src/core/index.js";
import { benchRoot, checkpoints, type Job, type JobResult } from "./optimiser-job-shared.js";
import type { Row } from "./optimiser-option-shared.js";
import { runJobs } from "./optimiser-pool-shared.js";
import { problems } from "./optimiser-problems-shared.js";
import {
  paired,
  readReference,
  referenceMethods,
  regretPicture,
  regretTables,
} from "./optimiser-report-shared.js";
import { speedRows } from "./optimiser-speed.js";

/**
 * `npm run bench optimiser -- [seeds=N|A-B] [problems=A,B] [strategies=nehvi,…] [workers=N] [thresholds=no] [out=DIR] [from=results.jsonl] [python=PYTHON]
 * [without=indifference|faces|nadir|noise]`.
 * Regrets after 10, 20, 30 and 50 images beside the reference's on the same noise (20 seeds are there; 3 by default),
 * then `optimiser-speed`. `out` gets results.jsonl (a line a finished run; runs that are there are not run again), tables.md and
 * regret.svg; `from` makes tables of an earlier run. `without` leaves out one part of `nehvi`, for the ablation table.
 */
export async function run(args: readonly string[]): Promise<readonly Row[]> {
  const options = new Map(args.map((a) => a.replace(/^--/, "").split("=", 2) as [string, string]));
  const known = [
    "seeds",
    "problems",
    "strategies",
    "workers",
    "out",
    "from",
    "thresholds",
    "python",
    "without",
  ];
  for (const key of options.keys())
    if (!known.includes(key))
      throw new UsageError("BAD_OPTION", `unknown option '${key}'; one of ${known.join(", ")}`);
  const from = options.get("from");
  const results = from === undefined ? await measure(options) : readResults(from);
  const reference = readReference(benchRoot);
  const out = options.get("out");
  if (out !== undefined) {
    mkdirSync(out, { recursive: true });
    writeFileSync(
      join(out, "results.jsonl"),
      results.map((r) => `${JSON.stringify({ ...r, path: [] })}\n`).join(""),
    );
    writeFileSync(join(out, "tables.md"), regretTables(results, reference));
    writeFileSync(join(out, "regret.svg"), regretPicture(results, reference));
  }
  const rows: Row[] = [];
  for (const problem of problems) {
    const list = results.filter((r) => r.job.problem === problem.name && r.job.method === "nehvi");
    for (const n of checkpoints) {
      for (const method of referenceMethods) {
        const d = paired(list, reference, method, n);
        if (d === null) continue;
        const seeds = list.filter((r) => reference.has(`${problem.name}/${method}/${r.job.seed}/${n}`));
        const ours = seeds.reduce((sum, r) => sum + (r.hvRegret[n] ?? 0), 0) / seeds.length;
        rows.push(
          row(`optimiser: ${problem.name} n=${n} / ${method}`, ours, ours - d.mean, "regret, less is better"),
        );
      }
    }
  }
  return [...rows, ...(await speedRows(options.get("python")))];
}

/** Parts of `nehvi` that can be left out. */
const parts: Readonly<Record<string, Job["tuning"]>> = {
  indifference: { indifference: 0 },
  faces: { stretchFrom: Number.POSITIVE_INFINITY },
  nadir: { likelyNadir: false },
  noise: { quietNoise: false },
};

function row(name: string, ours: number, theirs: number, unit: string): Row {
  return { name, ours, theirs, ratio: ours / theirs, unit };
}

function readResults(file: string): JobResult[] {
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .flatMap((line) => (line === "" ? [] : [JSON.parse(line) as JobResult]));
}

async function measure(options: ReadonlyMap<string, string>): Promise<JobResult[]> {
  const [first = 0, last = first] = seedsOf(options.get("seeds") ?? "3");
  const chosen = options.get("problems")?.split(",") ?? problems.map((p) => p.name);
  const strategies = (options.get("strategies") ?? "nehvi,kernel-ts").split(",") as Job["strategy"][];
  const thresholds = options.get("thresholds") !== "no";
  const without = options.get("without");
  const tuning = without === undefined ? undefined : parts[without];
  if (without !== undefined && tuning === undefined)
    throw new UsageError("BAD_OPTION", `without=${without}: one of ${Object.keys(parts).join(", ")}`);
  const jobs: Job[] = [];
  for (const strategy of strategies)
    for (const problem of chosen)
      for (let seed = first; seed <= last; seed++) {
        const changed = strategy === "nehvi" ? tuning : undefined;
        const method = `${strategy}${thresholds ? "" : ", no thresholds"}${changed === undefined ? "" : `, without ${without}`}`;
        const job = { problem, method, strategy, seed, thresholds, prefer: false, budget: 50 };
        jobs.push(changed === undefined ? job : { ...job, tuning: changed });
      }
  // Every finished run is on disk at once, and a second call goes on where the first was cut off.
  const out = options.get("out");
  const file = out === undefined ? null : join(out, "results.jsonl");
  if (out !== undefined) mkdirSync(out, { recursive: true });
  const results: JobResult[] = file !== null && existsSync(file) ? readResults(file) : [];
  const had = new Set(results.map((r) => keyOf(r.job)));
  const left = jobs.filter((job) => !had.has(keyOf(job)));
  const workers = options.get("workers");
  await runJobs(
    left,
    (result, done) => {
      results.push(result);
      if (file !== null) appendFileSync(file, `${JSON.stringify({ ...result, path: [] })}\n`);
      process.stderr.write(`optimiser: ${done} of ${left.length} runs\n`);
    },
    workers === undefined ? undefined : Number(workers),
  );
  return sorted(results);
}

const keyOf = ({ problem, method, seed }: Job): string => `${problem}/${method}/${seed}`;

/** Problems in the order of docs/science/optimiser.md, then methods, then seeds. */
function sorted(results: readonly JobResult[]): JobResult[] {
  const order = (r: JobResult): number => problems.findIndex((p) => p.name === r.job.problem);
  return [...results].sort(
    (a, b) => order(a) - order(b) || a.job.method.localeCompare(b.job.method) || a.job.seed - b.job.seed,
  );
}

/** "5" = seeds 0 to 4, "3-7" = those. */
function seedsOf(text: string): readonly number[] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (match === null) throw new UsageError("BAD_OPTION", `seeds=${text}: say seeds=5 or seeds=3-7`);
  const [, a, b] = match;
  return b === undefined ? [0, Number(a) - 1] : [Number(a), Number(b)];
}
