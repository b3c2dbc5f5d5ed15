/** What lies under one scan: molecules anywhere, or whole numbers of them on the pixel grid. */
import type { RandomStream } from "../../../src/core/index.js";
import type { SiteSurvival } from "../frame/kernels.js";
import { binomial } from "../frame/noise.js";
import type { Molecules } from "./molecules.js";

/** Grid of sites under a scan: the frame's pixels and `margin` more on each side. */
export interface SiteGrid {
  readonly heightPx: number;
  readonly widthPx: number;
  readonly margin: number;
  readonly pixelNm: number;
  /** Sample position of the frame's first corner, nm. */
  readonly originXNm: number;
  readonly originYNm: number;
  /** How far the sample moves while the frame is scanned, nm (x, y). */
  readonly driftNm: readonly [number, number];
  /** Height of the focal plane in the sample, nm. */
  readonly focusNm: number;
}

export const sliceNm = 150;
export const slices = 5;

export interface Field {
  /** Depth slices that this field needs: 1 = everything in focus. */
  readonly slices: number;
  readonly margin: boolean;
  /**
   * Scans once: draws which molecules live until the scan reaches them (returned, a grid per slice) and forgets those
   * that are bleached at its end.
   */
  scan(grid: SiteGrid, survival: readonly SiteSurvival[], random: RandomStream): Float32Array[];
  /** Molecules per pixel now, without margin, row-major. */
  truth(grid: SiteGrid): Float32Array;
}

/** Molecules with positions of their own, as the world and the generators make them. */
export class MoleculeField implements Field {
  readonly margin = true;
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
    const reached = survival.map(() => new Float32Array(width * height));
    const toPixel = 1 / grid.pixelNm;
    const perRow = 1 / (grid.heightPx * grid.pixelNm);
    const [driftX, driftY] = grid.driftNm;
    for (const bundle of this.bundles) {
      const m = bundle.molecules;
      const { x, y, z } = m;
      let kept = 0;
      for (let i = 0; i < m.alive; i++) {
        const ry = (y[i] as number) - grid.originYNm;
        const part = driftX === 0 && driftY === 0 ? 0 : Math.min(1, Math.max(0, ry * perRow));
        const row = Math.floor((ry - driftY * part) * toPixel) + grid.margin;
        const column =
          Math.floor(((x[i] as number) - driftX * part - grid.originXNm) * toPixel) + grid.margin;
        let lives = true;
        if (row >= 0 && row < height && column >= 0 && column < width) {
          const depth = Math.round(Math.abs((z[i] as number) - grid.focusNm) / sliceNm);
          const slice = Math.min(survival.length - 1, depth);
          const s = survival[slice] as SiteSurvival;
          const entry = (s.rowClass[row] as number) * s.classes + (s.columnClass[column] as number);
          // One draw decides both: a molecule that outlives the frame has also lived until the scan came.
          const u = random.uniform32();
          if (u < (s.before[entry] as number)) {
            const sites = reached[slice] as Float32Array;
            const site = row * width + column;
            sites[site] = (sites[site] as number) + 1;
          }
          lives = u < (s.total[entry] as number);
        }
        if (lives) {
          if (kept !== i) {
            x[kept] = x[i] as number;
            y[kept] = y[i] as number;
            z[kept] = z[i] as number;
          }
          kept++;
        }
      }
      m.alive = kept;
    }
    return reached;
  }

  truth(grid: SiteGrid): Float32Array {
    const out = new Float32Array(grid.heightPx * grid.widthPx);
    for (const bundle of this.bundles) {
      const { x, y, alive } = bundle.molecules;
      for (let i = 0; i < alive; i++) {
        const row = Math.floor(((y[i] as number) - grid.originYNm) / grid.pixelNm);
        const column = Math.floor(((x[i] as number) - grid.originXNm) / grid.pixelNm);
        if (row < 0 || row >= grid.heightPx || column < 0 || column >= grid.widthPx) continue;
        const at = row * grid.widthPx + column;
        out[at] = (out[at] as number) + 1;
      }
    }
    return out;
  }
}

/** Whole numbers of molecules on the pixel grid, nothing beyond it: the form of the reference tables and of maps. */
export class MapField implements Field {
  readonly slices = 1;
  readonly margin = false;
  constructor(
    readonly molecules: Int32Array,
    readonly heightPx: number,
    readonly widthPx: number,
  ) {}

  scan(_grid: SiteGrid, survival: readonly SiteSurvival[], random: RandomStream): Float32Array[] {
    const s = survival[0] as SiteSurvival;
    const reached = new Float32Array(this.molecules.length);
    for (let row = 0; row < this.heightPx; row++) {
      for (let column = 0; column < this.widthPx; column++) {
        const at = row * this.widthPx + column;
        const n = this.molecules[at] as number;
        if (n === 0) continue;
        const entry = (s.rowClass[row] as number) * s.classes + (s.columnClass[column] as number);
        const before = s.before[entry] as number;
        const total = s.total[entry] as number;
        const here = binomial(n, before, random);
        reached[at] = here;
        this.molecules[at] = before > 0 ? binomial(here, total / before, random) : 0;
      }
    }
    return [reached];
  }

  truth(): Float32Array {
    return Float32Array.from(this.molecules);
  }
}

export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}
