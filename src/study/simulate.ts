import type { Assembled } from "./assemble.js";
import type { StudyItem, Vote } from "./items.js";
import { cellsOf, reportOf } from "./report.js";
import { resultOf, type StudyResult } from "./result.js";
import { decide, drawHabit, equivalenceBand, rateAs } from "./tester.js";

/** Widths of the equivalence band in the sensitivity table. */
export const bands: readonly number[] = [0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1];

export interface SimulateStudyOptions {
  readonly testers: number;
  readonly seed: number;
}

/** Answers of simulated testers to every question of a study, each tester's own rating of a frame drawn once. */
export function simulateVotes(
  { items, frames }: Pick<Assembled, "items" | "frames">,
  { testers, seed }: SimulateStudyOptions,
  band: number = equivalenceBand,
): readonly Vote[] {
  const key = (f: { readonly dataset: string }, frame: string): string => `${f.dataset}/${frame}`;
  const truths = new Map(frames.map((f) => [key(f, f.id), f.truth]));
  return Array.from({ length: testers }, (_, t) => {
    const habit = drawHabit(seed, t + 1);
    return items.map((item: StudyItem): Vote => {
      const name = key(item, item.frame);
      const r = rateAs(habit, truths.get(name) ?? item.target, seed, t + 1, name);
      return { tester: `tester ${t + 1}`, item, choice: decide(r, item.target, item.prediction, band) };
    });
  }).flat();
}

/** The whole study with simulated testers, with the same testers over all widths of the equivalence band. */
export function simulateStudy(assembled: Assembled, options: SimulateStudyOptions): StudyResult {
  const { datasets, models } = assembled;
  const sensitivity = bands.map((band) => ({
    band,
    rows: reportOf(cellsOf(simulateVotes(assembled, options, band), datasets, models)).rows,
  }));
  return resultOf({
    votes: simulateVotes(assembled, options),
    datasets,
    models,
    seed: options.seed,
    testers: "simulated",
    sensitivity,
  });
}
