/** Microtubules as antibodies show them: a mesh of curved filaments of uneven brightness over a faint, grainy cytosol. */
import type { RandomStream } from "../../../src/core/index.js";
import { poisson } from "../frame/noise.js";
import { type Box, Bundle, type MoleculeBuilder } from "./molecules.js";
import { scatter } from "./scatter.js";
import { gammaOfShape, smoothNoise } from "./smooth.js";
import { beside, piecesOf, pointAt, strand } from "./strand.js";

export interface MeshOptions {
  /** Labels per µm of a common filament. */
  readonly perUm: number;
  readonly zSdNm: number;
}

export function naturalFilament(
  at: { readonly x: number; readonly y: number },
  o: MeshOptions,
  random: RandomStream,
  seed: number,
  name: string,
): Bundle[] {
  const axis = strand(random, at.x, at.y, random.between(6000, 14_000), 2000 * 9 ** random.uniform());
  const members = random.uniform() < 0.4 ? 2 + random.int(3) : 1;
  // Tube, antibodies and what the fixation loosened: apparent widths of 45 to 100 nm.
  const spread = random.between(19, 42);
  const height = 1.5 * o.zSdNm * random.normal();
  const out: Bundle[] = [];
  for (let m = 0; m < members; m++) {
    const path = m === 0 ? axis : beside(axis, m * random.between(35, 90));
    const strength = gammaOfShape(4, random);
    const uneven = smoothNoise(random, 400, 3000);
    out.push(
      ...piecesOf(path, 200, seed, `${name}/${m}`, (into, draw, from, to) => {
        // Antibodies come in clumps of a few; between them short stretches stay empty.
        for (let left = poisson((o.perUm * strength * (to - from)) / 1000, draw); left > 0; ) {
          const s0 = draw.between(from, to);
          const clump = Math.min(left, 1 + poisson(5 * gammaOfShape(1, draw), draw));
          left -= clump;
          if (draw.uniform() > 0.75 + 0.2 * uneven(s0)) continue;
          for (let i = 0; i < clump; i++) {
            const c = pointAt(path, s0 + (15 + spread) * scatter(draw));
            const v = spread * scatter(draw);
            into.add(c.x - v * c.sin, c.y + v * c.cos, height + 0.3 * o.zSdNm * scatter(draw));
          }
        }
      }),
    );
  }
  return out;
}

/** Grainy cytosol: loose molecules and small clusters. @param perUm2 molecules per µm² */
export function cytosol(area: Box, perUm2: number, zSdNm: number, seed: number, name: string): Bundle[] {
  const out: Bundle[] = [];
  const patch = 1000;
  for (let y0 = area.y0; y0 < area.y1; y0 += patch) {
    for (let x0 = area.x0; x0 < area.x1; x0 += patch) {
      const box = { x0, y0, x1: Math.min(area.x1, x0 + patch), y1: Math.min(area.y1, y0 + patch) };
      const mean = (perUm2 * (box.x1 - box.x0) * (box.y1 - box.y0)) / 1e6;
      const fill = (into: MoleculeBuilder, draw: RandomStream): void => {
        for (let left = poisson(mean, draw); left > 0; ) {
          const x = draw.between(box.x0, box.x1);
          const y = draw.between(box.y0, box.y1);
          const clump = Math.min(left, 1 + poisson(4 * gammaOfShape(1, draw), draw));
          left -= clump;
          for (let i = 0; i < clump; i++) {
            into.add(x + 35 * scatter(draw), y + 35 * scatter(draw), 1.5 * zSdNm * scatter(draw));
          }
        }
      };
      out.push(new Bundle(box, fill, seed, `${name}/${x0},${y0}`, false));
    }
  }
  return out;
}
