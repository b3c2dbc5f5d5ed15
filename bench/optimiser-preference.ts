import { RandomStream } from "../src/core/index.js";
import { nonDominated } from "../src/optimiser/maths/hypervolume.js";
import { type Click, clicksNeeded, LearnedPreference } from "../src/optimiser/preference/learned.js";
import { countFrom, type Row } from "./optimiser-option-shared.js";
import { problemNamed } from "./optimiser-problems-shared.js";

/**
 * `npm run bench optimiser-preference -- [operators=N]`: simulated operators, each with weights of his own (augmented
 * Chebyshev on STED4Q: quality, bleaching, pixel time) and errors now and then, click on trade-offs. What was learned from
 * 8, 16 or 32 clicks foretells 200 new comparisons: probabilities foretold against found, accuracy as it tells it itself
 * against accuracy found, and what its choices cost, beside a trade-off taken at random.
 */
export async function run(args: readonly string[]): Promise<readonly Row[]> {
  const operators = countFrom(args, "operators", 12);
  return [clicksNeeded, 16, 32].flatMap((count) => rowsOf(count, operators));
}

const p = problemNamed("STED4Q");
const names = ["quality", "bleaching", "pixelTimeUs"];
/** Spread of what he clicks about what he means, in his own utility (which runs over about 0.5). */
const slip = 0.03;
const comparisons = 200;

type Option = Readonly<Record<string, number>>;
type Liking = (o: Option) => number;

/** Weights between 0.1 and 0.8 that sum to 1. */
function likingOf(stream: RandomStream): Liking {
  const raw = names.map(() => 0.15 - Math.log(stream.uniform()));
  const sum = raw.reduce((a, b) => a + b, 0);
  const scaled = (o: Option): number[] =>
    names.map((name, j) => {
      const ideal = p.ideal[j] as number;
      return (((raw[j] as number) / sum) * ((o[name] as number) - ideal)) / ((p.nadir[j] as number) - ideal);
    });
  return (o) => {
    const t = scaled(o);
    return -Math.max(...t) - 0.05 * t.reduce((a, b) => a + b, 0);
  };
}

/** Up to 20 non-dominated trade-offs out of 150 random settings, as a page offers them. */
function offer(stream: RandomStream): Option[] {
  const all = Array.from({ length: 150 }, () => p.truth(Array.from({ length: p.d }, () => stream.uniform())));
  const front = nonDominated(all).map((i) => all[i] as number[]);
  while (front.length > 20) front.splice(stream.int(front.length), 1);
  return front.map((f) => Object.fromEntries(names.map((name, j) => [name, f[j] as number])));
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function rowsOf(count: number, operators: number): Row[] {
  const told: number[] = [];
  const sides: { readonly p: number; readonly right: number }[] = [];
  const learned: number[] = [];
  const random: number[] = [];
  let ready = 0;
  for (let operator = 0; operator < operators; operator++) {
    const stream = RandomStream.of(operator, "operator");
    const liking = likingOf(stream);
    const taken = (options: readonly Option[]): number => {
      const worth = options.map((o) => liking(o) + slip * stream.normal());
      return worth.indexOf(Math.max(...worth));
    };
    const clicks = Array.from({ length: count }, (): Click => {
      const options = offer(stream);
      return { options, chosen: taken(options) };
    });
    const scale = { names, from: Float64Array.from(p.ideal), to: Float64Array.from(p.nadir) };
    const preference = LearnedPreference.learn(scale, clicks, operator + 1) as LearnedPreference;
    told.push(preference.calibration.accuracy);
    if (preference.calibration.ready) ready++;
    for (let i = 0; i < comparisons; ) {
      const options = offer(stream);
      const chosen = taken(options);
      const costs = options.map((o) => preference.cost(names.map((name) => o[name] as number)));
      const worth = options.map(liking);
      const best = Math.max(...worth);
      learned.push(best - (worth[costs.indexOf(Math.min(...costs))] as number));
      random.push(best - mean(worth));
      options.forEach((o, k) => {
        if (k === chosen || i++ >= comparisons) return;
        const probability = preference.prefers(options[chosen] as Option, o);
        sides.push({ p: probability, right: 1 }, { p: 1 - probability, right: 0 });
      });
    }
  }
  const bins = [0.5, 0.6, 0.7, 0.8, 0.9].flatMap((from) => {
    const inside = sides.filter((s) => s.p > from && (s.p <= from + 0.1 || from === 0.9));
    if (inside.length === 0) return [];
    const range = `${Math.round(100 * from)}-${Math.round(100 * from + 10)} %`;
    const found = mean(inside.map((s) => s.right));
    const foretold = mean(inside.map((s) => s.p));
    return [
      row(`foretold ${range}: came true / foretold`, count, found, foretold, `share of ${inside.length}`),
    ];
  });
  const found = mean(sides.filter((s) => s.p > 0.5).map((s) => s.right));
  return [
    ...bins,
    row(
      "accuracy on new clicks / as it says itself",
      count,
      found,
      mean(told),
      `share; ${ready} of ${operators} ready`,
    ),
    row(
      "loss of its choice / of one at random",
      count,
      mean(learned),
      mean(random),
      "utility, less is better",
    ),
  ];
}

function row(name: string, count: number, ours: number, theirs: number, unit: string): Row {
  return { name: `optimiser-preference: ${count} clicks, ${name}`, ours, theirs, ratio: ours / theirs, unit };
}
