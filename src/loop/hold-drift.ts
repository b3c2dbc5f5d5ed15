/** What a held frame was seen to be. */
export interface Held {
  readonly score: number | null;
  /** Lower end of the score's interval. */
  readonly lower: number | null;
  readonly inDomain: boolean;
}

/** Frames in a row before something is said: one bad field is no drift. */
const patience = 3;

/**
 * The rule of hold mode: a sentence when three frames in a row are unlike anything the network knows, or score below
 * the interval of what was found at these settings (the first frames' mean of lower ends), or below the threshold.
 * @param before frames at the same settings from before holding began
 * @param held frames since then, oldest first
 * @param threshold worst acceptable quality, if quality is an objective
 */
export function holdDrift(
  before: readonly (Held | null)[],
  held: readonly (Held | null)[],
  threshold: number | null,
): string | null {
  if (held.length < patience) return null;
  const last = held.slice(-patience);
  if (last.every((s) => s !== null && !s.inDomain))
    return `${patience} frames in a row are unlike anything the network knows`;
  const below = (floor: number): boolean => last.every((s) => s?.score != null && s.score < floor);
  const said = (floor: number): string => `quality stayed below ${floor.toFixed(2)} for ${patience} frames`;
  if (threshold !== null && below(threshold)) return said(threshold);
  // What the settings gave at first, before the frames that are judged.
  const first = [...before, ...held.slice(0, Math.max(1, Math.min(patience, held.length - patience)))];
  const lower = first.flatMap((s) => (s?.lower == null ? [] : [s.lower]));
  if (lower.length === 0) return null;
  const floor = lower.reduce((a, b) => a + b, 0) / lower.length;
  return below(floor) ? said(floor) : null;
}
