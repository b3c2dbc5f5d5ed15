import { RandomStream } from "../src/core/index.js";
import { type Held, holdDrift } from "../src/loop/hold-drift.js";
import type { Optimiser } from "../src/optimiser/index.js";
import { asPoint, type Day, dayNumber, daySpace, fieldNoise, image } from "./optimiser-days-shared.js";
import { countFrom, type Row } from "./optimiser-option-shared.js";
import { statistic } from "./optimiser-report-shared.js";

const tuning = 25;
const holding = 200;
/** Images over which the day gets worse; then it stays so. */
const worsening = 100;
const tuneSteps = 8;
/** Half width of a score's interval. */
const halfWidth = 0.1;

/**
 * `npm run bench optimiser-hold -- [days=N] [lasting]`: tune on a simulated day, then hold for 200 images while, over the first 100, the labelling
 * fades by half and the doughnut's zero fills up fourfold. "ours" watches with the rule of hold mode and tunes again
 * for 8 images when it speaks (those images count too); "theirs" never tunes again. `lasting`: the same change goes on over
 * all 200 images, so that what tuning again finds is out of date before it has paid.
 */
export async function run(args: readonly string[]): Promise<readonly Row[]> {
  const lasting = args.includes("lasting");
  const over = lasting ? holding : worsening;
  const days = countFrom(
    args.filter((a) => a !== "lasting"),
    "days",
    8,
  );
  const watched: Outcome[] = [];
  const blind: Outcome[] = [];
  for (let day = 0; day < days; day++) {
    watched.push(await hold(dayNumber(day), day, true, over));
    blind.push(await hold(dayNumber(day), day, false, over));
    process.stderr.write(
      `optimiser-hold: day ${day + 1} of ${days}, tuned again ${watched[day]?.again} times\n`,
    );
  }
  const row = (what: string, value: (o: Outcome) => number, unit: string): Row => {
    const a = watched.map(value);
    const b = blind.map(value);
    const gap = statistic(a.map((v, i) => v - (b[i] as number)));
    const ours = statistic(a).mean;
    const theirs = statistic(b).mean;
    const told = `paired difference ${gap.mean.toFixed(3)} ± ${gap.se.toFixed(3)}`;
    return {
      name: `optimiser-hold: ${what}${lasting ? ", drift that lasts" : ""} / never tuned again`,
      ours,
      theirs,
      ratio: ours / theirs,
      unit: `${unit}; ${told}`,
    };
  };
  return [
    row("quality, mean of all images", (o) => o.quality, "0..1, more is better"),
    row("quality, last 20 images", (o) => o.late, "0..1, more is better"),
    row("quality per dose", (o) => o.perDose, "quality per 10 µJ a pixel, more is better"),
  ];
}

interface Outcome {
  readonly quality: number;
  readonly late: number;
  readonly perDose: number;
  readonly again: number;
}

function drifting(day: Day, t: number): Day {
  return { ...day, brightness: day.brightness * 0.5 ** t, residual: day.residual * 4 ** t };
}

/** Quality as in the benchmark's STED4Q: a logistic of signal to noise and of resolution. */
function qualityOf([r, , s]: readonly [number, number, number]): number {
  return 1 / (1 + Math.exp(-(-s - 3) / 0.9)) / (1 + Math.exp((r - 105) / 22));
}

async function hold(drawn: Day, seed: number, watch: boolean, over: number): Promise<Outcome> {
  // A day that begins well aligned and well labelled: something to lose.
  const day = { ...drawn, brightness: Math.max(1, drawn.brightness), residual: 0.1 * drawn.residual };
  const optimiser = await daySpace(seed + 1, {
    objectives: [
      { name: "quality", direction: "maximise", worstAcceptable: 0, ideal: 1 },
      { name: "bleaching", direction: "minimise", worstAcceptable: 0.9, ideal: 0 },
    ],
    preference: { weights: { quality: 0.85, bleaching: 0.15 } },
  });
  const noise = RandomStream.of(seed, "hold noise");
  const look = (u: readonly number[], today: Day): { quality: number; seen: number; bleaching: number } => {
    const z = fieldNoise(noise);
    const f = image(u, today, Math.exp(0.25 * (z[3] as number)));
    const seen = Math.min(1, Math.max(0, qualityOf(f) + 0.06 * (z[0] as number)));
    return { quality: qualityOf(image(u, today)), seen, bleaching: f[1] + 0.04 * (z[1] as number) };
  };
  for (let i = 0; i < tuning; i++) tuneOnce(optimiser, (u) => look(u, day));
  let held = bestPoint(optimiser);
  let frames: Held[] = [];
  let again = 0;
  let left = 0;
  const qualities: number[] = [];
  let dose = 0;
  for (let i = 0; i < holding; i++) {
    const today = drifting(day, Math.min(1, i / over));
    let u = held;
    if (left > 0) {
      const done = tuneOnce(optimiser, (point) => look(point, today));
      u = done.u;
      qualities.push(done.quality);
      if (--left === 0) {
        held = bestPoint(optimiser);
        frames = [];
      }
    } else {
      const { quality, seen } = look(u, today);
      qualities.push(quality);
      frames.push({ score: seen, lower: Math.max(0, seen - halfWidth), inDomain: true });
      if (watch && holdDrift([], frames, null) !== null) {
        again++;
        left = tuneSteps;
        optimiser.retire(`before image ${i}`);
      }
    }
    // Depletion dose, 300 mW and 2 to 60 µs at the ends of the knobs.
    dose += 300 * (u[0] as number) * (2 + 58 * (u[2] as number)) * 1e-3;
  }
  const sum = qualities.reduce((a, b) => a + b, 0);
  return {
    quality: sum / holding,
    late: qualities.slice(-20).reduce((a, b) => a + b, 0) / 20,
    perDose: (10 * sum) / dose,
    again,
  };
}

function tuneOnce(
  optimiser: Optimiser,
  look: (u: readonly number[]) => { quality: number; seen: number; bleaching: number },
): { readonly u: number[]; readonly quality: number } {
  const { settings } = optimiser.ask();
  const u = asPoint(settings);
  const { quality, seen, bleaching } = look(u);
  optimiser.tell({ settings, objectives: { quality: seen, bleaching } });
  return { u, quality };
}

function bestPoint(optimiser: Optimiser): number[] {
  const best = optimiser.best();
  return best === null ? [0.5, 0.5, 0.5] : asPoint(best.settings);
}
