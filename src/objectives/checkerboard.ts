/** The two halves of a frame that the black and the white squares of a checkerboard are. */
import type { FrameSpectrum } from "./frame-spectrum.js";

/** The alias of a checkerboard must lie this much further out than the frequency itself. */
const aliasMargin = 1.2;
/** Rings of which less than this is free of aliases are not used. */
const leastRingShare = 0.15;

export interface Rings {
  /** Fourier ring correlation by ring; ring i lies at i/side cycles per pixel. */
  readonly correlation: readonly number[];
  /** Independent complex coefficients of each ring. */
  readonly independent: readonly number[];
}

/**
 * Both halves stay where they are, the other half's pixels set to zero, so that there is no half-pixel shift between them to
 * be calibrated: masking by (1 ± (−1)^(x+y))/2 gives the spectra (F(q) ± F(q+Q))/2 with Q = (½, ½) cycles per pixel. The
 * price is the alias at q+Q, so only frequencies count whose alias lies further out, where the beam passes less.
 * @param visit gets every coefficient's ring, its place and its alias's (whose imaginary part changes sign), its weight (inner
 * columns of a half spectrum stand for their mirror images, too), and whether it is free of aliases
 */
function visitPairs(
  { spectrum: { rows, columns }, ring: ringOf }: FrameSpectrum,
  visit: (ring: number, at: number, alias: number, weight: number, free: boolean) => void,
): void {
  const half = columns / 2 + 1;
  const margin = aliasMargin * aliasMargin;
  for (let y = 0; y < rows; y++) {
    const fy = Math.min(y, rows - y) / rows;
    for (let x = 0; x < half; x++) {
      const i = y * half + x;
      const fx = x / columns;
      const weight = x === 0 || x === half - 1 ? 0.5 : 1;
      const free = (0.5 - fx) ** 2 + (0.5 - fy) ** 2 >= margin * (fx * fx + fy * fy);
      // The alias in the stored half: (y, x) + (rows, columns)/2, mirrored back.
      visit(ringOf[i] as number, i, ((rows + rows / 2 - y) % rows) * half + (half - 1 - x), weight, free);
    }
  }
}

/** Correlation of the black squares of the checkerboard with the white ones, ring by ring. */
export function checkerboardRings(seen: FrameSpectrum): Rings {
  const { re, im } = seen.spectrum;
  const rings = Math.floor(seen.side / 2);
  const cross = new Float64Array(rings);
  const black = new Float64Array(rings);
  const white = new Float64Array(rings);
  const used = new Float64Array(rings);
  const all = new Float64Array(rings);
  visitPairs(seen, (ring, at, alias, weight, free) => {
    if (ring >= rings) return;
    all[ring] = (all[ring] as number) + weight;
    if (!free) return;
    const a = re[at] as number;
    const b = im[at] as number;
    const c = re[alias] as number;
    const d = -(im[alias] as number);
    cross[ring] = (cross[ring] as number) + weight * (a * a + b * b - c * c - d * d);
    black[ring] = (black[ring] as number) + weight * ((a + c) ** 2 + (b + d) ** 2);
    white[ring] = (white[ring] as number) + weight * ((a - c) ** 2 + (b - d) ** 2);
    used[ring] = (used[ring] as number) + weight;
  });
  const open = used.findIndex((n, i) => n < leastRingShare * (all[i] as number));
  const count = open < 0 ? rings : open;
  return {
    correlation: Array.from({ length: count }, (_, i) => {
      const norm = (black[i] as number) * (white[i] as number);
      return norm > 0 ? (cross[i] as number) / Math.sqrt(norm) : 0;
    }),
    independent: Array.from({ length: count }, (_, i) => (used[i] as number) * seen.independent),
  };
}

/**
 * Correlation of what is common to the halves of one frame with what is common to the halves of another of the same size,
 * which may be made of the same photons: noise is in neither, because it is not common to the halves.
 * @param from first ring @param to last ring @returns at most about 1; 0 where either holds nothing but noise
 */
export function signalCorrelation(
  one: FrameSpectrum,
  other: FrameSpectrum,
  from: number,
  to: number,
): number {
  const { re, im } = one.spectrum;
  const { re: otherRe, im: otherIm } = other.spectrum;
  let [own, others, cross] = [0, 0, 0];
  visitPairs(one, (ring, at, alias, weight, free) => {
    if (!free || ring < from || ring > to) return;
    const a = re[at] as number;
    const b = im[at] as number;
    const c = re[alias] as number;
    const d = im[alias] as number;
    const e = otherRe[at] as number;
    const f = otherIm[at] as number;
    const g = otherRe[alias] as number;
    const h = otherIm[alias] as number;
    own += weight * (a * a + b * b - c * c - d * d);
    others += weight * (e * e + f * f - g * g - h * h);
    cross += weight * (a * e + b * f - c * g - d * h);
  });
  return own > 0 && others > 0 ? cross / Math.sqrt(own * others) : 0;
}
