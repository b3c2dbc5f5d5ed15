import { execFileSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { CholeskyDecomposition, inverse, Matrix } from "ml-matrix";
import { RandomStream, UsageError } from "../src/core/index.js";
import { scaledTraining } from "../src/optimiser/data.js";
import { Kernel } from "../src/optimiser/gp.js";
import { defaultTheta, HyperObjective } from "../src/optimiser/gp-objective.js";
import { createOptimiser, type Optimiser, parseSpace } from "../src/optimiser/index.js";
import { benchRoot } from "./optimiser-job-shared.js";
import type { Row } from "./optimiser-option-shared.js";
import { problemNamed } from "./optimiser-problems-shared.js";

/** BoTorch on one core of the machine of the benchmark's authors, n = 100, m = 3, d = 4: used where there is none here. */
const recordedSeconds = 5.9;
const names = ["a", "b", "c", "d"];
const worst = 1.1;
const repeats = 4;

/**
 * `npm run bench optimiser-speed -- [python=PYTHON]`: seconds of one proposal (DTLZ2 with noise, 4 knobs, 3 objectives,
 * one thread), the median of several problems. Where a Python with BoTorch is found, or named, it proposes from the
 * same data in this very run; processor time counts on both sides, so that other work on the machine does not. The
 * time on the wall is told beside it.
 */
export async function run(args: readonly string[]): Promise<readonly Row[]> {
  const given = /^(?:--)?python=(.+)$/.exec(args[0] ?? "python=");
  if (args.length > 1 || (args.length === 1 && given === null))
    throw new UsageError("BAD_OPTION", `'${args.join(" ")}': say python=PYTHON`);
  return speedRows(given?.[1]);
}

export async function speedRows(python?: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  await warmUp();
  for (const [n, budget] of [
    [50, 0.3],
    [100, 0.3],
    [200, 0.8],
    [1000, 3],
  ] as const)
    rows.push(
      row(
        `proposal from nothing, n=${n} / its budget`,
        ...timed(await askSeconds(n, false), budget, "CPU s"),
      ),
    );
  const whole = await askSeconds(100, false);
  const prepared = await askSeconds(100, true);
  const theirs = botorch(python);
  const unit = theirs.where;
  rows.push(
    row("proposal after a fit ahead, n=100 m=3 d=4 / BoTorch", ...timed(prepared, theirs.seconds, unit)),
  );
  rows.push(row("proposal from nothing, n=100 m=3 d=4 / BoTorch", ...timed(whole, theirs.seconds, unit)));
  const [ours, matrix] = likelihoodMs(100);
  return [...rows, row("likelihood and gradient, n=100 / ml-matrix", ours, matrix, "ms")];
}

interface Seconds {
  readonly cpu: number;
  readonly wall: number;
}

/** Processor time beside `theirs`; the wall's, which other work on the machine stretches, in words. */
function timed(ours: Seconds, theirs: number, unit: string): readonly [number, number, string] {
  return [ours.cpu, theirs, `${unit}; on the wall ${ours.wall.toPrecision(3)} s`];
}

function row(name: string, ours: number, theirs: number, unit: string): Row {
  return { name: `optimiser-speed: ${name}`, ours, theirs, ratio: ours / theirs, unit };
}

/** n noisy observations of DTLZ2 at random settings. */
function observed(n: number, repeat: number): { readonly x: number[][]; readonly y: number[][] } {
  const stream = RandomStream.of(repeat, "latency");
  const { truth } = problemNamed("DTLZ2");
  const x: number[][] = [];
  const y: number[][] = [];
  for (let i = 0; i < n; i++) {
    const u = names.map(() => stream.uniform());
    x.push(u);
    y.push(truth(u).map((v) => v + 0.05 * stream.normal()));
  }
  return { x, y };
}

async function told(n: number, repeat: number): Promise<Optimiser> {
  const optimiser = await createOptimiser(
    parseSpace({
      parameters: names.map((name) => ({ name, min: 0, max: 1 })),
      objectives: ["f", "g", "h"].map((name) => ({ name, direction: "minimise", worstAcceptable: worst })),
      seed: repeat + 1,
    }),
  );
  const { x, y } = observed(n, repeat);
  x.forEach((u, i) => {
    const settings = Object.fromEntries(names.map((name, j) => [name, u[j] as number]));
    const [f = 0, g = 0, h = 0] = y[i] as number[];
    optimiser.tell({ settings, objectives: { f, g, h } });
  });
  return optimiser;
}

/** A run has asked many times before; the first calls also compile. */
async function warmUp(): Promise<void> {
  for (let repeat = 0; repeat < 6; repeat++) (await told(60, repeat)).ask();
}

/** @param ahead with the fit done while the image before was taken, as in a run */
async function askSeconds(n: number, ahead: boolean): Promise<Seconds> {
  const times: number[] = [];
  const walls: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const optimiser = await told(n, repeat);
    if (ahead) optimiser.prepare();
    const begun = performance.now();
    const from = process.cpuUsage();
    optimiser.ask();
    const { user, system } = process.cpuUsage(from);
    times.push((user + system) / 1e6);
    walls.push((performance.now() - begun) / 1e3);
  }
  return { cpu: median(times), wall: median(walls) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle - 0.5)] as number) + (sorted[Math.floor(middle)] as number)) / 2;
}

interface Theirs {
  readonly seconds: number;
  /** Unit of both sides, and where theirs was measured. */
  readonly where: string;
}

function botorch(named: string | undefined): Theirs {
  const given = named === undefined || named === "" ? null : named;
  const own = join(homedir(), ".cache", "stedloop", "botorch-venv", "bin", "python");
  for (const python of given === null ? [own, "python3", "python"] : [given]) {
    try {
      execFileSync(python, ["-c", "import botorch"], { stdio: "ignore" });
    } catch {
      continue;
    }
    const script = join(benchRoot, "bench", "optimiser-botorch.py");
    const { x, y } = observed(100, 0);
    const text = execFileSync(python, [script], {
      encoding: "utf8",
      input: JSON.stringify({ x, y, reference: [worst, worst, worst], repeats }),
      stdio: ["pipe", "pipe", "inherit"],
    });
    const { cpuS, versions } = JSON.parse(text) as { cpuS: number[]; versions: string };
    return { seconds: median(cpuS), where: `CPU s, ${versions} in this run` };
  }
  if (given !== null) console.error(`${given} has no botorch; the recorded time is used`);
  return { seconds: recordedSeconds, where: "CPU s; theirs as recorded by the benchmark's authors" };
}

/** Milliseconds of one likelihood beside ml-matrix. */
function likelihoodMs(n: number): readonly [number, number] {
  const d = 4;
  const stream = RandomStream.of(1, "likelihood");
  const points = Array.from({ length: n }, () => Float64Array.from({ length: d }, () => stream.uniform()));
  const { training } = scaledTraining(
    d,
    points,
    points.map((p) => Math.sin(3 * (p[0] as number)) + 0.1 * stream.normal()),
  );
  const theta = defaultTheta(d);
  const objective = new HyperObjective(training);
  const gradient = new Float64Array(d + 2);
  const ours = best(() => objective.evaluate(theta, gradient));
  const theirs = best(() => {
    const kernel = new Kernel(d, theta);
    const k = new Matrix(points.map((a) => points.map((b) => kernel.at(a, b))));
    for (let i = 0; i < n; i++) k.set(i, i, kernel.signal + kernel.noise);
    const decomposition = new CholeskyDecomposition(k);
    decomposition.solve(Matrix.columnVector([...training.values]));
    // The gradient needs the inverse; this leaves out the traces, in their favour.
    inverse(k);
  });
  return [ours, theirs];
}

function best(work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 12; i++) {
    const from = performance.now();
    work();
    least = Math.min(least, performance.now() - from);
  }
  return least;
}
