/** What hangs on a neurite: bright aggregates, filopodia, ragged sheets, spines, and the light of what is out of focus. */
import type { RandomStream } from "../../../src/core/index.js";
import { poisson } from "../frame/noise.js";
import { Bundle, type MoleculeBuilder } from "./molecules.js";
import { type NeuriteOptions, putter } from "./neurite.js";
import { scatter } from "./scatter.js";
import { smoothNoise } from "./smooth.js";
import { piecesOf, pointAt, type Strand, strand } from "./strand.js";

/** Labels of neighbouring planes: a broad veil along the process. */
export function halo(
  line: Strand,
  radius: number,
  o: NeuriteOptions,
  random: RandomStream,
  seed: number,
  name: string,
): Bundle[] {
  const perUm2 = o.outOfFocus * o.labelling * 15 * 20 ** random.uniform();
  const sd = random.between(250, 700);
  const put = putter(line, o.zSdNm);
  const fill = (into: MoleculeBuilder, draw: RandomStream, from: number, to: number): void => {
    for (let n = poisson((perUm2 * 2 * radius * (to - from)) / 1e6, draw); n > 0; n--) {
      put(into, draw, draw.between(from, to), radius * draw.between(-1, 1) + sd * scatter(draw));
    }
  };
  return piecesOf(line, radius + 3.5 * sd, seed, `${name}/halo`, fill, 0, false);
}

/** Bright spots of some hundred nanometres. */
export function aggregates(
  line: Strand,
  radius: number,
  o: NeuriteOptions,
  random: RandomStream,
  seed: number,
  name: string,
): Bundle[] {
  return Array.from({ length: poisson(1.5, random) }, (_, i) => {
    const c = pointAt(line, random.uniform() * line.lengthNm);
    const v = radius * random.between(-0.9, 0.9);
    const [x, y] = [c.x - v * c.sin, c.y + v * c.cos];
    const sd = random.between(35, 110);
    const n = o.labelling * random.between(150, 900);
    const fill = (into: MoleculeBuilder, draw: RandomStream): void => {
      for (let k = poisson(n, draw); k > 0; k--)
        into.add(x + sd * scatter(draw), y + sd * scatter(draw), o.zSdNm * scatter(draw));
    };
    return new Bundle(around(x, y, 5 * sd), fill, seed, `${name}/spot${i}`);
  });
}

/** Thin curved side processes, brighter along their two edges. */
export function filopodia(
  line: Strand,
  radius: number,
  o: NeuriteOptions,
  random: RandomStream,
  seed: number,
  name: string,
): Bundle[] {
  const out: Bundle[] = [];
  for (let i = poisson(1.3, random); i > 0; i--) {
    const c = pointAt(line, random.uniform() * line.lengthNm);
    const side = random.uniform() < 0.5 ? 1 : -1;
    const length = 800 * 6 ** random.uniform();
    const heading = Math.atan2(c.sin, c.cos) + side * random.between(0.5, 2.2);
    // Its first half lies inside the neurite's edge or on the far side and is left out.
    const path = strand(
      random,
      c.x - side * radius * c.sin,
      c.y + side * radius * c.cos,
      2 * length,
      4000,
      heading,
    );
    const density = smoothNoise(random, 250, 1500);
    const perUm = o.labelling * 90 * 7 ** random.uniform();
    const tube = random.between(15, 90);
    const put = putter(path, o.zSdNm);
    const fill = (into: MoleculeBuilder, draw: RandomStream, from: number, to: number): void => {
      for (let left = poisson((perUm * (to - from)) / 1000, draw); left > 0; left--) {
        const s = draw.between(from, to);
        if (draw.uniform() > 0.55 + 0.45 * density(s)) continue;
        put(into, draw, s, tube * Math.cos(draw.between(0, 2 * Math.PI)) + 20 * scatter(draw));
      }
    };
    out.push(...piecesOf(path, tube + 100, seed, `${name}/filopodium${i}`, fill, path.lengthNm / 2));
  }
  return out;
}

/** Ragged sheets with bright rims, like small growth cones. @param mean expected number */
export function lamellae(
  line: Strand,
  radius: number,
  mean: number,
  o: NeuriteOptions,
  random: RandomStream,
  seed: number,
  name: string,
): Bundle[] {
  return Array.from({ length: poisson(mean, random) }, (_, i) => {
    const c = pointAt(line, random.uniform() * line.lengthNm);
    const side = random.uniform() < 0.5 ? 1 : -1;
    const size = random.between(250, 650);
    const away = side * (radius + 0.7 * size);
    const [x, y] = [c.x - away * c.sin, c.y + away * c.cos];
    const lobes = [2, 3, 5].map((k) => ({
      k,
      part: random.between(0, 0.9 / k),
      phase: random.between(0, 2 * Math.PI),
    }));
    const edge = (a: number): number => lobes.reduce((r, l) => r + l.part * Math.sin(l.k * a + l.phase), 1);
    const n = o.labelling * random.between(1.2, 4) * size;
    const rim = random.between(0.35, 0.75);
    const clumps = Array.from({ length: 40 }, () => random.between(0, 2 * Math.PI));
    const fill = (into: MoleculeBuilder, draw: RandomStream): void => {
      for (let k = poisson(n, draw); k > 0; k--) {
        const onRim = draw.uniform() < rim;
        const a = onRim
          ? (clumps[draw.int(clumps.length)] as number) + 0.08 * scatter(draw)
          : draw.between(0, 2 * Math.PI);
        const r = size * Math.max(0.15, edge(a)) * (onRim ? 1 : Math.sqrt(draw.uniform()));
        const [dx, dy] = [r * Math.cos(a) + 30 * scatter(draw), r * Math.sin(a) + 30 * scatter(draw)];
        into.add(x + dx, y + dy, o.zSdNm * scatter(draw));
      }
    };
    return new Bundle(around(x, y, 2.2 * size + 150), fill, seed, `${name}/sheet${i}`);
  });
}

/** A spine's head, brighter at its rim, and the neck that holds it. @param half half width of the dendrite, nm */
export function spine(
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
  return new Bundle(around(x, y, out + 2 * head + 200), fill, seed, name);
}

function around(
  x: number,
  y: number,
  reach: number,
): { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number } {
  return { x0: x - reach, y0: y - reach, x1: x + reach, y1: y + reach };
}
