/**
 * Method B, the hybrid: survivors are drawn exactly, the image of a frame with bleaching is one convolution of the
 * molecules that live until the scan reaches them (specification §3).
 */
import { forward, goodSize, inverse } from "./fft.js";
import type { Scan, SurvivalKernel } from "./kernels.js";

/** Molecules alive when the scan reaches them, per site; sites reach `margin` pixels beyond the frame. Row-major. */
export interface ReachedSites {
  readonly margin: number;
  readonly counts: Float32Array;
  readonly kernel: SurvivalKernel;
}

/** Expected counts per pixel, row-major [height, width], summed over the groups (one a depth slice). */
export function hybridImage(groups: readonly ReachedSites[], scan: Scan): Float64Array {
  const image = new Float64Array(scan.heightPx * scan.widthPx);
  const margin = groups.reduce((m, g) => Math.max(m, g.margin), 0);
  const radius = groups.reduce((r, g) => Math.max(r, g.kernel.radius), 0);
  const extra = margin === 0 ? radius : 2 * margin;
  const rows = goodSize(scan.heightPx + extra);
  const columns = goodSize(scan.widthPx + extra);
  let sumRe: Float64Array | null = null;
  let sumIm: Float64Array | null = null;
  for (const group of groups) {
    const padded = new Float64Array(rows * columns);
    const width = scan.widthPx + 2 * group.margin;
    const height = scan.heightPx + 2 * group.margin;
    const shift = margin - group.margin;
    for (let y = 0; y < height; y++) {
      padded.set(group.counts.subarray(y * width, (y + 1) * width), (y + shift) * columns + shift);
    }
    const { re, im } = forward(padded, rows, columns);
    const k = group.kernel.spectrum(rows, columns);
    const outRe: Float64Array = sumRe ?? new Float64Array(re.length);
    const outIm: Float64Array = sumIm ?? new Float64Array(re.length);
    // A correlation: the molecules' spectrum times the kernel's conjugate.
    for (let i = 0; i < re.length; i++) {
      const a = re[i] as number;
      const b = im[i] as number;
      const c = k.re[i] as number;
      const d = k.im[i] as number;
      outRe[i] = (outRe[i] as number) + a * c + b * d;
      outIm[i] = (outIm[i] as number) + b * c - a * d;
    }
    sumRe = outRe;
    sumIm = outIm;
  }
  if (sumRe === null || sumIm === null) return image;
  const full = inverse({ rows, columns, re: sumRe, im: sumIm });
  for (let y = 0; y < scan.heightPx; y++) {
    const from = (y + margin) * columns + margin;
    for (let x = 0; x < scan.widthPx; x++) {
      image[y * scan.widthPx + x] = Math.max(0, full[from + x] as number);
    }
  }
  return image;
}
