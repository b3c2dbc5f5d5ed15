/** What lies under one scan, and how it falls on the grid of sites. */
import type { RandomStream } from "../../../src/core/index.js";
import type { SiteGroups } from "../frame/event-driven.js";
import type { SiteSurvival } from "../frame/kernels.js";

/** Grid of sites under a scan: the frame's pixels and `margin` more on each side. */
export interface SiteGrid {
  readonly heightPx: number;
  readonly widthPx: number;
  readonly margin: number;
  readonly pixelNm: number;
  /** Fine sites per pixel side. */
  readonly refinement: number;
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
/** Enough for a sample of sd 100 nm in depth that is in focus: 3 % of it counts as 150 nm away where it is further. */
export const inFocusSlices = 2;

export interface Field {
  /** Depth slices that this field needs: 1 = everything in focus. */
  readonly slices: number;
  /** Whether there is anything beyond the frame's edges. */
  readonly margin: boolean;
  /**
   * Scans once: draws which molecules live until the scan reaches them (returned, a grid per kernel, kernels ordered
   * slice by slice and phase by phase; good until the next scan) and forgets those that are bleached at its end.
   */
  scan(grid: SiteGrid, survival: readonly SiteSurvival[], random: RandomStream): Float32Array[];
  /** Molecules grouped by kernel and pixel, with a margin, for the exact method. */
  groups(grid: SiteGrid): SiteGroups;
  /** Forgets molecules, numbered as the last `groups` did. */
  remove(dead: Uint8Array): void;
  /** Molecules per pixel now, without margin, row-major; sheared by the grid's drift. */
  truth(grid: SiteGrid): Float32Array;
}

/** Kernel and pixel of a molecule; kernel -1 = out of sight. */
export interface Placer {
  kernel: number;
  row: number;
  column: number;
  place(x: number, y: number, z: number): void;
}

/** Depth slice of a molecule: the nearest of 0, 150, 300… nm from the focal plane. */
export function sliceOf(z: number, focusNm: number, count: number): number {
  return count === 1 ? 0 : Math.min(count - 1, Math.round(Math.abs(z - focusNm) / sliceNm));
}

/** How positions in the sample (nm) fall on the grid. */
export function placer(grid: SiteGrid, sliceCount: number): Placer {
  const r = grid.refinement;
  const toSite = r / grid.pixelNm;
  const perRow = 1 / (grid.heightPx * grid.pixelNm);
  const [driftX, driftY] = grid.driftNm;
  const moves = driftX !== 0 || driftY !== 0;
  const height = grid.heightPx + grid.margin;
  const width = grid.widthPx + grid.margin;
  return {
    kernel: -1,
    row: 0,
    column: 0,
    place(x, y, z) {
      let rx = x - grid.originXNm;
      let ry = y - grid.originYNm;
      if (moves) {
        const part = Math.min(1, Math.max(0, ry * perRow));
        rx -= driftX * part;
        ry -= driftY * part;
      }
      const fineRow = Math.floor(ry * toSite);
      const fineColumn = Math.floor(rx * toSite);
      this.row = r === 1 ? fineRow : Math.floor(fineRow / r);
      this.column = r === 1 ? fineColumn : Math.floor(fineColumn / r);
      if (
        this.row < -grid.margin ||
        this.row >= height ||
        this.column < -grid.margin ||
        this.column >= width
      ) {
        this.kernel = -1;
        return;
      }
      const phase = r === 1 ? 0 : (fineRow - r * this.row) * r + fineColumn - r * this.column;
      const slice = sliceOf(z, grid.focusNm, sliceCount);
      this.kernel = slice * r * r + phase;
    },
  };
}

export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}
