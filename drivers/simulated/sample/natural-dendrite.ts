/**
 * Dendrites as phalloidin shows them (demo/real): many fine, short longitudinal fibres that cross at small angles, in
 * any mixture with the rings of the cortex, with spines and hairs.
 */
import type { RandomStream } from "../../../src/core/index.js";
import { poisson } from "../frame/noise.js";
import type { Bundle, MoleculeBuilder } from "./molecules.js";
import { latticeOf, ringed } from "./natural-actin.js";
import { filopodia, halo, lamellae, spine } from "./natural-appendages.js";
import { type NeuriteOptions, putter } from "./neurite.js";
import { scatter } from "./scatter.js";
import { gammaOfShape, smoothNoise } from "./smooth.js";
import { piecesOf, strand } from "./strand.js";

export function naturalDendrite(
  o: NeuriteOptions,
  random: RandomStream,
  seed: number,
  name: string,
): Bundle[] {
  const axis = strand(random, o.x, o.y, 14_000, random.between(20_000, 60_000));
  const half = random.between(350, 900);
  const swell = smoothNoise(random, 2500, 8000);
  const width = (s: number): number => half * Math.max(0.5, 1 + 0.15 * swell(s));
  const dense = smoothNoise(random, 1500, 5000);
  // Fibres side by side, and what each carries: many thin ones or fewer strong ones.
  const across = random.between(14, 34) * (half / 600);
  const perUm = o.labelling * random.between(180, 420);
  // How much of the actin is in fibres, the rest in rings: the biologist's question.
  const fibrous = Math.sqrt(random.uniform());
  const put = putter(axis, o.zSdNm);
  const fill = (into: MoleculeBuilder, draw: RandomStream, from: number, to: number): void => {
    for (let f = poisson((across * (to - from)) / 1300, draw); f > 0; f--) {
      const start = draw.between(from, to);
      const length = draw.between(500, 2100);
      // Fewer at the very edge; a fibre keeps its direction but for a gentle bend.
      const side = 0.92 * Math.sin((Math.PI / 2) * draw.between(-1, 1));
      const slope = 0.07 * scatter(draw);
      const bend = {
        nm: 30 * scatter(draw),
        k: (2 * Math.PI) / draw.between(900, 3000),
        at: draw.between(0, 7),
      };
      const strength = fibrous * gammaOfShape(2, draw) * Math.max(0.2, 1 + 0.5 * dense(start));
      let clump = 1;
      let until = 0;
      for (let n = poisson((perUm * strength * length) / 1000, draw); n > 0; n--) {
        if (until-- <= 0) {
          clump = draw.uniform();
          until = poisson(5 * gammaOfShape(1, draw), draw);
        }
        const t = clump * length + 35 * scatter(draw);
        const s = start + t;
        const v = side * width(s) + slope * (t - length / 2) + bend.nm * Math.sin(bend.k * t + bend.at);
        put(into, draw, s, v + 14 * scatter(draw));
      }
    }
    for (let n = poisson((o.labelling * 120 * half * 2 * (to - from)) / 1e6, draw); n > 0; n--) {
      const s = draw.between(from, to);
      put(into, draw, s, width(s) * draw.between(-1, 1));
    }
  };
  const fibres = piecesOf(axis, 1.6 * half + 300, seed, name, fill);
  const lattice = latticeOf(o, random, half);
  const cortex = { ...lattice, perRing: 0.7 * (1 - fibrous) * lattice.perRing };
  return [
    ...fibres,
    ...ringed(axis, width, half, cortex, o, seed, `${name}/cortex`),
    ...halo(axis, half, o, random, seed, name),
    ...Array.from({ length: poisson(3, random) }, (_, i) =>
      spine(axis, half, o, random, seed, `${name}/spine${i}`),
    ),
    ...filopodia(axis, half, o, random, seed, name),
    ...lamellae(axis, half, 0.4, o, random, seed, name),
  ];
}
