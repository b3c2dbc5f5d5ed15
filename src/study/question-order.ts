/** What a tester sees when, and in what steps: chosen so that neither tells which score is whose. */
import type { RandomStream } from "../core/index.js";
import type { StudyItem } from "./items.js";
import { frameKey } from "./study-file.js";

/**
 * A tester's own order. Every frame is shown once before any comes back, and a frame comes back three quarters of the
 * frames later at the earliest: its target stays the same each time, so who still knew its numbers would see which it is.
 */
export function orderFor(items: readonly StudyItem[], random: RandomStream): readonly StudyItem[] {
  const byFrame = new Map<string, StudyItem[]>();
  for (const item of items) byFrame.set(frameKey(item), [...(byFrame.get(frameKey(item)) ?? []), item]);
  const frames = random.shuffle([...byFrame.values()]).map((own) => random.shuffle(own));
  const rounds = Math.max(0, ...frames.map((own) => own.length));
  const block = Math.max(1, Math.ceil(frames.length / 4));
  return Array.from({ length: rounds }, (_, round) => {
    const asked = frames.flatMap((own) => own[round] ?? []);
    const blocks = Array.from({ length: Math.ceil(asked.length / block) }, (__, b) =>
      asked.slice(b * block, (b + 1) * block),
    );
    return blocks.flatMap((some) => random.shuffle(some));
  }).flat();
}

/**
 * Steps of the numbers shown, in per cent: those in which at least half of a dataset's targets were given (10 for a
 * rater who used the keys 0 to 9). An expert's round number beside a network's odd one would tell which is whose.
 */
export function shownStep(items: readonly Pick<StudyItem, "target">[]): 1 | 5 | 10 {
  const fits = (step: number): boolean => {
    const round = items.filter(
      ({ target }) => Math.abs(target * 100 - Math.round((target * 100) / step) * step) < 1e-6,
    );
    return items.length > 0 && round.length * 2 >= items.length;
  };
  if (fits(10)) return 10;
  return fits(5) ? 5 : 1;
}
