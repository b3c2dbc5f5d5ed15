import { gaussianBlur } from "../core/index.js";

/** A point on the crest of a filament, or the top of a spot. */
export interface RidgePoint {
  /** Pixels; fractions by the curvature. */
  readonly x: number;
  readonly y: number;
  /** Unit vector across. */
  readonly acrossX: number;
  readonly acrossY: number;
}

/** Standard deviations of shot noise by which the curvature must stand out. */
const significance = 5;

/**
 * Points where the blurred counts have a maximum across their direction of greatest curvature (Steger 1998), at least
 * `margin` pixels inside the frame, in raster order.
 * @param scale blur, pixels: finer structure is not told apart
 */
export function ridgePoints(
  pixels: ArrayLike<number>,
  height: number,
  width: number,
  scale: number,
  margin: number,
): RidgePoint[] {
  const smooth = gaussianBlur(pixels, height, width, scale);
  // Σ (∂²G/∂x²)² of a Gaussian of sd s is 3/(16 π s⁶): variance of the curvature by shot noise, per count.
  const variancePerCount = 3 / (16 * Math.PI * scale ** 6);
  const found: RidgePoint[] = [];
  for (let y = margin; y < height - margin; y++) {
    for (let x = margin; x < width - margin; x++) {
      const i = y * width + x;
      const at = (k: number): number => smooth[i + k] as number;
      const v = at(0);
      const xx = at(1) - 2 * v + at(-1);
      const yy = at(width) - 2 * v + at(-width);
      if (xx + yy >= 0) continue;
      const xy = (at(width + 1) - at(width - 1) - at(1 - width) + at(-width - 1)) / 4;
      const mean = (xx + yy) / 2;
      const curvature = mean - Math.hypot((xx - yy) / 2, xy);
      if (curvature * curvature < significance * significance * variancePerCount * v) continue;
      // Eigenvector of the more negative eigenvalue.
      const along = Math.abs(curvature - xx) > Math.abs(curvature - yy);
      const [a, b] = along ? [xy, curvature - xx] : [curvature - yy, xy];
      const norm = Math.hypot(a, b);
      const [nx, ny] = norm > 0 ? [a / norm, b / norm] : [1, 0];
      const gx = (at(1) - at(-1)) / 2;
      const gy = (at(width) - at(-width)) / 2;
      const offset = -(gx * nx + gy * ny) / curvature;
      const [dx, dy] = [offset * nx, offset * ny];
      if (Math.abs(dx) > 0.5 || Math.abs(dy) > 0.5) continue;
      found.push({ x: x + dx, y: y + dy, acrossX: nx, acrossY: ny });
    }
  }
  return found;
}
