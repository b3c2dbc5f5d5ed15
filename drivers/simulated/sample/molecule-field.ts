/** Molecules with positions of their own, as the world and the generators make them. */
import type { RandomStream } from "../../../src/core/index.js";
import type { SiteGroups } from "../frame/event-driven.js";
import type { SiteSurvival } from "../frame/kernels.js";
import { type Field, placer, type SiteGrid, sliceOf } from "./field.js";
import { moveMolecule as keep, type Molecules } from "./molecules.js";

export class MoleculeField implements Field {
  readonly margin = true;
  /** Molecules in the order of the last `groups`: which bundle, which entry. */
  private numbered: { readonly bundle: Int32Array; readonly entry: Int32Array } | null = null;

  constructor(
    private readonly bundles: readonly { readonly molecules: Molecules }[],
    readonly slices: number,
  ) {}

  /** The same molecules once more, bleached on their own. */
  copy(): MoleculeField {
    const parts = this.bundles.map(({ molecules: m }) => {
      const cut = (v: Float32Array): Float32Array => v.slice(0, m.alive);
      return { molecules: { x: cut(m.x), y: cut(m.y), z: cut(m.z), alive: m.alive } };
    });
    return new MoleculeField(parts, this.slices);
  }

  scan(grid: SiteGrid, survival: readonly SiteSurvival[], random: RandomStream): Float32Array[] {
    const width = grid.widthPx + 2 * grid.margin;
    const height = grid.heightPx + 2 * grid.margin;
    const reached = survival.map((_, i) => buffer(i, width * height));
    const at = placer(grid, this.slices);
    // The common case, without objects in between: one site a pixel, nothing moves.
    const plain = grid.refinement === 1 && grid.driftNm[0] === 0 && grid.driftNm[1] === 0;
    const toPixel = 1 / grid.pixelNm;
    const top = grid.originYNm - grid.margin * grid.pixelNm;
    const left = grid.originXNm - grid.margin * grid.pixelNm;
    for (const { molecules: m } of this.bundles) {
      const { x, y, z } = m;
      let kept = 0;
      for (let i = 0; i < m.alive; i++) {
        let kernel: number;
        let row: number;
        let column: number;
        if (plain) {
          row = Math.floor(((y[i] as number) - top) * toPixel);
          column = Math.floor(((x[i] as number) - left) * toPixel);
          const inside = row >= 0 && row < height && column >= 0 && column < width;
          kernel = inside ? sliceOf(z[i] as number, grid.focusNm, this.slices) : -1;
        } else {
          at.place(x[i] as number, y[i] as number, z[i] as number);
          ({ kernel } = at);
          row = at.row + grid.margin;
          column = at.column + grid.margin;
        }
        let lives = true;
        if (kernel >= 0) {
          const s = survival[kernel] as SiteSurvival;
          const entry = (s.rowClass[row] as number) * s.classes + (s.columnClass[column] as number);
          // One draw decides both: a molecule that outlives the frame has also lived until the scan came.
          const u = random.uniform32();
          if (u < (s.before[entry] as number)) {
            const sites = reached[kernel] as Float32Array;
            const site = row * width + column;
            sites[site] = (sites[site] as number) + 1;
          }
          lives = u < (s.total[entry] as number);
        }
        if (lives) keep(m, i, kept++);
      }
      m.alive = kept;
    }
    return reached;
  }

  groups(grid: SiteGrid): SiteGroups {
    const width = grid.widthPx + 2 * grid.margin;
    const height = grid.heightPx + 2 * grid.margin;
    const at = placer(grid, this.slices);
    const kernels = this.slices * grid.refinement ** 2;
    const counts = new Int32Array(kernels * width * height + 1);
    const total = this.bundles.reduce((n, b) => n + b.molecules.alive, 0);
    const keys = new Int32Array(total);
    let n = 0;
    for (const { molecules: m } of this.bundles) {
      for (let i = 0; i < m.alive; i++, n++) {
        at.place(m.x[i] as number, m.y[i] as number, m.z[i] as number);
        const key =
          at.kernel < 0 ? -1 : (at.kernel * height + at.row + grid.margin) * width + at.column + grid.margin;
        keys[n] = key;
        if (key >= 0) counts[key + 1] = (counts[key + 1] as number) + 1;
      }
    }
    const out = {
      kernel: [] as number[],
      row: [] as number[],
      column: [] as number[],
      count: [] as number[],
    };
    for (let key = 0; key < counts.length - 1; key++) {
      const count = counts[key + 1] as number;
      if (count > 0) {
        out.kernel.push(Math.floor(key / (width * height)));
        out.row.push((Math.floor(key / width) % height) - grid.margin);
        out.column.push((key % width) - grid.margin);
        out.count.push(count);
      }
      counts[key + 1] = (counts[key] as number) + count;
    }
    const seen = counts[counts.length - 1] as number;
    this.numbered = { bundle: new Int32Array(seen), entry: new Int32Array(seen) };
    n = 0;
    this.bundles.forEach(({ molecules: m }, b) => {
      for (let i = 0; i < m.alive; i++, n++) {
        const key = keys[n] as number;
        if (key < 0) continue;
        const place = counts[key] as number;
        counts[key] = place + 1;
        (this.numbered as NonNullable<typeof this.numbered>).bundle[place] = b;
        (this.numbered as NonNullable<typeof this.numbered>).entry[place] = i;
      }
    });
    return {
      length: out.kernel.length,
      kernel: Int32Array.from(out.kernel),
      row: Int32Array.from(out.row),
      column: Int32Array.from(out.column),
      count: Int32Array.from(out.count),
      molecules: seen,
    };
  }

  remove(dead: Uint8Array): void {
    if (this.numbered === null) return;
    const { bundle, entry } = this.numbered;
    this.numbered = null;
    const gone = this.bundles.map(({ molecules }) => new Uint8Array(molecules.alive));
    for (let i = 0; i < dead.length; i++) {
      if (dead[i] === 1) (gone[bundle[i] as number] as Uint8Array)[entry[i] as number] = 1;
    }
    this.bundles.forEach(({ molecules: m }, b) => {
      let kept = 0;
      for (let i = 0; i < m.alive; i++) if ((gone[b] as Uint8Array)[i] === 0) keep(m, i, kept++);
      m.alive = kept;
    });
  }

  /** Takes a share of all molecules away for good. */
  thin(share: number, random: RandomStream): void {
    for (const { molecules: m } of this.bundles) {
      let kept = 0;
      for (let i = 0; i < m.alive; i++) if (random.uniform32() >= share) keep(m, i, kept++);
      m.alive = kept;
    }
  }

  truth(grid: SiteGrid): Float32Array {
    const out = new Float32Array(grid.heightPx * grid.widthPx);
    const at = placer({ ...grid, margin: 0, refinement: 1 }, 1);
    for (const { molecules: m } of this.bundles) {
      for (let i = 0; i < m.alive; i++) {
        at.place(m.x[i] as number, m.y[i] as number, 0);
        if (at.kernel < 0) continue;
        const site = at.row * grid.widthPx + at.column;
        out[site] = (out[site] as number) + 1;
      }
    }
    return out;
  }
}

/** Site grids of the last scan, used again by the next: a loop of frames allocates none. */
const buffers: Float32Array[] = [];
function buffer(index: number, length: number): Float32Array {
  const known = buffers[index];
  if (known?.length === length) return known.fill(0);
  const made = new Float32Array(length);
  buffers[index] = made;
  return made;
}
