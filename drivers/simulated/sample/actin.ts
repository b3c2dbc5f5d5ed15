/** Actin: the periodic lattice of rings in axons (about 190 nm) and longitudinal fibres in dendrites (specification §4, §5). */
import type { RandomStream } from "../../../src/core/index.js";
import { poisson } from "../frame/noise.js";
import { Bundle, type MoleculeBuilder } from "./molecules.js";
import { beside, gammaOfShape, piecesOf, pointAt, type Strand, strand } from "./strand.js";

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
  /** Share of the length that carries rings; the rest only the unbound. */
  readonly coverage: number;
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
  coverage: 1,
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
  const bare = bareStretches(p.coverage, line.lengthNm, random);
  return piecesOf(line, radius + 120, seed, name, (into, draw, from, to) => {
    const put = (s: number): void => {
      const c = pointAt(line, s);
      const v = radius * Math.cos(draw.between(0, 2 * Math.PI)) + 8 * draw.normal();
      into.add(c.x - v * c.sin, c.y + v * c.cos, p.zSdNm === 0 ? 0 : p.zSdNm * draw.normal());
    };
    const first = Math.ceil((from - phase) / p.periodNm);
    for (let k = first; phase + k * p.periodNm < to; k++) {
      const s = phase + k * p.periodNm + p.periodSdNm * draw.normal();
      const bound = !bare.some(([a, b]) => s > a && s < b);
      const n = bound ? poisson(p.perRing * gammaOfShape(6, draw), draw) : 0;
      for (let i = 0; i < n; i++) put(s + p.thicknessSdNm * draw.normal());
    }
    const loose = poisson((((to - from) / p.periodNm) * p.perRing * p.unbound) / (1 - p.unbound), draw);
    for (let i = 0; i < loose; i++) put(draw.between(from, to));
  });
}

/** Stretches of 0.5 to 1.5 µm without rings that leave about `coverage` of the length. */
function bareStretches(coverage: number, lengthNm: number, random: RandomStream): [number, number][] {
  const out: [number, number][] = [];
  let left = (1 - coverage) * lengthNm;
  while (left > 200) {
    const size = Math.min(left, random.between(500, 1500));
    const from = random.between(0, lengthNm - size);
    out.push([from, from + size]);
    left -= size;
  }
  return out;
}

export interface DendriteParameters {
  readonly lengthNm: number;
  readonly persistenceNm: number;
  readonly widthNm: readonly [number, number];
  readonly fibres: readonly [number, number];
  readonly fibreSdNm: number;
  /** Molecules per µm of fibre. */
  readonly perUm: readonly [number, number];
  /** Spines per µm of dendrite. */
  readonly spinesPerUm: number;
  readonly zSdNm: number;
}
export const commonDendrite: DendriteParameters = {
  lengthNm: 9000,
  persistenceNm: 40_000,
  widthNm: [800, 1600],
  fibres: [3, 10],
  fibreSdNm: 25,
  perUm: [500, 1500],
  spinesPerUm: 0.5,
  zSdNm: 0,
};

/** Longitudinal fibres that wander within the dendrite's width, with spine heads beside it. */
export function dendrite(
  p: DendriteParameters,
  at: { readonly x: number; readonly y: number },
  random: RandomStream,
  seed: number,
  name: string,
): Bundle[] {
  const axis = strand(random, at.x, at.y, p.lengthNm, p.persistenceNm);
  const width = random.between(p.widthNm[0], p.widthNm[1]);
  const fibres = Math.round(random.between(p.fibres[0], p.fibres[1]));
  const z = (draw: RandomStream): number => (p.zSdNm === 0 ? 0 : p.zSdNm * draw.normal());
  const bundles: Bundle[] = [];
  for (let f = 0; f < fibres; f++) {
    const side = ((f + 0.5) / fibres - 0.5) * width;
    const wander = random.between(20, 90);
    const wave = random.between(1500, 5000);
    const phase = random.between(0, 2 * Math.PI);
    const perUm = random.between(p.perUm[0], p.perUm[1]);
    const path = beside(axis, side);
    bundles.push(
      ...piecesOf(path, wander + 120, seed, `${name}/fibre${f}`, (into, draw, from, to) => {
        const n = poisson((perUm * (to - from)) / 1000, draw);
        for (let i = 0; i < n; i++) {
          const s = draw.between(from, to);
          const c = pointAt(path, s);
          const v = wander * Math.sin((2 * Math.PI * s) / wave + phase) + p.fibreSdNm * draw.normal();
          into.add(c.x - v * c.sin, c.y + v * c.cos, z(draw));
        }
      }),
    );
  }
  const spines = poisson((p.spinesPerUm * p.lengthNm) / 1000, random);
  for (let i = 0; i < spines; i++) bundles.push(spine(axis, width, random, seed, `${name}/spine${i}`, z));
  return bundles;
}

function spine(
  axis: Strand,
  width: number,
  random: RandomStream,
  seed: number,
  name: string,
  z: (draw: RandomStream) => number,
): Bundle {
  const c = pointAt(axis, random.between(0, axis.lengthNm));
  const head = random.between(150, 350);
  const out = (width / 2 + random.between(200, 700)) * (random.uniform() < 0.5 ? 1 : -1);
  const x = c.x - out * c.sin;
  const y = c.y + out * c.cos;
  const n = random.between(300, 1200);
  const fill = (into: MoleculeBuilder, draw: RandomStream): void => {
    for (let i = poisson(n, draw); i > 0; i--) {
      const r = head * Math.sqrt(draw.uniform());
      const a = draw.between(0, 2 * Math.PI);
      into.add(x + r * Math.cos(a), y + r * Math.sin(a), z(draw));
    }
  };
  return new Bundle({ x0: x - head, y0: y - head, x1: x + head, y1: y + head }, fill, seed, name);
}
