import type { Image } from "../core/index.js";
import { bleachedShare } from "./bleaching.js";
import { signalCorrelation } from "./checkerboard.js";
import type { Estimate, Resolution, Shared, Triple } from "./contract.js";
import { decorrelationEstimate } from "./decorrelation.js";
import { type FrameSpectrum, transformed } from "./frame-spectrum.js";
import { coarserBy, greatestSd, type RingEstimate, ringCorrelationEstimate } from "./frc.js";
import { litShare } from "./light-spread.js";
import { partCount, partScatter } from "./parts.js";

/** Share of the signal that a frame may cost and still show the sample rather than what was left of it. */
const mostBleached = 0.5;
/** Each estimate scatters by about 4 %: further apart than this, one of them errs, and nobody knows which. */
const mostApart = 0.15;
/** What detail made by dead time may coarsen the answer by, beside its scatter. */
const mostByDeadTime = 1.05;
/** Such detail is looked for from this share of the answer's frequency to the frequency itself. */
const bandFrom = 0.8;

/**
 * Resolution of the STED frame by two kinds of evidence, halves and amplitudes; a number of either only where the other
 * one confirms it. Bleaching thins the molecules at random while the frame is taken: every frame of the survivors agrees
 * with itself, so no look at the frame alone tells how far it is from the sample.
 */
export function judgeResolution(triple: Triple, shared: Omit<Shared, "resolution">): Resolution {
  const neither = (reason: string): Resolution => ({
    ringCorrelation: { reason },
    decorrelation: { reason },
  });
  const lost = bleachedShare(triple, shared).value;
  if (lost !== null && lost > mostBleached) {
    return neither(`${percent(lost)} % of the signal bleached: the frame shows the survivors`);
  }
  const seen = shared.stedSpectrum();
  if ("reason" in seen) return neither(seen.reason);
  const [ringCorrelation, decorrelation] = [ringCorrelationEstimate(seen), decorrelationEstimate(seen)];
  if ("reason" in ringCorrelation || "reason" in decorrelation) {
    return {
      ringCorrelation: unconfirmed(ringCorrelation, decorrelation, "decorrelation analysis"),
      decorrelation: unconfirmed(decorrelation, ringCorrelation, "ring correlation"),
    };
  }
  const apart = Math.abs(Math.log(ringCorrelation.valueNm / decorrelation.valueNm));
  if (apart > mostApart) {
    return neither(`ring correlation and decorrelation analysis differ by ${percent(Math.expm1(apart))} %`);
  }
  const doubt =
    deadTimeProblem(shared, seen, ringCorrelation) ??
    scatterProblem(triple.sted as Image, seen, ringCorrelation);
  return doubt === null ? { ringCorrelation, decorrelation } : neither(doubt);
}

/**
 * Dead time flattens what is bright, which makes detail that is not in the sample: halves and amplitudes both take it for
 * structure. How flat, the frame's noise tells; put back the missed light, and what the two frames have in common just
 * coarser than the answer is the share of the detail that the sample made.
 */
function deadTimeProblem(
  shared: Pick<Shared, "stedStraight">,
  seen: FrameSpectrum,
  estimate: RingEstimate,
): string | null {
  const straight = shared.stedStraight();
  if (straight === null) return null;
  const coherence = signalCorrelation(
    seen,
    transformed(straight).seen,
    Math.round(bandFrom * estimate.ring),
    Math.round(estimate.ring),
  );
  const coarser = coarserBy(estimate, coherence);
  if (coarser !== null && coarser <= mostByDeadTime) return null;
  return `the detector's dead time makes detail of its own: of what is seen at this period, ${percent(Math.max(0, 1 - coherence ** 2))} % is not the sample's`;
}

/**
 * How uncertain the answer is, by two looks of which the worse counts. The fit knows the scatter of its coefficients, of which
 * there are the fewer the fewer places the light comes from. What differs from part to part of the field (density, depth,
 * bleaching) no fit knows; it shows in how four parts differ, and so does the scatter of coefficients, so that the two are not
 * added.
 */
function scatterProblem(
  image: Image,
  seen: FrameSpectrum,
  { ring, relativeSd }: RingEstimate,
): string | null {
  const lit = litShare(image, seen, ring);
  const own = relativeSd / Math.sqrt(lit);
  if (own > greatestSd) {
    return `the resolution is uncertain by ${percent(own)} %: the light comes from few places, which leave ${percent(lit)} % of an even field's evidence`;
  }
  const parts = partScatter(image);
  if (parts === null) return "most parts of the field have no resolution of their own";
  const sd = parts / Math.sqrt(partCount);
  if (sd <= greatestSd) return null;
  return `the resolution is uncertain by ${percent(sd)} %: parts of the field differ by ${percent(parts)} %`;
}

const percent = (share: number): number => Math.round(100 * share);

/** A number without the other evidence is none; a reason of its own stays. */
function unconfirmed(own: Estimate, other: Estimate, name: string): Estimate {
  if ("reason" in own) return own;
  return { reason: `not confirmed by ${name}: ${"reason" in other ? other.reason : ""}` };
}
