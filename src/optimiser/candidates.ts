import type { RandomStream, Settings } from "../core/index.js";
import type { Allowed, Domain } from "./domain.js";
import { shrinks, sobolPoint } from "./maths/sobol.js";

/** Points to look at, all allowed, all snapped. */
export class CandidateSource {
  private readonly seeds: number[];
  constructor(
    private readonly domain: Domain,
    private readonly allowed: Allowed,
    private readonly fixed: Settings,
    private readonly stream: RandomStream,
  ) {
    this.seeds = Array.from({ length: domain.d }, () => stream.uint32());
  }

  settings(u: Float64Array): Settings {
    const settings = this.domain.settings(u);
    const held = Object.fromEntries(Object.entries(this.fixed).filter(([name]) => name in settings));
    return { ...settings, ...held };
  }

  /** Scrambled Sobol points stretched ×1.25 about the centre and clipped: about a tenth of each coordinate lies on each face. */
  spread(count: number, stretch = 1.25): Float64Array[] {
    const out: Float64Array[] = [];
    // Where a limit leaves nothing but a corner: ever less of the box.
    for (const shrink of shrinks) {
      for (let i = 0; out.length < count && i < 16 * count; i++) {
        const v = sobolPoint(i, this.seeds).map((x) => Math.min(1, Math.max(0, 0.5 + stretch * (x - 0.5))));
        this.keep(this.intoBox(v.map((x) => shrink * x)), out);
      }
      if (out.length > 0) break;
    }
    return out;
  }

  /** An evaluated point brought into what is allowed now. */
  snapped(u: Float64Array): Float64Array {
    const { low, high } = this.allowed;
    return this.domain.snap(u.map((x, j) => Math.min(high[j] as number, Math.max(low[j] as number, x))));
  }

  /** Gaussian steps away from `centres`, each in a random subset of the coordinates. */
  around(centres: readonly Float64Array[], count: number, scales: readonly number[]): Float64Array[] {
    const out: Float64Array[] = [];
    if (centres.length === 0) return out;
    for (let i = 0; i < count; i++) {
      const centre = centres[i % centres.length] as Float64Array;
      const scale = scales[Math.floor(i / centres.length) % scales.length] as number;
      this.keep(this.step(centre, scale), out);
    }
    return out;
  }

  /** u with coordinate j moved by `part` of its way to the middle; null where nothing changes or limits forbid it. */
  towardsMiddle(u: Float64Array, j: number, part: number): Float64Array | null {
    const { low, high } = this.allowed;
    const middle = 0.5 * ((low[j] as number) + (high[j] as number));
    const moved = u.slice();
    moved[j] = (u[j] as number) + part * (middle - (u[j] as number));
    const out: Float64Array[] = [];
    this.keep(moved, out);
    const [kept] = out;
    return kept === undefined || separation(kept, u) < 1e-9 ? null : kept;
  }

  private step(centre: Float64Array, scale: number): Float64Array {
    const { domain, stream } = this;
    const forced = stream.int(domain.d);
    return centre.map((x, j) => {
      const move = stream.uniform() < 0.5 || j === forced;
      const z = stream.normal();
      if (!move) return x;
      const cell = domain.cell(j);
      // A grid parameter moves by at least one cell, or a small step would round to nothing.
      if (cell > 0 && Math.abs(z * scale) < cell) return x + Math.sign(z) * cell;
      return x + z * scale;
    });
  }

  private intoBox(v: Float64Array): Float64Array {
    const { low, high } = this.allowed;
    return v.map((x, j) => (low[j] as number) + x * ((high[j] as number) - (low[j] as number)));
  }

  private keep(u: Float64Array, out: Float64Array[]): void {
    const { low, high } = this.allowed;
    const inside = u.map((x, j) => Math.min(high[j] as number, Math.max(low[j] as number, x)));
    if (inside.some((x) => x < 0 || x > 1)) return;
    const snapped = this.domain.snap(inside);
    if (this.allowed.test(this.settings(snapped))) out.push(snapped);
  }
}

/** Largest coordinate difference. */
export function separation(a: Float64Array, b: Float64Array): number {
  let most = 0;
  for (let j = 0; j < a.length; j++) most = Math.max(most, Math.abs((a[j] as number) - (b[j] as number)));
  return most;
}
