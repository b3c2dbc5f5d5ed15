/** Faults that happen after the counting: pixels too large, numbers that end. */
import { percentile } from "../../../src/core/index.js";

/** A square frame's side and pixel size. */
interface Raster {
  readonly px: number;
  readonly pixelNm: number;
}

/**
 * A square frame resampled to smaller pixels (bilinear, whole counts) from the same corner, every pixel where it was: a
 * frame stretched to fill the new one would be displaced by up to a pixel against what is there, and be rated for that.
 */
export function enlarge(pixels: Uint16Array, coarse: Raster, fine: Raster): Uint16Array {
  const [from, to] = [coarse.px, fine.px];
  const out = new Uint16Array(to * to);
  const at = (i: number): [number, number, number] => {
    const p = Math.min(from - 1, Math.max(0, ((i + 0.5) * fine.pixelNm) / coarse.pixelNm - 0.5));
    const low = Math.floor(p);
    return [low, Math.min(from - 1, low + 1), p - low];
  };
  for (let y = 0; y < to; y++) {
    const [y0, y1, ty] = at(y);
    for (let x = 0; x < to; x++) {
      const [x0, x1, tx] = at(x);
      const row = (r: number): number =>
        (1 - tx) * (pixels[r * from + x0] as number) + tx * (pixels[r * from + x1] as number);
      out[y * to + x] = Math.round((1 - ty) * row(y0) + ty * row(y1));
    }
  }
  return out;
}

/** Ends the counts so that about `share` of the masked pixels sit at the end, in place. @returns the greatest count left */
export function clipShare(pixels: Uint16Array, mask: Uint8Array, share: number): number {
  const level = percentile(pixels, 100 * (1 - share), mask);
  const clip = Number.isFinite(level) ? Math.max(1, Math.floor(level)) : 65535;
  for (let i = 0; i < pixels.length; i++) if ((pixels[i] as number) > clip) pixels[i] = clip;
  return clip;
}
