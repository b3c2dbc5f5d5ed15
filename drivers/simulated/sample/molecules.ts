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
  private readonly xs: number[] = [];
  private readonly ys: number[] = [];
  private readonly zs: number[] = [];
  add(x: number, y: number, z: number): void {
    this.xs.push(x);
    this.ys.push(y);
    this.zs.push(z);
  }
  build(): Molecules {
    return {
      x: Float32Array.from(this.xs),
      y: Float32Array.from(this.ys),
      z: Float32Array.from(this.zs),
      alive: this.xs.length,
    };
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
  constructor(
    readonly box: Box,
    private readonly fill: Fill,
    private readonly seed: number,
    private readonly name: string,
  ) {}
  get molecules(): Molecules {
    if (this.filled === null) {
      const builder = new MoleculeBuilder();
      this.fill(builder, RandomStream.of(this.seed, this.name));
      this.filled = builder.build();
    }
    return this.filled;
  }
}

export function overlaps(a: Box, b: Box): boolean {
  return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}
