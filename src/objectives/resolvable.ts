import { bleaching } from "./bleaching.js";
import type { Shared, Triple } from "./contract.js";
import type { FrameSpectrum, Untrusted } from "./frame-spectrum.js";

/** Share of the signal that a frame may cost and still show the sample rather than what was left of it. */
const mostBleached = 0.5;

/**
 * The spectrum from which a resolution may be told. Bleaching thins the molecules at random while the frame is taken:
 * every frame of the survivors agrees with itself, so no look at the frame alone tells how far it is from the sample.
 */
export function resolvable(triple: Triple, shared: Shared): FrameSpectrum | Untrusted {
  const lost = bleaching.evaluate(triple, shared).value;
  if (lost !== null && lost > mostBleached) {
    return { reason: `${Math.round(100 * lost)} % of the signal bleached: the frame shows the survivors` };
  }
  return shared.stedSpectrum();
}
