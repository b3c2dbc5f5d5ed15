/** Microtubules: stiff filaments that cross, some in bundles, with gaps in the labelling (specification §4, §5). */
import type { RandomStream } from "../../../src/core/index.js";
import { poisson } from "../frame/noise.js";
import type { Bundle } from "./molecules.js";
import { beside, piecesOf, pointAt, strand } from "./strand.js";

export interface FilamentParameters {
  readonly lengthNm: number;
  readonly persistenceNm: number;
  readonly perUm: number;
  /** Tube and antibodies, nm. */
  readonly lateralSdNm: number;
  /** Share of the length without label. */
  readonly gaps: number;
  /** Filaments side by side, from 1. */
  readonly bundle: readonly [number, number];
  readonly zSdNm: number;
}
export const referenceFilament: FilamentParameters = {
  lengthNm: 8000,
  persistenceNm: 15_000,
  perUm: 900,
  lateralSdNm: 25,
  gaps: 0,
  bundle: [1, 1],
  zSdNm: 0,
};

export function filament(
  p: FilamentParameters,
  at: { readonly x: number; readonly y: number },
  random: RandomStream,
  seed: number,
  name: string,
): Bundle[] {
  const axis = strand(random, at.x, at.y, p.lengthNm, p.persistenceNm);
  const members = p.bundle[0] + random.int(p.bundle[1] - p.bundle[0] + 1);
  const bundles: Bundle[] = [];
  for (let m = 0; m < members; m++) {
    const path = m === 0 ? axis : beside(axis, m * random.between(40, 80));
    bundles.push(
      ...piecesOf(path, 5 * p.lateralSdNm, seed, `${name}/${m}`, (into, draw, from, to) => {
        const patch = 250;
        for (let s0 = from; s0 < to; s0 += patch) {
          if (p.gaps > 0 && draw.uniform() < p.gaps) continue;
          const n = poisson((p.perUm * Math.min(patch, to - s0)) / 1000 / (1 - p.gaps), draw);
          for (let i = 0; i < n; i++) {
            const c = pointAt(path, s0 + draw.uniform() * patch);
            const v = p.lateralSdNm * draw.normal();
            into.add(c.x - v * c.sin, c.y + v * c.cos, p.zSdNm === 0 ? 0 : p.zSdNm * draw.normal());
          }
        }
      }),
    );
  }
  return bundles;
}
