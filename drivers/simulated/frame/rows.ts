/** What changes from row to row while a frame is scanned: light that flickers, a stage that shakes. */
import type { Scan } from "./kernels.js";

export interface RowDisturbance {
  /** Factor on the signal of each row. */
  readonly gain?: ArrayLike<number>;
  /** Displacement of the sample under each row, nm. */
  readonly shiftXNm?: ArrayLike<number>;
  readonly shiftYNm?: ArrayLike<number>;
}

/**
 * Applies the disturbance to an image of expected counts, in place. Shifts are interpolated (linear between rows,
 * cubic along them), which is good to the pixel's own sampling; the dose is taken as undisturbed.
 */
export function disturbRows(image: Float64Array, scan: Scan, pixelNm: number, rows: RowDisturbance): void {
  const { heightPx, widthPx } = scan;
  const shifted = rows.shiftXNm !== undefined || rows.shiftYNm !== undefined;
  const source = shifted ? image.slice() : image;
  const line = new Float64Array(widthPx);
  for (let y = 0; y < heightPx; y++) {
    const gain = rows.gain?.[y] ?? 1;
    if (!shifted) {
      for (let x = 0; x < widthPx; x++) image[y * widthPx + x] = (image[y * widthPx + x] as number) * gain;
      continue;
    }
    const at = Math.min(heightPx - 1, Math.max(0, y - (rows.shiftYNm?.[y] ?? 0) / pixelNm));
    const above = Math.floor(at);
    const below = Math.min(heightPx - 1, above + 1);
    const part = at - above;
    for (let x = 0; x < widthPx; x++) {
      line[x] =
        (1 - part) * (source[above * widthPx + x] as number) + part * (source[below * widthPx + x] as number);
    }
    const dx = -(rows.shiftXNm?.[y] ?? 0) / pixelNm;
    for (let x = 0; x < widthPx; x++) image[y * widthPx + x] = Math.max(0, gain * cubic(line, x + dx));
  }
}

/** Catmull-Rom interpolation, ends held. */
function cubic(line: Float64Array, at: number): number {
  const i = Math.floor(at);
  const t = at - i;
  const v = (k: number): number => line[Math.min(line.length - 1, Math.max(0, k))] as number;
  const [a, b, c, d] = [v(i - 1), v(i), v(i + 1), v(i + 2)];
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}
