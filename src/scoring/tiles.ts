/** Cutting a frame into tiles that the network takes, and what each tile weighs. */
import type { Card } from "./card.js";

export interface Tile {
  /** Upper left corner in the padded frame. */
  readonly y: number;
  readonly x: number;
}
export interface TilePlan {
  /** [height, width] of the padded frame, at least one tile. */
  readonly padded: readonly [number, number];
  /** Where the frame lies inside the padded one. */
  readonly offset: readonly [number, number];
  readonly tiles: readonly Tile[];
}

/** Tiles share at least a quarter of their side with the next one. */
const leastOverlap = 0.25;

/** Spreads tiles of `tile` evenly over a frame; a frame smaller than a tile lies in the middle of one. */
export function planTiles(shape: readonly [number, number], tile: readonly [number, number]): TilePlan {
  const padded: [number, number] = [Math.max(shape[0], tile[0]), Math.max(shape[1], tile[1])];
  const rows = starts(padded[0], tile[0]);
  const columns = starts(padded[1], tile[1]);
  return {
    padded,
    offset: [(padded[0] - shape[0]) >> 1, (padded[1] - shape[1]) >> 1],
    tiles: rows.flatMap((y) => columns.map((x) => ({ y, x }))),
  };
}

function starts(length: number, tile: number): number[] {
  const free = length - tile;
  if (free === 0) return [0];
  const steps = Math.ceil(free / (tile * (1 - leastOverlap)));
  return Array.from({ length: steps + 1 }, (_, i) => Math.round((i * free) / steps));
}

/**
 * Writes one normalised tile. Beyond the frame its mirror image goes on, so that padding adds no edge.
 * x = min(clip, max(0, (counts − offset) / scale))
 * @param endsAt count at which the detector ends, `Infinity` where it did not: see `normalisation.saturated` of the card
 */
export function fillTile(
  out: Float32Array,
  at: number,
  pixels: ArrayLike<number>,
  shape: readonly [number, number],
  plan: TilePlan,
  tile: Tile,
  size: readonly [number, number],
  normalisation: Card["normalisation"],
  endsAt: number = Number.POSITIVE_INFINITY,
): void {
  const [height, width] = shape;
  // A count a hair below the end: interpolation rounds.
  const end = normalisation.saturated === "clip" ? endsAt * (1 - 1e-6) : Number.POSITIVE_INFINITY;
  const { offset, scale, clip } = normalisation;
  const top = tile.y - plan.offset[0];
  const left = tile.x - plan.offset[1];
  const factor = 1 / scale;
  const inside = top >= 0 && top + size[0] <= height && left >= 0 && left + size[1] <= width;
  let to = at;
  if (inside && pixels instanceof Uint16Array && end === Number.POSITIVE_INFINITY) {
    // Bits are copied as integers: twice as fast as numbers that become doubles on the way.
    const table = tableFor(normalisation);
    const bits = new Int32Array(out.buffer, out.byteOffset, out.length);
    for (let y = 0; y < size[0]; y++) {
      const start = (top + y) * width + left;
      const stop = start + size[1];
      for (let i = start; i < stop; i++) bits[to++] = table[pixels[i] as number] as number;
    }
    return;
  }
  if (inside) {
    for (let y = 0; y < size[0]; y++) {
      const start = (top + y) * width + left;
      const stop = start + size[1];
      for (let i = start; i < stop; i++) {
        const count = pixels[i] as number;
        out[to++] = count >= end ? clip : Math.min(clip, Math.max(0, (count - offset) * factor));
      }
    }
    return;
  }
  for (let y = 0; y < size[0]; y++) {
    const row = mirror(top + y, height) * width;
    for (let x = 0; x < size[1]; x++) {
      const count = pixels[row + mirror(left + x, width)] as number;
      out[to++] = count >= end ? clip : Math.min(clip, Math.max(0, (count - offset) * factor));
    }
  }
}

let lastTable: { readonly of: unknown; readonly bits: Int32Array } | null = null;

/** The bits of the normalised values of all 65536 counts: most of a frame's pixels lie around zero, where a comparison costs more. */
function tableFor(normalisation: Card["normalisation"]): Int32Array {
  if (lastTable?.of === normalisation) return lastTable.bits;
  const { offset, scale, clip } = normalisation;
  const factor = 1 / scale;
  const values = Float32Array.from({ length: 65536 }, (_, v) =>
    Math.min(clip, Math.max(0, (v - offset) * factor)),
  );
  const bits = new Int32Array(values.buffer);
  lastTable = { of: normalisation, bits };
  return bits;
}

function mirror(i: number, n: number): number {
  if (i >= 0 && i < n) return i;
  const period = 2 * n;
  const j = ((i % period) + period) % period;
  return j < n ? j : period - 1 - j;
}

/**
 * What each tile weighs: its share of the foreground, a pixel that several tiles see divided among them.
 * @param mask foreground on bins of 2 x 2 pixels @param bins [rows, columns] of the mask
 */
export function tileWeights(
  mask: Uint8Array,
  bins: readonly [number, number],
  plan: TilePlan,
  size: readonly [number, number],
): number[] {
  if (plan.tiles.length === 1) return [1];
  const [rows, columns] = bins;
  const box = (t: Tile): readonly [number, number, number, number] => {
    const y0 = t.y - plan.offset[0];
    const x0 = t.x - plan.offset[1];
    const low = (v: number): number => Math.max(0, Math.ceil(v / 2));
    return [
      low(y0),
      Math.min(rows, Math.ceil((y0 + size[0]) / 2)),
      low(x0),
      Math.min(columns, Math.ceil((x0 + size[1]) / 2)),
    ];
  };
  const seen = new Uint16Array(mask.length);
  const boxes = plan.tiles.map(box);
  for (const [y0, y1, x0, x1] of boxes) {
    for (let y = y0; y < y1; y++) {
      for (let i = y * columns + x0; i < y * columns + x1; i++) seen[i] = (seen[i] as number) + 1;
    }
  }
  return boxes.map(([y0, y1, x0, x1]) => {
    let weight = 0;
    for (let y = y0; y < y1; y++) {
      for (let i = y * columns + x0; i < y * columns + x1; i++) {
        if (mask[i] === 1) weight += 1 / (seen[i] as number);
      }
    }
    return weight;
  });
}
