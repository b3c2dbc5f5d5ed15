/**
 * Method D, the plain raster: pixel by pixel, read the molecules that are there, then bleach them. Slow and exact;
 * any dwell per pixel. It is what the other methods are tested against.
 */
import type { RandomStream } from "../../../src/core/index.js";
import type { Scan, SurvivalKernel } from "./kernels.js";
import { binomial } from "./noise.js";

export interface RasterOptions {
  /** Draws whole survivors; without it the expectation is carried on as fractions. */
  readonly random?: RandomStream;
  /** Each pixel's dwell over the scan's, row-major; 0 leaves the pixel dark. */
  readonly dwellFactor?: ArrayLike<number>;
  /** Bottom to top and right to left. */
  readonly reversed?: boolean;
}

/**
 * @param molecules per site of the frame, row-major; changed to what is left
 * @returns expected counts per pixel, summed over line repeats
 */
export function rasterImage(
  molecules: Float64Array,
  kernel: SurvivalKernel,
  scan: Scan,
  options: RasterOptions = {},
): Float64Array {
  const { heightPx, widthPx } = scan;
  const { radius } = kernel;
  const size = 2 * radius + 1;
  const image = new Float64Array(molecules.length);
  const columnsOf: Int32Array[] = [];
  for (let y = 0; y < heightPx; y++) {
    const occupied: number[] = [];
    for (let x = 0; x < widthPx; x++) if ((molecules[y * widthPx + x] as number) > 0) occupied.push(x);
    columnsOf.push(Int32Array.from(occupied));
  }
  const plain = kernel.dose.map((k) => Math.exp(-k));
  const visit = (py: number, px: number): void => {
    const factor = options.dwellFactor?.[py * widthPx + px] ?? 1;
    if (factor === 0) return;
    let sum = 0;
    for (let qy = Math.max(0, py - radius); qy <= Math.min(heightPx - 1, py + radius); qy++) {
      const row = (qy - py + radius) * size + radius - px;
      for (const qx of columnsOf[qy] as Int32Array) {
        if (qx < px - radius || qx > px + radius) continue;
        const site = qy * widthPx + qx;
        const n = molecules[site] as number;
        if (n === 0) continue;
        sum += n * (kernel.visit[row + qx] as number);
        const dose = kernel.dose[row + qx] as number;
        if (dose === 0) continue;
        const survival = factor === 1 ? (plain[row + qx] as number) : Math.exp(-dose * factor);
        molecules[site] = options.random === undefined ? n * survival : binomial(n, survival, options.random);
      }
    }
    const pixel = py * widthPx + px;
    image[pixel] = (image[pixel] as number) + sum * factor;
  };
  for (let i = 0; i < heightPx; i++) {
    const y = options.reversed ? heightPx - 1 - i : i;
    for (let pass = 0; pass < scan.lines; pass++) {
      for (let j = 0; j < widthPx; j++) visit(y, options.reversed ? widthPx - 1 - j : j);
    }
  }
  return image;
}
