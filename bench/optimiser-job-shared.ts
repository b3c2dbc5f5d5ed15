import { join } from "node:path";
import { utilityOf } from "../src/optimiser/composite.js";
import { Optimiser } from "../src/optimiser/index.js";
import { hypervolume } from "../src/optimiser/maths/hypervolume.js";
import { nehviWith, type Tuning } from "../src/optimiser/strategies/nehvi.js";
import { loadStrategy } from "../src/optimiser/strategies/registry.js";
import { problemNamed, sharedNoise, spaceOf, toSettings, toUnit } from "./optimiser-problems-shared.js";

/** One run of one strategy on one problem. */
export interface Job {
  readonly problem: string;
  readonly method: string;
  readonly strategy: "nehvi" | "kernel-ts" | "sobol" | "random";
  readonly tuning?: Partial<Tuning>;
  readonly seed: number;
  readonly thresholds: boolean;
  readonly prefer: boolean;
  readonly budget: number;
}
export interface JobResult {
  readonly job: Job;
  /** Per n: 1 − HV of the noise-free evaluated points / the best there is. */
  readonly hvRegret: Readonly<Record<number, number>>;
  readonly scalMeanAfterInit: Readonly<Record<number, number>>;
  readonly inferRegret: Readonly<Record<number, number>>;
  readonly msPerAsk: number;
  readonly path: readonly (readonly number[])[];
}
export const checkpoints = [10, 20, 30, 50] as const;
export const benchRoot = join(import.meta.dirname, import.meta.dirname.includes("/dist/") ? "../.." : "..");

export async function runJob(job: Job): Promise<JobResult> {
  const p = problemNamed(job.problem);
  const noise = sharedNoise(p, job.seed, benchRoot);
  const space = spaceOf(p, { ...job, seed: job.seed + 1 });
  const strategy = job.tuning === undefined ? await loadStrategy(job.strategy) : nehviWith(job.tuning);
  const optimiser = new Optimiser(space, strategy);
  const usesInit = job.strategy === "nehvi";
  const truth: number[][] = [];
  const path: number[][] = [];
  const hvRegret: Record<number, number> = {};
  const scalMean: Record<number, number> = {};
  const infer: Record<number, number> = {};
  const utility = {
    ideal: Float64Array.from(p.ideal),
    worst: Float64Array.from(p.nadir),
    weights: Float64Array.from(p.weights),
  };
  const loss = (f: readonly number[]): number => utilityOf(utility, f) - p.bestUtility;
  let asks = 0;
  let ms = 0;
  for (let i = 0; i < job.budget; i++) {
    const given = usesInit ? noise.init[i] : undefined;
    let settings: Readonly<Record<string, number>>;
    if (given === undefined) {
      const from = performance.now();
      settings = optimiser.ask().settings;
      ms += performance.now() - from;
      asks++;
    } else {
      settings = toSettings(p, given);
    }
    const u = toUnit(p, settings);
    const seen = p.observe(u, noise.z[i] as readonly number[]);
    optimiser.tell({ settings, objectives: Object.fromEntries(seen.map((v, j) => [`f${j + 1}`, v])) });
    truth.push(p.truth(u));
    path.push(u);
    const n = i + 1;
    if (!checkpoints.some((c) => c === n)) continue;
    hvRegret[n] = 1 - hypervolume(truth, p.reference) / p.bestVolume;
    const after = truth.slice(Math.max(5, 2 * p.d));
    scalMean[n] = after.reduce((sum, f) => sum + loss(f), 0) / Math.max(1, after.length);
    const best = optimiser.best();
    infer[n] = best === null ? Number.NaN : loss(truth[best.index] as number[]);
  }
  return {
    job,
    hvRegret,
    scalMeanAfterInit: scalMean,
    inferRegret: infer,
    msPerAsk: ms / Math.max(1, asks),
    path,
  };
}
