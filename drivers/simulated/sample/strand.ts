/** Worm-like centrelines: the shape of axons, fibres and microtubules in the plane. */
import type { RandomStream } from "../../../src/core/index.js";
import { type Box, Bundle, type MoleculeBuilder } from "./molecules.js";

const stepNm = 20;
/** Length of the pieces into which a strand is cut, each filled on its own when somebody looks there. */
const pieceNm = 1000;

export interface Strand {
  readonly lengthNm: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Direction, rad, and its cosine and sine. */
  readonly angle: Float64Array;
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}
export interface StrandPoint {
  readonly x: number;
  readonly y: number;
  readonly cos: number;
  readonly sin: number;
}

/**
 * A worm-like chain through (midX, midY): the direction diffuses with variance s / persistence on both sides.
 * @param lengthNm whole length @param persistenceNm nm @param heading direction in the middle, rad; default random
 */
export function strand(
  random: RandomStream,
  midX: number,
  midY: number,
  lengthNm: number,
  persistenceNm: number,
  heading = random.between(0, 2 * Math.PI),
): Strand {
  const half = Math.ceil(lengthNm / 2 / stepNm);
  const n = 2 * half + 1;
  const x = new Float64Array(n);
  const y = new Float64Array(n);
  const angle = new Float64Array(n);
  const sd = Math.sqrt(stepNm / persistenceNm);
  x[half] = midX;
  y[half] = midY;
  angle[half] = heading;
  for (const way of [1, -1]) {
    for (let k = 1; k <= half; k++) {
      const i = half + way * k;
      const before = i - way;
      const a = (angle[before] as number) + sd * random.normal();
      angle[i] = a;
      x[i] = (x[before] as number) + way * stepNm * Math.cos(a);
      y[i] = (y[before] as number) + way * stepNm * Math.sin(a);
    }
  }
  return { lengthNm: (n - 1) * stepNm, x, y, angle, cos: angle.map(Math.cos), sin: angle.map(Math.sin) };
}

/** A strand beside another, `offsetNm` to its left. */
export function beside(s: Strand, offsetNm: number): Strand {
  return {
    ...s,
    x: s.x.map((v, i) => v - offsetNm * (s.sin[i] as number)),
    y: s.y.map((v, i) => v + offsetNm * (s.cos[i] as number)),
  };
}

/** Point and direction at arc length s, 0..lengthNm. */
export function pointAt(s: Strand, arcNm: number): StrandPoint {
  const at = Math.min(s.x.length - 1, Math.max(0, Math.round(arcNm / stepNm)));
  const cos = s.cos[at] as number;
  const sin = s.sin[at] as number;
  const rest = arcNm - at * stepNm;
  return { x: (s.x[at] as number) + rest * cos, y: (s.y[at] as number) + rest * sin, cos, sin };
}

export type FillPiece = (into: MoleculeBuilder, random: RandomStream, fromNm: number, toNm: number) => void;

/**
 * Cuts a strand into bundles.
 * @param reachNm how far molecules stray from the centreline @param startNm arc length at which the first piece begins
 * @param structured false: a veil that nobody would take for the structure
 */
export function piecesOf(
  s: Strand,
  reachNm: number,
  seed: number,
  name: string,
  fill: FillPiece,
  startNm = 0,
  structured = true,
): Bundle[] {
  const bundles: Bundle[] = [];
  for (let from = startNm; from < s.lengthNm; from += pieceNm) {
    const to = Math.min(s.lengthNm, from + pieceNm);
    const box = boxOf(s, from, to, reachNm);
    const core = boxOf(s, from, to, 0);
    const run = (into: MoleculeBuilder, random: RandomStream): void => fill(into, random, from, to);
    bundles.push(new Bundle(box, run, seed, `${name}/${from}`, structured, core));
  }
  return bundles;
}

function boxOf(s: Strand, from: number, to: number, reach: number): Box {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = Math.floor(from / stepNm); i <= Math.ceil(to / stepNm); i++) {
    const x = s.x[i] ?? Number.NaN;
    const y = s.y[i] ?? Number.NaN;
    if (Number.isNaN(x)) continue;
    x0 = Math.min(x0, x);
    x1 = Math.max(x1, x);
    y0 = Math.min(y0, y);
    y1 = Math.max(y1, y);
  }
  return { x0: x0 - reach, y0: y0 - reach, x1: x1 + reach, y1: y1 + reach };
}

/** Gamma deviate of whole shape and mean 1. */
export function gammaOfShape(shape: number, random: RandomStream): number {
  let product = 1;
  for (let i = 0; i < shape; i++) product *= 1 - random.uniform();
  return -Math.log(product) / shape;
}
