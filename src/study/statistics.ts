/** What the paper left out: intervals of the means, and a test of network against random baseline. */
import { RandomStream } from "../core/index.js";
import type { SystemName } from "./items.js";
import {
  bins,
  type Choice,
  choices,
  countChoices,
  type Measure,
  meanAndSd,
  measureNames,
  measures,
} from "./measures.js";
import type { Cell } from "./report.js";

type Frames = ReadonlyMap<string, Choice>;
type Testers = ReadonlyMap<string, Frames>;

export interface MeanInterval {
  readonly measure: Measure;
  readonly dataset: string;
  readonly system: SystemName;
  readonly model?: string;
  /** null = all bins together. */
  readonly bin: readonly [number, number] | null;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface Comparison {
  readonly measure: Measure;
  readonly dataset: string;
  readonly model?: string;
  readonly bin: readonly [number, number] | null;
  /** Mean over testers of network − random. */
  readonly difference: number | null;
  /** Two-sided p of the paired sign-flip permutation test over testers. */
  readonly p: number | null;
  readonly testers: number;
}

const resamples = 1000;
const exactUpTo = 14;
const randomFlips = 20_000;

/** All bins of a cell as one: frames of one tester joined. */
export function pooled(cell: Cell): Testers {
  const all = new Map<string, Map<string, Choice>>();
  for (const testers of cell.byBin) {
    for (const [tester, frames] of testers) {
      const mine = all.get(tester) ?? new Map<string, Choice>();
      for (const [frame, choice] of frames) mine.set(frame, choice);
      all.set(tester, mine);
    }
  }
  return all;
}

const partsOf = (cell: Cell): { bin: readonly [number, number] | null; testers: Testers }[] => [
  ...cell.byBin.map((testers, b) => ({ bin: bins[b] as readonly [number, number], testers })),
  { bin: null, testers: pooled(cell) },
];

/** 95 % percentile intervals of each mean; testers and frames are both drawn anew, for both are a sample. */
export function intervalsOf(cells: readonly Cell[], seed: number): readonly MeanInterval[] {
  return measureNames.flatMap((measure) =>
    cells.flatMap((cell) => {
      const { byBin: _, ...where } = cell;
      return partsOf(cell).map(({ bin, testers }) => {
        const random = RandomStream.of(seed, "bootstrap", measure, where.dataset, where.system, `${bin}`);
        const { mean } = meanAndSd(
          [...testers.values()].map((f) => measures[measure](countChoices(f.values()))),
        );
        return { measure, ...where, bin, mean, ...bootstrap(testers, measure, random) };
      });
    }),
  );
}

/** Choices as indices into `choices`; the last one for a frame that this tester did not answer. */
const noAnswer = choices.length;

function bootstrap(
  testers: Testers,
  measure: Measure,
  random: RandomStream,
): { readonly low: number | null; readonly high: number | null } {
  const frames = [...new Set([...testers.values()].flatMap((f) => [...f.keys()]))];
  const table = [...testers.values()].map((f) =>
    Uint8Array.from(frames, (id) => {
      const choice = f.get(id);
      return choice === undefined ? noAnswer : choices.indexOf(choice);
    }),
  );
  const means: number[] = [];
  const drawn = new Uint32Array(frames.length);
  const tally = new Uint32Array(noAnswer + 1);
  for (let i = 0; i < resamples && table.length > 0; i++) {
    for (let f = 0; f < drawn.length; f++) drawn[f] = random.int(frames.length);
    let sum = 0;
    let n = 0;
    for (let t = 0; t < table.length; t++) {
      const row = table[random.int(table.length)] as Uint8Array;
      tally.fill(0);
      for (const f of drawn) tally[row[f] as number] = (tally[row[f] as number] as number) + 1;
      const [target = 0, prediction = 0, equivalent = 0, discard = 0] = tally;
      const value = measures[measure]({ target, prediction, equivalent, discard });
      if (value === null) continue;
      sum += value;
      n++;
    }
    if (n > 0) means.push(sum / n);
  }
  if (means.length === 0) return { low: null, high: null };
  means.sort((a, b) => a - b);
  const at = (share: number): number => means[Math.round(share * (means.length - 1))] as number;
  return { low: at(0.025), high: at(0.975) };
}

/** Network against random baseline for every dataset, network and bin, paired by tester. */
export function comparisonsOf(cells: readonly Cell[], seed: number): readonly Comparison[] {
  const networks = cells.filter((cell) => cell.system === "network");
  return measureNames.flatMap((measure) =>
    networks.flatMap((cell) => {
      const other = cells.find((c) => c.dataset === cell.dataset && c.system === "random");
      if (other === undefined) return [];
      const { dataset, model } = cell;
      const against = partsOf(other);
      return partsOf(cell).map(({ bin, testers }, i): Comparison => {
        const differences = [...testers.entries()].flatMap(([tester, frames]) => {
          const theirs = against[i]?.testers.get(tester);
          const a = measures[measure](countChoices(frames.values()));
          const b = theirs === undefined ? null : measures[measure](countChoices(theirs.values()));
          return a === null || b === null ? [] : [a - b];
        });
        return {
          measure,
          dataset,
          ...(model === undefined ? {} : { model }),
          bin,
          difference: meanAndSd(differences).mean,
          p: signFlip(differences, RandomStream.of(seed, "permutation", measure, dataset, `${bin}`)),
          testers: differences.length,
        };
      });
    }),
  );
}

/**
 * Two-sided p of the paired permutation test: under the null hypothesis each tester's difference may as well have the
 * other sign. Every pattern of signs for up to 14 testers, else 20,000 random ones (with the observed one counted).
 * Null for fewer than two.
 */
export function signFlip(differences: readonly number[], random: RandomStream): number | null {
  const n = differences.length;
  if (n < 2) return null;
  const sumOf = (sign: (i: number) => boolean): number =>
    Math.abs(differences.reduce((sum, d, i) => sum + (sign(i) ? d : -d), 0));
  const observed = sumOf(() => true) - 1e-12;
  let extreme = 0;
  if (n <= exactUpTo) {
    for (let pattern = 0; pattern < 1 << n; pattern++) {
      if (sumOf((i) => ((pattern >> i) & 1) === 1) >= observed) extreme++;
    }
    return extreme / (1 << n);
  }
  for (let k = 0; k < randomFlips; k++) if (sumOf(() => random.uniform32() < 0.5) >= observed) extreme++;
  return (extreme + 1) / (randomFlips + 1);
}
