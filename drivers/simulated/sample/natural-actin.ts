/**
 * Actin as it looks in cultured neurons (specification §4, and the recordings of test/simulated): axons whose rings are
 * labelled in clumps, with widths that change, bare stretches that fade in and out, aggregates and filopodia;
 * dendrites full of short longitudinal fibres.
 */
import type { RandomStream } from "../../../src/core/index.js";
import { poisson } from "../frame/noise.js";
import { Bundle, type MoleculeBuilder } from "./molecules.js";
import { scatter } from "./scatter.js";
import { gammaOfShape, smoothNoise, softCoverage } from "./smooth.js";
import { piecesOf, pointAt, type Strand, strand } from "./strand.js";

export interface NeuriteOptions {
  readonly x: number;
  readonly y: number;
  /** Times the common number of labels. */
  readonly labelling: number;
  readonly zSdNm: number;
}
type Put = (into: MoleculeBuilder, draw: RandomStream, s: number, v: number) => void;

function putter(line: Strand, zSdNm: number): Put {
  return (into, draw, s, v) => {
    const c = pointAt(line, s);
    into.add(c.x - v * c.sin, c.y + v * c.cos, zSdNm * scatter(draw));
  };
}

/** An axon with the periodic lattice. */
export function naturalAxon(o: NeuriteOptions, random: RandomStream, seed: number, name: string): Bundle[] {
  const line = strand(random, o.x, o.y, 14_000, random.between(15_000, 60_000));
  const mean = 130 * (1000 / 130) ** random.uniform();
  const swell = smoothNoise(random, 1500, 6000);
  const radius = (s: number): number => mean * Math.max(0.5, 1 + 0.18 * swell(s));
  const bound = softCoverage(random, random.between(0.4, 1));
  const period = random.between(180, 195);
  const phase = random.uniform() * period;
  // Label per ring grows with its circumference.
  const perRing = o.labelling * 0.9 * mean + 60 * o.labelling;
  const loose = random.between(0.12, 0.35);
  const put = putter(line, o.zSdNm);
  const main = piecesOf(line, 1.6 * mean + 150, seed, name, (into, draw, from, to) => {
    for (let k = Math.ceil((from - phase) / period); phase + k * period < to; k++) {
      const s = phase + k * period + 10 * scatter(draw);
      const n = poisson(perRing * bound(s) * (1 - loose) * gammaOfShape(4, draw), draw);
      ring(into, draw, put, s, radius(s), n);
    }
    const wanted = (((to - from) / period) * perRing * loose) / (1 - loose);
    for (let left = poisson(wanted, draw); left > 0; ) {
      const s = draw.between(from, to);
      const angle = draw.between(0, 2 * Math.PI);
      const clump = Math.min(left, 1 + poisson(10 * gammaOfShape(1, draw), draw));
      for (let i = 0; i < clump; i++) {
        put(into, draw, s + 32 * scatter(draw), radius(s) * Math.cos(angle) + 32 * scatter(draw));
      }
      left -= clump;
    }
  });
  return [
    ...main,
    ...aggregates(line, mean, o, random, seed, name),
    ...filopodia(line, mean, o, random, seed, name),
  ];
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
  const clumps = 3 + Math.round(radius / 45);
  const angles = Float64Array.from({ length: clumps }, () => draw.between(0, 2 * Math.PI));
  const shares = Float64Array.from({ length: clumps }, () => gammaOfShape(2, draw));
  const total = shares.reduce((a, b) => a + b, 0);
  // The wider the process, the less a ring holds together: wide ones look dotted rather than ribbed.
  const stray = Float64Array.from({ length: clumps }, () => 0.06 * radius * scatter(draw));
  const tilt = 0.05 * scatter(draw);
  for (let i = 0; i < count; i++) {
    let angle = draw.between(0, 2 * Math.PI);
    let along = 18 * scatter(draw);
    if (draw.uniform() > 0.3) {
      let pick = draw.uniform() * total;
      let c = 0;
      while (c < clumps - 1 && pick > (shares[c] as number)) pick -= shares[c++] as number;
      angle = (angles[c] as number) + (35 / radius) * scatter(draw);
      along += stray[c] as number;
    }
    const v = radius * Math.cos(angle) + 12 * scatter(draw);
    put(into, draw, s + tilt * v + along, v);
  }
}

/** Bright spots of some hundred nanometres. */
function aggregates(
  line: Strand,
  radius: number,
  o: NeuriteOptions,
  random: RandomStream,
  seed: number,
  name: string,
): Bundle[] {
  const count = poisson(1.2, random);
  return Array.from({ length: count }, (_, i) => {
    const c = pointAt(line, random.uniform() * line.lengthNm);
    const v = radius * random.between(-0.9, 0.9);
    const [x, y] = [c.x - v * c.sin, c.y + v * c.cos];
    const sd = random.between(40, 110);
    const n = o.labelling * random.between(150, 900);
    const fill = (into: MoleculeBuilder, draw: RandomStream): void => {
      for (let k = poisson(n, draw); k > 0; k--)
        into.add(x + sd * scatter(draw), y + sd * scatter(draw), o.zSdNm * scatter(draw));
    };
    const reach = 5 * sd;
    return new Bundle(
      { x0: x - reach, y0: y - reach, x1: x + reach, y1: y + reach },
      fill,
      seed,
      `${name}/spot${i}`,
    );
  });
}

/** Thin curved side processes. */
function filopodia(
  line: Strand,
  radius: number,
  o: NeuriteOptions,
  random: RandomStream,
  seed: number,
  name: string,
): Bundle[] {
  const out: Bundle[] = [];
  for (let i = poisson(1, random); i > 0; i--) {
    const c = pointAt(line, random.uniform() * line.lengthNm);
    const side = random.uniform() < 0.5 ? 1 : -1;
    const length = random.between(800, 4000);
    const reach = radius + length / 2;
    const path = strand(random, c.x - side * reach * c.sin, c.y + side * reach * c.cos, length, 3000);
    const density = smoothNoise(random, 300, 1500);
    const perUm = o.labelling * random.between(80, 400);
    const put = putter(path, o.zSdNm);
    out.push(
      ...piecesOf(path, 200, seed, `${name}/filopodium${i}`, (into, draw, from, to) => {
        for (let left = poisson((perUm * (to - from)) / 1000, draw); left > 0; left--) {
          const s = draw.between(from, to);
          if (draw.uniform() < 0.5 + 0.4 * density(s)) put(into, draw, s, 40 * scatter(draw));
        }
      }),
    );
  }
  return out;
}

/** A dendrite: dozens of short fibres along it that cross at small angles, denser in places, with hairs and spines. */
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
  const across = random.between(7, 16) * (half / 600);
  const perUm = o.labelling * random.between(350, 900);
  const put = putter(axis, o.zSdNm);
  const fibres = piecesOf(axis, 1.6 * half + 300, seed, name, (into, draw, from, to) => {
    const starts = poisson((across * (to - from)) / 2000, draw);
    for (let f = 0; f < starts; f++) {
      const start = draw.between(from, to);
      const length = draw.between(800, 3500);
      const side = draw.between(-1, 1);
      const slope = 0.06 * scatter(draw);
      const bend = smoothNoise(draw, 700, 3000);
      const strength = gammaOfShape(2, draw) * Math.max(0.2, 1 + 0.5 * dense(start));
      let clump = 1;
      let until = 0;
      for (let n = poisson((perUm * strength * length) / 1000, draw); n > 0; n--) {
        if (until-- <= 0) {
          clump = draw.uniform();
          until = poisson(6 * gammaOfShape(1, draw), draw);
        }
        const t = clump * length + 40 * scatter(draw);
        const s = start + t;
        const v = side * width(s) * 0.95 + slope * (t - length / 2) + 18 * bend(s) + 22 * scatter(draw);
        put(into, draw, s, v);
      }
    }
    for (let n = poisson((o.labelling * 160 * half * 2 * (to - from)) / 1e6, draw); n > 0; n--) {
      const s = draw.between(from, to);
      put(into, draw, s, width(s) * draw.between(-1, 1));
    }
  });
  const spines = Array.from({ length: poisson(3, random) }, (_, i) =>
    spine(axis, half, o, random, seed, `${name}/spine${i}`),
  );
  return [...fibres, ...spines, ...filopodia(axis, half, o, random, seed, name)];
}

/** A spine's head: brighter at its rim, and the neck that holds it. */
function spine(
  axis: Strand,
  half: number,
  o: NeuriteOptions,
  random: RandomStream,
  seed: number,
  name: string,
): Bundle {
  const c = pointAt(axis, random.between(0, axis.lengthNm));
  const side = random.uniform() < 0.5 ? 1 : -1;
  const head = random.between(150, 350);
  const out = half + random.between(100, 600);
  const at = (v: number, along: number): [number, number] => [
    c.x - side * v * c.sin + along * c.cos,
    c.y + side * v * c.cos + along * c.sin,
  ];
  const n = o.labelling * random.between(200, 900);
  const squash = random.between(0.6, 1);
  const fill = (into: MoleculeBuilder, draw: RandomStream): void => {
    for (let i = poisson(n, draw); i > 0; i--) {
      const neck = draw.uniform() < 0.25;
      const a = draw.between(0, 2 * Math.PI);
      const r = draw.uniform() < 0.6 ? head + 25 * scatter(draw) : head * Math.sqrt(draw.uniform());
      const [x, y] = neck
        ? at(draw.between(half, out + head), 45 * scatter(draw))
        : at(out + head + r * Math.cos(a), squash * r * Math.sin(a));
      into.add(x, y, o.zSdNm * scatter(draw));
    }
  };
  const [x, y] = at(out + head, 0);
  const reach = out + 2 * head + 200;
  return new Bundle({ x0: x - reach, y0: y - reach, x1: x + reach, y1: y + reach }, fill, seed, name);
}
