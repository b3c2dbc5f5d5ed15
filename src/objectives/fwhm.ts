import type { Image } from "../core/index.js";
import type { ObjectiveDefinition } from "./contract.js";
import { fitPeak, type Peak, type PeakFit, peakAt } from "./peak-fit.js";
import { type RidgePoint, ridgePoints } from "./ridges.js";

/** What an answer may change by when the missed light is put back: beside its scatter, within 15 % in all. */
const mostByDeadTime = 0.1;

/** Whether an answer hangs on detail that dead time makes. @param put the answer with the light put back, null where there is none then */
function hangsOnDeadTime(found: number, put: number | null): boolean {
  return !(put !== null && Math.abs(Math.log(put / found)) <= Math.log1p(mostByDeadTime));
}

const none = (reason: string) => ({ value: null, unit: "nm", reason }) as const;

/** Profiles are means over this many pixels of the ridge to either side, which filaments are straight over. */
const alongPx = 3;
/** Profiles are looked at this far to either side at first, pixels. */
const firstReachPx = 12;
const binPx = 0.5;
/** The fit uses this many widths to either side of the crest. */
const reachWidths = 1;
const mostProfiles = 96;
const leastProfiles = 8;
/** A profile counts when its width is known to this share, and its shape is a peak's. */
const greatestError = 0.2;
const greatestChi2 = 2;
/** A beam is no Gaussian and a filament no straight line: what they may differ by, as a share of the height. */
const modelError = 0.05;
/** Blur of the ridge search, pixels. */
const scale = 2;
/** Quartile distance over the median. */
const greatestSpread = 0.6;
/** Narrower than this is not sampled, pixels. */
const leastWidthPx = 2;

interface Profile {
  readonly x: Float64Array;
  readonly mean: Float64Array;
  readonly samples: Float64Array;
}

/** Mean counts by distance from the ridge, from the pixels as they are: interpolation would widen it. */
function profileAcross(image: Image, at: RidgePoint, reach: number): Profile {
  const [height, width] = image.shape;
  const bins = 2 * Math.ceil(reach / binPx) + 1;
  const sum = new Float64Array(bins);
  const samples = new Float64Array(bins);
  const x = new Float64Array(bins);
  const box = Math.ceil(Math.hypot(reach, alongPx));
  const [cx, cy] = [Math.round(at.x), Math.round(at.y)];
  for (let py = Math.max(0, cy - box); py <= Math.min(height - 1, cy + box); py++) {
    for (let px = Math.max(0, cx - box); px <= Math.min(width - 1, cx + box); px++) {
      const [dx, dy] = [px - at.x, py - at.y];
      if (Math.abs(dx * at.acrossY - dy * at.acrossX) > alongPx) continue;
      const distance = dx * at.acrossX + dy * at.acrossY;
      const bin = Math.round(distance / binPx) + (bins - 1) / 2;
      if (bin < 0 || bin >= bins) continue;
      sum[bin] = (sum[bin] as number) + (image.pixels[py * width + px] as number);
      samples[bin] = (samples[bin] as number) + 1;
      x[bin] = (x[bin] as number) + distance;
    }
  }
  const used = [...samples.keys()].filter((i) => (samples[i] as number) > 0);
  const pick = (v: (i: number) => number): Float64Array => Float64Array.from(used, v);
  return {
    x: pick((i) => (x[i] as number) / (samples[i] as number)),
    mean: pick((i) => (sum[i] as number) / (samples[i] as number)),
    samples: pick((i) => samples[i] as number),
  };
}

/** Width between the half heights nearest to the crest, over the lower of the two floors; first guess of the fit. */
function halfHeights({ x, mean }: Profile): { height: number; fwhm: number; background: number } | null {
  const near = (i: number): number =>
    ((mean[i - 1] ?? (mean[i] as number)) + (mean[i] as number) + (mean[i + 1] ?? (mean[i] as number))) / 3;
  let crest = 0;
  let top = 0;
  let floor = Number.POSITIVE_INFINITY;
  for (let i = 0; i < x.length; i++) {
    if (Math.abs(x[i] as number) < Math.abs(x[crest] as number)) crest = i;
    if (Math.abs(x[i] as number) <= 1) top = Math.max(top, near(i));
    floor = Math.min(floor, near(i));
  }
  const half = (top + floor) / 2;
  let low = crest;
  while (low > 0 && near(low) > half) low--;
  let high = crest;
  while (high < x.length - 1 && near(high) > half) high++;
  const fwhm = (x[high] as number) - (x[low] as number);
  return top > floor && fwhm > 0 ? { height: top - floor, fwhm, background: floor } : null;
}

/** Fit of the profile through one point of a ridge, pixels; null when it is no single peak. */
function fitAcross(image: Image, at: RidgePoint): PeakFit | null {
  const guess = halfHeights(profileAcross(image, at, firstReachPx));
  if (guess === null) return null;
  let { fwhm } = guess;
  let fit: PeakFit | null = null;
  for (let round = 0; round < 2; round++) {
    const p = profileAcross(image, at, Math.max(3, reachWidths * fwhm));
    const start: Peak = fit ?? { ...guess, centre: 0 };
    // Shot noise of the guess, not of the data: low counts by chance must not weigh more. One photon is the least.
    const weight = p.x.map((x, i) => {
      const samples = p.samples[i] as number;
      return 1 / (Math.max(peakAt(start, x), 1 / samples) / samples + (modelError * start.height) ** 2);
    });
    fit = fitPeak(p.x, p.mean, weight, start);
    if (fit === null || !(fit.height > 0) || Math.abs(fit.centre) > 1) return null;
    fwhm = Math.min(fit.fwhm, 2 * firstReachPx);
  }
  if (fit === null || fit.fwhmSd > greatestError * fit.fwhm || fit.chi2 > greatestChi2) return null;
  // On a high floor the neighbours overlap, and what is left of the gap between them makes the peak look narrow.
  return fit.background <= fit.height ? fit : null;
}

/** Scatters the pixels over the range of a word, and a transposed frame's in the same way. */
function scattered({ x, y }: RidgePoint): number {
  const [a, b] = [Math.round(x), Math.round(y)];
  return (Math.imul(a + b, 0x9e3779b1) ^ Math.imul(a * b + 1, 0x85ebca6b)) >>> 0;
}

/** Widths across the ridges of a frame, pixels, ascending, at up to `mostProfiles` places spread over all of them. */
export function ridgeWidths(image: Image): number[] {
  const [height, width] = image.shape;
  const points = ridgePoints(image.pixels, height, width, scale, alongPx + 2);
  const chosen = points.sort((a, b) => scattered(a) - scattered(b)).slice(0, mostProfiles);
  const widths: number[] = [];
  for (const point of chosen) {
    const fit = fitAcross(image, point);
    if (fit !== null) widths.push(fit.fwhm);
  }
  return widths.sort((a, b) => a - b);
}

/**
 * Full width at half maximum of line profiles across filaments and spots, nm: the median over up to 96 ridge points of
 * the width of a Gaussian fitted to the mean profile of 7 pixels of ridge. It is the width of beam and structure
 * together (in quadrature, roughly): the beam's own only where the structure is much thinner.
 */
export const fwhmNm: ObjectiveDefinition = {
  name: "fwhmNm",
  label: "FWHM",
  unit: "nm",
  direction: "minimise",
  needs: ["sted"],
  ideal: 40,
  worstAcceptable: 200,
  evaluate({ sted }, shared) {
    const seen = shared.stedSpectrum();
    if ("reason" in seen) return none(seen.reason);
    if (sted === null) return none("needs the STED frame");
    const widths = ridgeWidths(sted);
    if (widths.length < leastProfiles) return none(`only ${widths.length} clean line profiles`);
    const at = (share: number): number => widths[Math.floor(share * (widths.length - 1))] as number;
    const median = at(0.5);
    if (median < leastWidthPx) return none("structures are narrower than two pixels");
    if (at(0.75) - at(0.25) > greatestSpread * median)
      return none("the widths of the structures differ too much");
    const straight = shared.stedStraight();
    if (straight !== null) {
      const put = ridgeWidths(straight);
      if (hangsOnDeadTime(median, put[Math.floor((put.length - 1) / 2)] ?? null)) {
        return none(
          "the detector's dead time widens the crests: the answer changes when the light is put back",
        );
      }
    }
    return { value: median * sted.pixelSizeNm, unit: "nm" };
  },
};
