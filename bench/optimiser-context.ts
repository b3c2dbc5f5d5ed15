import { RandomStream } from "../src/core/index.js";
import { hypervolume } from "../src/optimiser/maths/hypervolume.js";
import {
  asObjectives,
  asPoint,
  bestVolume,
  dayNumber,
  daySpace,
  fieldNoise,
  image,
  measure,
  worst,
} from "./optimiser-days-shared.js";
import { countFrom, type Row } from "./optimiser-option-shared.js";
import { statistic } from "./optimiser-report-shared.js";

const looks = [10, 20, 30] as const;
/** Spread of the fields' brightness (log), much as between sparse and dense labelling, against 0.25 in the benchmark. */
const spread = 0.6;

/**
 * `npm run bench optimiser-context -- [seeds=N]`: fields of very different brightness (log-normal, sd 0.6). "ours" is
 * told the confocal's foreground mean (with 3 % error) beside the settings, "theirs" is not. Regret on the typical field.
 */
export async function run(args: readonly string[]): Promise<readonly Row[]> {
  const seeds = countFrom(args, "seeds", 8);
  const told: number[][] = [];
  const blind: number[][] = [];
  for (let seed = 0; seed < seeds; seed++) {
    told.push(await tune(seed, true));
    blind.push(await tune(seed, false));
    process.stderr.write(`optimiser-context: seed ${seed + 1} of ${seeds}\n`);
  }
  return looks.map((n, k) => {
    const gap = statistic(told.map((o, i) => (o[k] as number) - ((blind[i] as number[])[k] as number)));
    const ours = statistic(told.map((o) => o[k] as number)).mean;
    const theirs = statistic(blind.map((o) => o[k] as number)).mean;
    const unit = `regret, less is better; paired difference ${gap.mean.toFixed(3)} ± ${gap.se.toFixed(3)}`;
    return {
      name: `optimiser-context: told the field / not, n=${n}`,
      ours,
      theirs,
      ratio: ours / theirs,
      unit,
    };
  });
}

async function tune(seed: number, tell: boolean): Promise<number[]> {
  const day = dayNumber(seed);
  const optimiser = await daySpace(seed + 1, tell ? { context: ["foregroundMean"] } : {});
  const noise = RandomStream.of(seed, "context noise");
  const best = bestVolume(day);
  const truth: number[][] = [];
  const regret: number[] = [];
  for (let i = 1; i <= 30; i++) {
    const { settings } = optimiser.ask();
    const u = asPoint(settings);
    const z = fieldNoise(noise);
    // `measure` takes the brightness as 0.25 sd a unit.
    const field = [z[0], z[1], z[2], ((z[3] as number) * spread) / 0.25] as number[];
    const foregroundMean = 100 * Math.exp(spread * (z[3] as number)) * (1 + 0.03 * noise.normal());
    const objectives = asObjectives(measure(u, day, field));
    optimiser.tell({ settings, objectives, ...(tell ? { context: { foregroundMean } } : {}) });
    truth.push(image(u, day));
    if (looks.some((n) => n === i)) regret.push(1 - hypervolume(truth, worst) / best);
  }
  return regret;
}
