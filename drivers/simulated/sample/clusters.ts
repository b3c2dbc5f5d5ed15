/** Protein clusters like PSD95: short chains of nanodomains, and diffuse molecules around them (specification §4, §5). */
import type { RandomStream } from "../../../src/core/index.js";
import { poisson } from "../frame/noise.js";
import { type Box, Bundle, type MoleculeBuilder } from "./molecules.js";

export interface ClusterParameters {
  readonly lengthNm: readonly [number, number];
  readonly domains: readonly [number, number];
  readonly perDomain: number;
  readonly domainSdNm: readonly [number, number];
  readonly zSdNm: number;
}
export const referenceCluster: ClusterParameters = {
  lengthNm: [200, 450],
  domains: [1, 4],
  perDomain: 350,
  domainSdNm: [30, 50],
  zSdNm: 0,
};

/** Domains evenly along a short line in a random direction. */
export function cluster(
  p: ClusterParameters,
  at: { readonly x: number; readonly y: number },
  random: RandomStream,
  seed: number,
  name: string,
): Bundle {
  const length = random.between(p.lengthNm[0], p.lengthNm[1]);
  const domains = p.domains[0] + random.int(p.domains[1] - p.domains[0] + 1);
  const angle = random.between(0, 2 * Math.PI);
  const reach = length / 2 + 5 * p.domainSdNm[1];
  const fill = (into: MoleculeBuilder, draw: RandomStream): void => {
    for (let d = 0; d < domains; d++) {
      const along = ((d + 0.5) / domains - 0.5) * length + 15 * draw.normal();
      const across = 15 * draw.normal();
      const x = at.x + along * Math.cos(angle) - across * Math.sin(angle);
      const y = at.y + along * Math.sin(angle) + across * Math.cos(angle);
      const sd = draw.between(p.domainSdNm[0], p.domainSdNm[1]);
      for (let i = poisson(p.perDomain, draw); i > 0; i--) {
        const z = p.zSdNm === 0 ? 0 : p.zSdNm * draw.normal();
        into.add(x + sd * draw.normal(), y + sd * draw.normal(), z);
      }
    }
  };
  return new Bundle(
    { x0: at.x - reach, y0: at.y - reach, x1: at.x + reach, y1: at.y + reach },
    fill,
    seed,
    name,
  );
}

/** Evenly spread molecules, in patches of a micron. @param perUm2 molecules per µm² */
export function diffuse(area: Box, perUm2: number, zSdNm: number, seed: number, name: string): Bundle[] {
  const bundles: Bundle[] = [];
  if (perUm2 <= 0) return bundles;
  const patch = 1000;
  for (let y0 = area.y0; y0 < area.y1; y0 += patch) {
    for (let x0 = area.x0; x0 < area.x1; x0 += patch) {
      const box = { x0, y0, x1: Math.min(area.x1, x0 + patch), y1: Math.min(area.y1, y0 + patch) };
      const mean = (perUm2 * (box.x1 - box.x0) * (box.y1 - box.y0)) / 1e6;
      const fill = (into: MoleculeBuilder, draw: RandomStream): void => {
        for (let i = poisson(mean, draw); i > 0; i--) {
          const z = zSdNm === 0 ? 0 : zSdNm * draw.normal();
          into.add(draw.between(box.x0, box.x1), draw.between(box.y0, box.y1), z);
        }
      };
      bundles.push(new Bundle(box, fill, seed, `${name}/${x0},${y0}`, false));
    }
  }
  return bundles;
}
