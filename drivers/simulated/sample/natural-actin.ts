/**
 * Axons as phalloidin shows them in cultured neurons (specification §4, and the recordings of demo/real): rings about
 * every 190 nm, labelled in clumps, with widths that change, branches with webs, bare stretches that fade in and out.
 */
import type { RandomStream } from "../../../src/core/index.js";
import { poisson } from "../frame/noise.js";
import type { Bundle, MoleculeBuilder } from "./molecules.js";
import { aggregates, filopodia, halo, lamellae } from "./natural-appendages.js";
import { type NeuriteOptions, type Put, putter } from "./neurite.js";
import { scatter } from "./scatter.js";
import { gammaOfShape, smoothNoise, softCoverage } from "./smooth.js";
import { piecesOf, pointAt, type Strand, strand } from "./strand.js";

/** An axon with the periodic lattice, and often a branch of it. */
export function naturalAxon(o: NeuriteOptions, random: RandomStream, seed: number, name: string): Bundle[] {
  const line = strand(random, o.x, o.y, 14_000, random.between(15_000, 60_000));
  const mean = 120 * (1100 / 120) ** random.uniform();
  const swell = smoothNoise(random, 1500, 6000);
  const radius = (s: number): number => mean * Math.max(0.5, 1 + 0.22 * swell(s));
  const lattice = latticeOf(o, random, mean);
  const out = ringed(line, radius, mean, lattice, o, seed, name);
  if (random.uniform() < 0.45) out.push(...branch(line, mean, lattice, o, random, seed, `${name}/branch`));
  return [
    ...out,
    ...halo(line, mean, o, random, seed, name),
    ...aggregates(line, mean, o, random, seed, name),
    ...filopodia(line, mean, o, random, seed, name),
    ...lamellae(line, mean, 0.3, o, random, seed, name),
  ];
}

/** How the rings of a process are labelled. */
export interface Lattice {
  readonly periodNm: number;
  readonly phaseNm: number;
  /** Mean number of molecules of a ring. */
  readonly perRing: number;
  /** Share of the molecules that are in no ring. */
  readonly loose: number;
  /** Share of a ring that is labelled at arc length s. */
  readonly bound: (s: number) => number;
}

/** @param radiusNm label per ring grows with its circumference */
export function latticeOf(o: NeuriteOptions, random: RandomStream, radiusNm: number): Lattice {
  const bound = softCoverage(random, random.between(0.4, 1));
  const periodNm = o.latticeNm + random.between(-7.5, 7.5);
  const phaseNm = random.uniform() * periodNm;
  const perRing = o.labelling * (0.9 * radiusNm + 60);
  return { periodNm, phaseNm, perRing, loose: random.between(0.12, 0.35), bound };
}

/** Rings along a process, and loose clumps between them. */
export function ringed(
  line: Strand,
  radius: (s: number) => number,
  meanRadius: number,
  l: Lattice,
  o: NeuriteOptions,
  seed: number,
  name: string,
  startNm = 0,
): Bundle[] {
  const put = putter(line, o.zSdNm);
  const fill = (into: MoleculeBuilder, draw: RandomStream, from: number, to: number): void => {
    for (let k = Math.ceil((from - l.phaseNm) / l.periodNm); l.phaseNm + k * l.periodNm < to; k++) {
      const s = l.phaseNm + k * l.periodNm + 10 * scatter(draw);
      const n = poisson(l.perRing * l.bound(s) * (1 - l.loose) * gammaOfShape(4, draw), draw);
      ring(into, draw, put, s, radius(s), n);
    }
    const wanted = (((to - from) / l.periodNm) * l.perRing * l.loose) / (1 - l.loose);
    for (let left = poisson(wanted, draw); left > 0; ) {
      const s = draw.between(from, to);
      const angle = draw.between(0, 2 * Math.PI);
      const clump = Math.min(left, 1 + poisson(10 * gammaOfShape(1, draw), draw));
      for (let i = 0; i < clump; i++) {
        put(into, draw, s + 32 * scatter(draw), radius(s) * Math.cos(angle) + 32 * scatter(draw));
      }
      left -= clump;
    }
  };
  return piecesOf(line, 1.9 * meanRadius + 150, seed, name, fill, startNm);
}

/** Molecules of one ring: clumps around the circle, some spread evenly, the ring a little tilted. */
function ring(
  into: MoleculeBuilder,
  draw: RandomStream,
  put: Put,
  s: number,
  radius: number,
  count: number,
): void {
  // Clumps about a lattice period apart around the circle: wide processes look evenly dotted.
  const clumps = 3 + Math.round(radius / 32);
  const angles = Float64Array.from(
    { length: clumps },
    (_, i) => ((i + 0.9 * draw.uniform()) / clumps) * 2 * Math.PI,
  );
  const shares = Float64Array.from({ length: clumps }, () => gammaOfShape(2, draw));
  const total = shares.reduce((a, b) => a + b, 0);
  // The wider the process, the less a ring holds together: wide ones look dotted rather than ribbed.
  const apart = Math.min(75, 0.085 * radius);
  const stray = Float64Array.from({ length: clumps }, () => apart * scatter(draw));
  const tilt = 0.07 * scatter(draw);
  for (let i = 0; i < count; i++) {
    let angle = draw.between(0, 2 * Math.PI);
    let along = 18 * scatter(draw);
    if (draw.uniform() > 0.3) {
      let pick = draw.uniform() * total;
      let c = 0;
      while (c < clumps - 1 && pick > (shares[c] as number)) pick -= shares[c++] as number;
      angle = (angles[c] as number) + (30 / radius) * scatter(draw);
      along += stray[c] as number;
    }
    const v = radius * Math.cos(angle) + 12 * scatter(draw);
    put(into, draw, s + tilt * v + along, v);
  }
}

/** A thinner process that leaves at an angle, wide where it leaves so that the corner is a web. */
function branch(
  parent: Strand,
  parentRadius: number,
  lattice: Lattice,
  o: NeuriteOptions,
  random: RandomStream,
  seed: number,
  name: string,
): Bundle[] {
  const from = pointAt(parent, parent.lengthNm / 2 + random.between(-2500, 2500));
  const side = random.uniform() < 0.5 ? 1 : -1;
  const heading = Math.atan2(from.sin, from.cos) + side * random.between(0.35, 1.4);
  const line = strand(random, from.x, from.y, 10_000, random.between(8000, 40_000), heading);
  const thin = parentRadius * random.between(0.25, 0.8);
  const half = line.lengthNm / 2;
  const web = Math.max(0, 0.9 * parentRadius - thin);
  const radius = (s: number): number => thin + web * Math.exp(-((s - half) / 500));
  const own = { ...lattice, perRing: o.labelling * (0.9 * thin + 60) };
  return ringed(line, radius, parentRadius, own, o, seed, name, half);
}
