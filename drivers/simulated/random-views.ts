/** Several frames of one random field of view, each with settings of its own: the costly sample is made once. */
import { RandomStream } from "../../src/core/index.js";
import { type DefectName, drawDefects } from "./defects.js";
import { type Attempt, described, makeScene, type RandomFrame, shoot } from "./random-frame.js";
import { randomSettings, settingsBetween } from "./random-settings.js";
import type { Structure } from "./sample/structures.js";

export interface RandomViewsOptions {
  readonly structure: Structure;
  readonly seed: number;
  /** Index of the field of view. */
  readonly index: number;
  /** A range of the true rating for each frame to aim at; a frame that misses it is kept as it is. */
  readonly wanted: readonly (readonly [number, number])[];
  /** Defects to draw more often than the others. */
  readonly moreOf?: readonly DefectName[];
}

/** One frame for each range, each of the fresh sample: no frame sees what another bleached. A function of its options alone. */
export function randomViews({ structure, seed, index, wanted, moreOf }: RandomViewsOptions): RandomFrame[] {
  const stream = (name: string, ...more: number[]): RandomStream =>
    RandomStream.of(seed, name, structure, index, ...more);
  const defects = drawDefects(stream("defects"), moreOf);
  const scene = makeScene(structure, seed, index, defects, stream("microscope"));
  const random = stream("settings");
  const made: Attempt[] = [];
  for (const [view, range] of wanted.entries()) {
    const aim = (range[0] + range[1]) / 2;
    const below = nearest(
      made.filter((a) => a.truth.rating < aim),
      aim,
    );
    const above = nearest(
      made.filter((a) => a.truth.rating >= aim),
      aim,
    );
    const settings =
      below !== null && above !== null
        ? settingsBetween(below, above, aim)
        : randomSettings(random, range, below !== null ? "too-bad" : above !== null ? "too-good" : "first");
    made.push(shoot(scene, settings, range, stream("bleaching", view), stream("photons", view)));
  }
  return made.map((attempt) => described(attempt, defects));
}

function nearest(attempts: readonly Attempt[], rating: number): Attempt | null {
  const distance = (a: Attempt): number => Math.abs(a.truth.rating - rating);
  return attempts.reduce<Attempt | null>((b, a) => (b !== null && distance(b) <= distance(a) ? b : a), null);
}
