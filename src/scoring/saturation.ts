/** Whether the detector ended within a frame, told from the frame alone. */

/** What the greatest counts of a frame look like. */
export interface Greatest {
  /** Greatest count, and how many pixels have exactly it. */
  readonly max: number;
  readonly atMax: number;
  /** How many pixels have one count less; counted only where many have the greatest. */
  readonly belowMax: number;
}

/** A detector at its limit gives the same greatest count over and over; photon noise does not. */
const saturationShare = 1e-3;
const leastSaturatedPixels = 16;
const leastSaturatedCounts = 16;

/** Pixels one count below `max`; 0, and not counted, where few are at it. */
export function countBelow(pixels: ArrayLike<number>, max: number, atMax: number): number {
  if (atMax < leastSaturatedPixels) return 0;
  let n = 0;
  for (let i = 0; i < pixels.length; i++) {
    const v = pixels[i] as number;
    if (v >= max - 1.5 && v <= max - 0.5) n++;
  }
  return n;
}

/**
 * The count at which the detector ended in this frame; Infinity where it did not. With few counts a pixel many may share the
 * greatest, but not more than have one less: counts of a Poisson mixture that fall to nothing beyond `max` fall towards it too.
 * @param pixels number of pixels in the frame
 */
export function saturationLevel(f: Greatest, pixels: number): number {
  const many = f.atMax >= Math.max(leastSaturatedPixels, saturationShare * pixels);
  const clear = f.max >= leastSaturatedCounts || (f.max >= 2 && f.atMax > f.belowMax);
  return many && clear ? f.max : Number.POSITIVE_INFINITY;
}

/** Saturation in words, or null. @param pixels number of pixels in the frame */
export function saturation(f: Greatest, pixels: number): string | null {
  if (saturationLevel(f, pixels) === Number.POSITIVE_INFINITY) return null;
  return `saturated: ${f.atMax} pixels at the greatest count, ${f.max}`;
}
