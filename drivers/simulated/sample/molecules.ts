/**
 * Molecules of a sample and how a scan bleaches them. A bundle is a lazily filled piece of the sample (a micron of
 * filament, a cluster, a patch of cytosol); it owns its molecules and forgets those that bleach.
 */
import { RandomStream } from "../../../src/core/index.js";

/** Positions in nm; the first `alive` entries count. */
export interface Molecules {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Above the sample's middle plane. */
  readonly z: Float32Array;
  alive: number;
}

/** Collects molecules while a bundle is filled. */
export class MoleculeBuilder {
  private points = new Float32Array(3 * 256);
  private count = 0;

  add(x: number, y: number, z: number): void {
    const at = 3 * this.count;
    if (at === this.points.length) {
      const more = new Float32Array(2 * at);
      more.set(this.points);
      this.points = more;
    }
    this.points[at] = x;
    this.points[at + 1] = y;
    this.points[at + 2] = z;
    this.count++;
  }

  build(): Molecules {
    const n = this.count;
    const made = { x: new Float32Array(n), y: new Float32Array(n), z: new Float32Array(n), alive: n };
    for (let i = 0; i < n; i++) {
      made.x[i] = this.points[3 * i] as number;
      made.y[i] = this.points[3 * i + 1] as number;
      made.z[i] = this.points[3 * i + 2] as number;
    }
    return made;
  }
}

/** nm */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

export type Fill = (into: MoleculeBuilder, random: RandomStream) => void;

/** `box` holds every molecule that `fill` may place, but for tails that nobody would see. */
export class Bundle {
  private filled: Molecules | null = null;
  /** A bit a molecule in the order of `fill`, 1 where it lives; null where none was lost when the bundle last rested. */
  private living: Uint8Array | null = null;
  constructor(
    readonly box: Box,
    private readonly fill: Fill,
    private readonly seed: number,
    private readonly name: string,
    /** Part of a structure, not of the haze around it. */
    readonly structured = true,
    /** Where its middle line runs. */
    readonly core: Box = box,
  ) {}

  get molecules(): Molecules {
    if (this.filled === null) {
      this.filled = this.fresh();
      if (this.living !== null) keepLiving(this.filled, this.living);
    }
    return this.filled;
  }

  /** Molecules that take up memory, bleached ones included. */
  get held(): number {
    return this.filled?.x.length ?? 0;
  }

  /** Nobody has looked at it, or nothing was lost since: made anew it is the same. */
  get untouched(): boolean {
    return this.filled === null && this.living === null;
  }

  /** Gives the memory back and remembers a bit of each molecule: `molecules` makes them again, those that live. */
  rest(): void {
    const left = this.filled;
    this.filled = null;
    if (left === null || left.alive === left.x.length) return;
    // Survivors stay in the order in which they were made, so that the first that fits is the one.
    const all = this.fresh();
    const living = new Uint8Array(Math.ceil(all.alive / 8));
    let next = 0;
    for (let i = 0; i < all.alive && next < left.alive; i++) {
      if (all.x[i] !== left.x[next] || all.y[i] !== left.y[next] || all.z[i] !== left.z[next]) continue;
      living[i >> 3] = (living[i >> 3] as number) | (1 << (i & 7));
      next++;
    }
    this.living = living;
  }

  private fresh(): Molecules {
    const builder = new MoleculeBuilder();
    this.fill(builder, RandomStream.of(this.seed, this.name));
    return builder.build();
  }
}

function keepLiving(m: Molecules, living: Uint8Array): void {
  let kept = 0;
  for (let i = 0; i < m.alive; i++) {
    if ((((living[i >> 3] as number) >> (i & 7)) & 1) === 1) moveMolecule(m, i, kept++);
  }
  m.alive = kept;
}

/** Molecule `from` takes the place of `to`, which is not after it. */
export function moveMolecule(m: Molecules, from: number, to: number): void {
  if (from === to) return;
  m.x[to] = m.x[from] as number;
  m.y[to] = m.y[from] as number;
  m.z[to] = m.z[from] as number;
}

export function overlaps(a: Box, b: Box): boolean {
  return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}
