/**
 * The slide: 100 × 100 µm (and more of the same beyond, for `next` fields), made tile by tile from the seed when
 * somebody looks. Molecules that bleach stay bleached, so a revisited place shows it.
 */
import { RandomStream } from "../../../src/core/index.js";
import { type Box, type Bundle, overlaps } from "./molecules.js";
import { commonSample, type NaturalOptions, naturalSample, reachNm, type SampleTuning } from "./natural.js";
import type { Structure } from "./structures.js";

const tileNm = 5000;
export const worldUm = 100;
/** Molecules that are kept ready, 12 bytes each: some thirty places. */
const commonMostHeld = 8_000_000;
/** Share of tiles in which nothing is anchored: with their neighbours' structures they make edges and empty places. */
const commonBareShare = 0.15;
const bareTile = { neurites: [0, 0], filaments: [0, 1] } as const;
/** Anchored in each other tile; structures are about three tiles long. */
const perTile = { neurites: [1, 2], filaments: [6, 12], labelling: [0.7, 1.4] } as const;

export class World {
  private readonly tiles = new Map<string, Bundle[]>();
  /** Bundles whose molecules may be held, those of the place visited last at the end. */
  private readonly ready = new Set<Bundle>();
  private readonly common: NaturalOptions;
  private readonly bareShare: number;

  constructor(
    readonly structure: Structure,
    readonly seed: number,
    tuning: SampleTuning = {},
    private readonly mostHeld = commonMostHeld,
  ) {
    const { labelling = 1, density = 1, outOfFocus = commonSample.outOfFocus } = tuning;
    const { dendriteShare = commonSample.dendrites, latticePeriodNm = commonSample.latticeNm } = tuning;
    const [least, most] = perTile.labelling;
    this.bareShare = tuning.emptyShare ?? commonBareShare;
    this.common = {
      ...perTile,
      labelling: [labelling * least, labelling * most],
      zSdNm: tuning.depthSdNm ?? commonSample.zSdNm,
      dendrites: dendriteShare,
      latticeNm: latticePeriodNm,
      outOfFocus,
      density,
    };
  }

  /** Bundles that may have molecules in the box (nm), in an order that depends on nothing but the place. */
  bundlesIn(box: Box): Bundle[] {
    const out: Bundle[] = [];
    const first = (v: number): number => Math.floor((v - reachNm) / tileNm);
    const last = (v: number): number => Math.floor((v + reachNm) / tileNm);
    for (let ty = first(box.y0); ty <= last(box.y1); ty++) {
      for (let tx = first(box.x0); tx <= last(box.x1); tx++) {
        for (const bundle of this.tile(tx, ty)) if (overlaps(bundle.box, box)) out.push(bundle);
      }
    }
    return out;
  }

  /**
   * Bundles that nobody has looked at for longest and that should `rest`, so that a run of many places does not hold the
   * molecules of all of them. @param here bundles of the place where the stage is: they stay
   */
  idle(here: readonly Bundle[]): Bundle[] {
    for (const bundle of here) {
      this.ready.delete(bundle);
      this.ready.add(bundle);
    }
    let held = 0;
    for (const bundle of this.ready) held += bundle.held;
    const out: Bundle[] = [];
    const others = this.ready.size - here.length;
    for (const bundle of this.ready) {
      if (held <= this.mostHeld || out.length >= others) break;
      held -= bundle.held;
      out.push(bundle);
    }
    for (const bundle of out) this.ready.delete(bundle);
    return out;
  }

  /** Drops tiles in which nobody has looked at anything: made anew they are the same. */
  forgetUntouched(): void {
    for (const [name, bundles] of this.tiles) {
      if (bundles.every((bundle) => bundle.untouched)) this.tiles.delete(name);
    }
  }

  /** Tiles in memory. */
  get tileCount(): number {
    return this.tiles.size;
  }

  /** Pieces of structure, about a micron each, that lie within a box: how much there is to see. */
  piecesIn(box: Box): number {
    return this.bundlesIn(box).filter((b) => b.structured && overlaps(b.core, box)).length;
  }

  private tile(tx: number, ty: number): Bundle[] {
    const name = `${tx},${ty}`;
    let found = this.tiles.get(name);
    if (found === undefined) {
      const box = { x0: tx * tileNm, y0: ty * tileNm, x1: (tx + 1) * tileNm, y1: (ty + 1) * tileNm };
      const bare = RandomStream.of(this.seed, "cover", name).uniform() < this.bareShare;
      const options = bare ? { ...this.common, ...bareTile } : this.common;
      found = naturalSample(this.structure, box, options, this.seed, `tile${name}`);
      this.tiles.set(name, found);
    }
    return found;
  }
}
