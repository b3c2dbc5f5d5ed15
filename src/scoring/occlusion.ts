import type { Card } from "./card.js";
import type { Engine } from "./engine.js";
import type { HeatmapImage } from "./heatmap.js";
import { fillTile, planTiles, type Tile, type TilePlan } from "./tiles.js";

/** Side of the patch that is covered and how far it moves, in pixels of the network's frame. */
const patch = 28;
const step = 14;

/**
 * What did the network look at? A patch of a tile is covered with the tile's median (its background), again and again at other places; a
 * pixel's value is how much the score fell on average when it was covered: positive where it speaks for quality
 * (occlusion sensitivity, Zeiler & Fergus 2014). About 225 inferences a tile.
 * @param pixels counts at the network's pixel size @param endsAt as for `fillTile` @returns −1..1, as large as the frame
 */
export async function occlusionMap(
  pixels: ArrayLike<number>,
  shape: readonly [number, number],
  card: Card,
  engine: Engine,
  endsAt: number,
): Promise<HeatmapImage> {
  const size: readonly [number, number] = [card.input.height, card.input.width];
  const plan = planTiles(shape, size);
  const sum = new Float32Array(shape[0] * shape[1]);
  const seen = new Uint16Array(sum.length);
  for (const tile of plan.tiles) {
    const whole = new Float32Array(size[0] * size[1]);
    fillTile(whole, 0, pixels, shape, plan, tile, size, card.normalisation, endsAt);
    const background = Float32Array.from(whole).sort()[whole.length >> 1] as number;
    const reference = (await scores(engine, whole, 1, size))[0] as number;
    const corners = places(size);
    for (let first = 0; first < corners.length; first += engine.maxBatch) {
      const part = corners.slice(first, first + engine.maxBatch);
      const batch = new Float32Array(part.length * whole.length);
      part.forEach((corner, i) => {
        batch.set(whole, i * whole.length);
        cover(batch.subarray(i * whole.length, (i + 1) * whole.length), corner, size, background);
      });
      const found = await scores(engine, batch, part.length, size);
      part.forEach((corner, i) => {
        spread(sum, seen, shape, plan, tile, corner, size, reference - (found[i] as number));
      });
    }
  }
  for (let i = 0; i < sum.length; i++) {
    sum[i] = seen[i] === 0 ? 0 : (sum[i] as number) / (seen[i] as number);
  }
  return { kind: "occlusion", data: sum, shape, pixelSizeNm: card.input.pixelSizeNm };
}

async function scores(
  engine: Engine,
  data: Float32Array,
  n: number,
  [height, width]: readonly [number, number],
): Promise<Float32Array> {
  return (await engine.score({ data, n, height, width })).score;
}

/** Upper left corners of the patches; they hang over the border, so that edges are covered as often as the middle. */
function places(size: readonly [number, number]): Tile[] {
  const out: Tile[] = [];
  for (let y = step - patch; y < size[0]; y += step) {
    for (let x = step - patch; x < size[1]; x += step) out.push({ y, x });
  }
  return out;
}

function cover(tile: Float32Array, corner: Tile, size: readonly [number, number], value: number): void {
  const left = Math.max(0, corner.x);
  const right = Math.min(size[1], corner.x + patch);
  for (let y = Math.max(0, corner.y); y < Math.min(size[0], corner.y + patch); y++) {
    tile.fill(value, y * size[1] + left, y * size[1] + right);
  }
}

function spread(
  sum: Float32Array,
  seen: Uint16Array,
  shape: readonly [number, number],
  plan: TilePlan,
  tile: Tile,
  corner: Tile,
  size: readonly [number, number],
  change: number,
): void {
  const top = tile.y - plan.offset[0];
  const left = tile.x - plan.offset[1];
  const y1 = Math.min(shape[0], top + Math.min(size[0], corner.y + patch));
  const x1 = Math.min(shape[1], left + Math.min(size[1], corner.x + patch));
  for (let y = Math.max(0, top + Math.max(0, corner.y)); y < y1; y++) {
    for (let x = Math.max(0, left + Math.max(0, corner.x)); x < x1; x++) {
      const i = y * shape[1] + x;
      sum[i] = (sum[i] as number) + change;
      seen[i] = (seen[i] as number) + 1;
    }
  }
}
