import { type Observation, RandomStream } from "../src/core/index.js";
import { hypervolume } from "../src/optimiser/maths/hypervolume.js";
import {
  asObjectives,
  asPoint,
  asSettings,
  bestVolume,
  type Day,
  dayNumber,
  daySpace,
  fieldNoise,
  image,
  measure,
  worst,
} from "./optimiser-days-shared.js";
import { countFrom, type Row } from "./optimiser-option-shared.js";
import { statistic } from "./optimiser-report-shared.js";

const looks = [3, 5, 10, 20, 30] as const;
const runLength = 30;
/** Runs of other days that a new one starts from. */
const others = 2;

/**
 * `npm run bench optimiser-warm -- [days=N]`: warm start from runs of other simulated days (brightness, residual
 * doughnut and bleaching rate are drawn per day). Every day in turn is the new one, left out of what it starts from;
 * "theirs" is the same day, noise and seed without earlier runs. Then the same with a misleading old run, in which
 * the power's axis was upside down.
 */
export async function run(args: readonly string[]): Promise<readonly Row[]> {
  const days = countFrom(args, "days", 8, others + 1);
  const stored: Observation[][] = [];
  for (let day = 0; day < days; day++) {
    stored.push((await tune(dayNumber(day), day, [])).seen);
    process.stderr.write(`optimiser-warm: run of day ${day + 1} of ${days}\n`);
  }
  const cold: number[][] = [];
  const warm: number[][] = [];
  const misled: number[][] = [];
  for (let day = 0; day < days; day++) {
    const seed = 1000 + day;
    const today = dayNumber(day);
    const earlier = Array.from({ length: others }, (_, k) => (day + 1 + k) % days);
    const good = earlier.flatMap((k) => named(stored[k] as Observation[], `day ${k}`));
    const flipped = named(stored[(day + 1) % days] as Observation[], "upside down").map(upsideDown);
    cold.push((await tune(today, seed, [])).regret);
    warm.push((await tune(today, seed, good)).regret);
    misled.push((await tune(today, seed, flipped)).regret);
    process.stderr.write(`optimiser-warm: day ${day + 1} of ${days} three ways\n`);
  }
  return [...rowsOf("warm start", warm, cold), ...rowsOf("misleading old run", misled, cold)];
}

function rowsOf(what: string, ours: readonly number[][], theirs: readonly number[][]): Row[] {
  return looks.map((n, k) => {
    const difference = statistic(
      ours.map((o, i) => (o[k] as number) - ((theirs[i] as number[])[k] as number)),
    );
    const a = statistic(ours.map((o) => o[k] as number)).mean;
    const b = statistic(theirs.map((o) => o[k] as number)).mean;
    const unit = `regret, less is better; paired difference ${difference.mean.toFixed(3)} ± ${difference.se.toFixed(3)}`;
    return { name: `optimiser-warm: ${what} / cold, n=${n}`, ours: a, theirs: b, ratio: a / b, unit };
  });
}

const named = (seen: readonly Observation[], session: string): Observation[] =>
  seen.map((o) => ({ ...o, session }));

function upsideDown(o: Observation): Observation {
  const [power = 0, ...rest] = asPoint(o.settings);
  return { ...o, settings: asSettings([1 - power, ...rest]) };
}

async function tune(
  day: Day,
  seed: number,
  earlier: readonly Observation[],
): Promise<{ readonly seen: Observation[]; readonly regret: number[] }> {
  const optimiser = await daySpace(seed);
  for (const o of earlier) optimiser.tell(o);
  const noise = RandomStream.of(seed, "noise");
  const truth: number[][] = [];
  const seen: Observation[] = [];
  const best = bestVolume(day);
  const regret: number[] = [];
  for (let i = 1; i <= runLength; i++) {
    const { settings } = optimiser.ask();
    const u = asPoint(settings);
    const observation = { settings, objectives: asObjectives(measure(u, day, fieldNoise(noise))) };
    optimiser.tell(observation);
    seen.push(observation);
    truth.push(image(u, day));
    if (looks.some((n) => n === i)) regret.push(1 - hypervolume(truth, worst) / best);
  }
  return { seen, regret };
}
