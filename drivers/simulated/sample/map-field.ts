/** Whole numbers of molecules on a grid, nothing beyond it: the form of the reference tables and of maps that people bring. */
import type { RandomStream } from "../../../src/core/index.js";
import type { SiteGroups } from "../frame/event-driven.js";
import type { SiteSurvival } from "../frame/kernels.js";
import { binomial } from "../frame/noise.js";
import type { Field, SiteGrid } from "./field.js";

export class MapField implements Field {
  readonly slices = 1;
  readonly margin = false;
  private sites: Int32Array = new Int32Array(0);

  /** @param molecules per site, row-major; a frame whose pixels are r sites wide sees height/r × width/r pixels */
  constructor(
    readonly molecules: Int32Array,
    readonly heightSites: number,
    readonly widthSites: number,
  ) {}

  scan(grid: SiteGrid, survival: readonly SiteSurvival[], random: RandomStream): Float32Array[] {
    const reached = survival.map(() => new Float32Array(grid.heightPx * grid.widthPx));
    this.each(grid, (site, kernel, row, column) => {
      const s = survival[kernel] as SiteSurvival;
      const entry = (s.rowClass[row] as number) * s.classes + (s.columnClass[column] as number);
      const before = s.before[entry] as number;
      const here = binomial(this.molecules[site] as number, before, random);
      const into = reached[kernel] as Float32Array;
      into[row * grid.widthPx + column] = here;
      this.molecules[site] = before > 0 ? binomial(here, (s.total[entry] as number) / before, random) : 0;
    });
    return reached;
  }

  groups(grid: SiteGrid): SiteGroups {
    const sites: number[] = [];
    const kernels: number[] = [];
    const rows: number[] = [];
    const columns: number[] = [];
    this.each(grid, (site, kernel, row, column) => {
      sites.push(site);
      kernels.push(kernel);
      rows.push(row);
      columns.push(column);
    });
    this.sites = Int32Array.from(sites);
    const count = this.sites.map((site) => this.molecules[site] as number);
    return {
      length: sites.length,
      kernel: Int32Array.from(kernels),
      row: Int32Array.from(rows),
      column: Int32Array.from(columns),
      count,
      molecules: count.reduce((a, b) => a + b, 0),
    };
  }

  remove(dead: Uint8Array): void {
    let next = 0;
    for (const site of this.sites) {
      const n = this.molecules[site] as number;
      let left = n;
      for (let i = 0; i < n; i++) if (dead[next++] === 1) left--;
      this.molecules[site] = left;
    }
    this.sites = new Int32Array(0);
  }

  truth(grid: SiteGrid): Float32Array {
    const out = new Float32Array(grid.heightPx * grid.widthPx);
    this.each(grid, (site, _kernel, row, column) => {
      const pixel = row * grid.widthPx + column;
      out[pixel] = (out[pixel] as number) + (this.molecules[site] as number);
    });
    return out;
  }

  /** Occupied sites under the frame. */
  private each(
    grid: SiteGrid,
    visit: (site: number, kernel: number, row: number, column: number) => void,
  ): void {
    const r = grid.refinement;
    const height = Math.min(this.heightSites, grid.heightPx * r);
    const width = Math.min(this.widthSites, grid.widthPx * r);
    for (let y = 0; y < height; y++) {
      const row = Math.floor(y / r);
      for (let x = 0; x < width; x++) {
        const site = y * this.widthSites + x;
        if (this.molecules[site] === 0) continue;
        const column = Math.floor(x / r);
        visit(site, (y - row * r) * r + x - column * r, row, column);
      }
    }
  }
}
