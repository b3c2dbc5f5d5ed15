import type { Frame } from "../core/index.js";

/** Saturated share of a confocal above which more light only destroys. */
const saturatedShare = 0.05;
/** Variance over mean of block sums: 1 for pure shot noise, far above for any structure. */
const structureThreshold = 1.5;
const blockPx = 8;

/**
 * A first look at a field before depletion light: why it should get none, or null when it is worth it.
 * Empty = sums over 8 × 8 px blocks vary no more than photon noise alone makes them (index of dispersion).
 */
export function reasonToSkip(confocal: Frame): string | null {
  const [height, width] = confocal.shape;
  if (confocal.saturated > saturatedShare * height * width) {
    return `${Math.round((100 * confocal.saturated) / (height * width))} % of the field is saturated`;
  }
  return dispersion(confocal.pixels, height, width) < structureThreshold ? "the field is empty" : null;
}

/** Index of dispersion of block sums; 0 for a field without counts. */
export function dispersion(pixels: ArrayLike<number>, height: number, width: number): number {
  const rows = Math.floor(height / blockPx);
  const columns = Math.floor(width / blockPx);
  const sums = new Float64Array(rows * columns);
  for (let y = 0; y < rows * blockPx; y++) {
    for (let x = 0; x < columns * blockPx; x++) {
      const block = Math.floor(y / blockPx) * columns + Math.floor(x / blockPx);
      sums[block] = (sums[block] as number) + (pixels[y * width + x] as number);
    }
  }
  const mean = sums.reduce((a, b) => a + b, 0) / sums.length;
  if (!(mean > 0)) return 0;
  return sums.reduce((a, b) => a + (b - mean) ** 2, 0) / (sums.length - 1) / mean;
}
