/** Postsynaptic clusters along a faint dendrite: chains of nanodomains on its spines, loose molecules inside it. */
import type { RandomStream } from "../../../src/core/index.js";
import { poisson } from "../frame/noise.js";
import { cluster, referenceCluster } from "./clusters.js";
import type { Bundle } from "./molecules.js";
import { scatter } from "./scatter.js";
import { gammaOfShape, smoothNoise } from "./smooth.js";
import { piecesOf, pointAt, strand } from "./strand.js";

export interface SynapseOptions {
  readonly x: number;
  readonly y: number;
  /** Labels of a common nanodomain. */
  readonly perDomain: number;
  /** Clusters per µm of dendrite. */
  readonly perUm: number;
  /** Loose molecules per µm². */
  readonly loosePerUm2: number;
  readonly zSdNm: number;
}

export function naturalSynapses(
  o: SynapseOptions,
  random: RandomStream,
  seed: number,
  name: string,
): Bundle[] {
  const axis = strand(random, o.x, o.y, 14_000, random.between(15_000, 50_000));
  const half = random.between(300, 900);
  const swell = smoothNoise(random, 2500, 8000);
  const shaft = piecesOf(axis, 1.6 * half, seed, `${name}/shaft`, (into, draw, from, to) => {
    for (let n = poisson((o.loosePerUm2 * 2 * half * (to - from)) / 1e6, draw); n > 0; n--) {
      const s = draw.between(from, to);
      const c = pointAt(axis, s);
      const v = half * (1 + 0.15 * swell(s)) * draw.between(-1, 1);
      into.add(c.x - v * c.sin, c.y + v * c.cos, 2 * o.zSdNm * scatter(draw));
    }
  });
  const clusters = Array.from({ length: poisson((o.perUm * axis.lengthNm) / 1000, random) }, (_, i) => {
    const c = pointAt(axis, random.uniform() * axis.lengthNm);
    const side = random.uniform() < 0.5 ? 1 : -1;
    const v = side * (random.uniform() < 0.75 ? half + random.between(100, 900) : random.between(0, half));
    const p = {
      ...referenceCluster,
      lengthNm: [150, 500] as const,
      perDomain: o.perDomain * gammaOfShape(4, random),
      domainSdNm: [25, 55] as const,
      zSdNm: o.zSdNm,
    };
    const at = { x: c.x - v * c.sin, y: c.y + v * c.cos };
    return cluster(p, at, random, seed, `${name}/psd${i}`);
  });
  return [...shaft, ...clusters];
}
