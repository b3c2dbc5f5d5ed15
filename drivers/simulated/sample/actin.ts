/** The plain actin lattice of the calibration: even rings about every 190 nm (specification §5). */
import type { RandomStream } from "../../../src/core/index.js";
import { poisson } from "../frame/noise.js";
import type { Bundle } from "./molecules.js";
import { gammaOfShape, piecesOf, pointAt, strand } from "./strand.js";

export interface AxonParameters {
  readonly lengthNm: number;
  readonly persistenceNm: number;
  /** Uniform between the two, nm. */
  readonly radiusNm: readonly [number, number];
  readonly periodNm: number;
  readonly periodSdNm: number;
  readonly thicknessSdNm: number;
  /** Mean number of molecules of a ring. */
  readonly perRing: number;
  /** Share of molecules that are not in rings. */
  readonly unbound: number;
  readonly zSdNm: number;
}
/** The samples from which the true rating was calibrated (specification §5). */
export const referenceAxon: AxonParameters = {
  lengthNm: 8000,
  persistenceNm: 60_000,
  radiusNm: [150, 450],
  periodNm: 190,
  periodSdNm: 10,
  thicknessSdNm: 20,
  perRing: 400,
  unbound: 0.1,
  zSdNm: 0,
};

/** Rings every period along the axon, seen from the side: lateral position R cos(phi), so that the edges are brighter. */
export function axon(
  p: AxonParameters,
  at: { readonly x: number; readonly y: number },
  random: RandomStream,
  seed: number,
  name: string,
): Bundle[] {
  const line = strand(random, at.x, at.y, p.lengthNm, p.persistenceNm);
  const radius = random.between(p.radiusNm[0], p.radiusNm[1]);
  const phase = random.uniform() * p.periodNm;
  return piecesOf(line, radius + 120, seed, name, (into, draw, from, to) => {
    const put = (s: number): void => {
      const c = pointAt(line, s);
      const v = radius * Math.cos(draw.between(0, 2 * Math.PI)) + 8 * draw.normal();
      into.add(c.x - v * c.sin, c.y + v * c.cos, p.zSdNm === 0 ? 0 : p.zSdNm * draw.normal());
    };
    const first = Math.ceil((from - phase) / p.periodNm);
    for (let k = first; phase + k * p.periodNm < to; k++) {
      const s = phase + k * p.periodNm + p.periodSdNm * draw.normal();
      const n = poisson(p.perRing * gammaOfShape(6, draw), draw);
      for (let i = 0; i < n; i++) put(s + p.thicknessSdNm * draw.normal());
    }
    const loose = poisson((((to - from) / p.periodNm) * p.perRing * p.unbound) / (1 - p.unbound), draw);
    for (let i = 0; i < loose; i++) put(draw.between(from, to));
  });
}
