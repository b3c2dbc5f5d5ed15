/**
 * Method B, the hybrid: survivors are drawn exactly, the image of a frame with bleaching is one convolution of the
 * molecules that live until the scan reaches them (specification §3).
 */
import { emptySpectrum, forward, goodSize, inverse, type Spectrum } from "./fft.js";
import type { ImageKernel, Scan } from "./kernels.js";

/** Molecules alive when the scan reaches them, per site; sites reach `margin` pixels beyond the frame. Row-major. */
export interface ReachedSites {
  readonly margin: number;
  readonly counts: Float32Array;
  readonly kernel: ImageKernel;
}

interface Workspace {
  readonly padded: Float64Array;
  readonly sites: Spectrum;
  readonly sum: Spectrum;
}
/** Buffers of the last frame size: a loop of equal frames allocates nothing. */
let kept: Workspace | null = null;

function workspace(rows: number, columns: number): Workspace {
  if (kept === null || kept.sum.rows !== rows || kept.sum.columns !== columns) {
    kept = {
      padded: new Float64Array(rows * columns),
      sites: emptySpectrum(rows, columns),
      sum: emptySpectrum(rows, columns),
    };
  }
  return kept;
}

/** Expected counts per pixel, row-major [height, width], summed over the groups (one a depth slice). */
export function hybridImage(groups: readonly ReachedSites[], scan: Scan): Float64Array {
  const image = new Float64Array(scan.heightPx * scan.widthPx);
  if (groups.length === 0) return image;
  const margin = groups.reduce((m, g) => Math.max(m, g.margin), 0);
  const radius = groups.reduce((r, g) => Math.max(r, g.kernel.radius), 0);
  // The transform is periodic: behind the last site must be as much nothing as a pixel at the other edge looks back over.
  const extra = margin + Math.max(margin, radius);
  const rows = goodSize(scan.heightPx + extra);
  const columns = goodSize(scan.widthPx + extra);
  const { padded, sites, sum } = workspace(rows, columns);
  sum.re.fill(0);
  sum.im.fill(0);
  for (const group of groups) {
    const width = scan.widthPx + 2 * group.margin;
    const height = scan.heightPx + 2 * group.margin;
    const shift = margin - group.margin;
    padded.fill(0);
    for (let y = 0; y < height; y++) {
      padded.set(group.counts.subarray(y * width, (y + 1) * width), (y + shift) * columns + shift);
    }
    forward(padded, rows, columns, sites);
    addCorrelation(sum, sites, group.kernel.spectrum(rows, columns));
  }
  const full = inverse(sum, padded);
  for (let y = 0; y < scan.heightPx; y++) {
    const from = (y + margin) * columns + margin;
    for (let x = 0; x < scan.widthPx; x++) {
      image[y * scan.widthPx + x] = Math.max(0, full[from + x] as number);
    }
  }
  return image;
}

/** sum += sites · conj(kernel): a correlation. */
function addCorrelation(sum: Spectrum, sites: Spectrum, kernel: Spectrum): void {
  for (let i = 0; i < sum.re.length; i++) {
    const a = sites.re[i] as number;
    const b = sites.im[i] as number;
    const c = kernel.re[i] as number;
    const d = kernel.im[i] as number;
    sum.re[i] = (sum.re[i] as number) + a * c + b * d;
    sum.im[i] = (sum.im[i] as number) + b * c - a * d;
  }
}
