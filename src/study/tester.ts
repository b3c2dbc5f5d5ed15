/** Simulated testers: fixed rules, written down before any result was looked at (docs/science/user-study.md). */
import { RandomStream } from "../core/index.js";
import type { Choice } from "./measures.js";

/** How a rater sees frames: rating = clip(0.5 + s (true − 0.5) + b + e, 0, 1), rounded to .01. */
export interface TesterHabit {
  /** s ~ N(1, .05) */
  readonly slope: number;
  /** b ~ N(0, .03) */
  readonly bias: number;
}

/** Neither fits when both lie farther than this from the tester's own rating. */
export const discardBeyond = 0.3;
/** Both fit alike when their distances differ by less than this. */
export const equivalenceBand = 0.05;
export const noiseSd = 0.065;
/** Decimal fractions are not exact in binary; a limit is a limit to nine digits. */
const epsilon = 1e-9;

export function drawHabit(seed: number, tester: number): TesterHabit {
  const random = RandomStream.of(seed, "tester", tester);
  return { slope: 1 + 0.05 * random.normal(), bias: 0.03 * random.normal() };
}

/** The tester's own rating of a frame, 0..1; the same however often the frame is shown. */
export function rateAs(
  habit: TesterHabit,
  truth: number,
  seed: number,
  tester: number,
  frame: string,
): number {
  const noise = noiseSd * RandomStream.of(seed, "tester", tester, frame).normal();
  return ownRating(habit, truth, noise);
}

/** The rater formula itself. @param truth true rating 0..1 @param noise e of this frame */
export function ownRating({ slope, bias }: TesterHabit, truth: number, noise: number): number {
  const raw = 0.5 + slope * (truth - 0.5) + bias + noise;
  return Math.round(Math.min(1, Math.max(0, raw)) * 100) / 100;
}

/**
 * What a tester with own rating `r` says of target score `target` and prediction `prediction` (all 0..1).
 * @param band width of the equivalence band
 */
export function decide(
  r: number,
  target: number,
  prediction: number,
  band: number = equivalenceBand,
): Choice {
  const fromTarget = Math.abs(r - target);
  const fromPrediction = Math.abs(r - prediction);
  if (Math.min(fromTarget, fromPrediction) > discardBeyond + epsilon) return "discard";
  if (Math.abs(fromTarget - fromPrediction) < band - epsilon) return "equivalent";
  return fromTarget < fromPrediction ? "target" : "prediction";
}
