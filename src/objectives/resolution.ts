import { bleachedShare } from "./bleaching.js";
import type { Estimate, Resolution, Shared, Triple } from "./contract.js";
import { decorrelationEstimate } from "./decorrelation.js";
import { hangsOnDeadTime } from "./detector-load.js";
import { transformed } from "./frame-spectrum.js";
import { ringCorrelationEstimate } from "./frc.js";

/** Share of the signal that a frame may cost and still show the sample rather than what was left of it. */
const mostBleached = 0.5;
/** Each estimate scatters by about 4 %: further apart than this, one of them errs, and nobody knows which. */
const mostApart = 0.15;

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
    return neither(`${Math.round(100 * lost)} % of the signal bleached: the frame shows the survivors`);
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
    const percent = Math.round(100 * Math.expm1(apart));
    return neither(`ring correlation and decorrelation analysis differ by ${percent} %`);
  }
  const bent = deadTimeProblem(shared, ringCorrelation.valueNm);
  return bent === null ? { ringCorrelation, decorrelation } : neither(bent);
}

/**
 * Dead time flattens what is bright, which makes detail that is not in the sample: halves and amplitudes both take it for
 * structure. How flat, the frame's noise tells; an answer that changes when the light is put back hangs on that detail.
 */
function deadTimeProblem(shared: Pick<Shared, "stedStraight">, foundNm: number): string | null {
  const straight = shared.stedStraight();
  if (straight === null) return null;
  const put = ringCorrelationEstimate(transformed(straight).seen);
  return hangsOnDeadTime(foundNm, "reason" in put ? null : put.valueNm)
    ? "the detector's dead time makes detail of its own: the answer changes when the missed light is put back"
    : null;
}

/** A number without the other evidence is none; a reason of its own stays. */
function unconfirmed(own: Estimate, other: Estimate, name: string): Estimate {
  if ("reason" in own) return own;
  return { reason: `not confirmed by ${name}: ${"reason" in other ? other.reason : ""}` };
}
