import type { EngineOutput } from "./engine.js";
import type { Tile, TilePlan } from "./tiles.js";

/** A heatmap as large as the frame at the network's pixel size. */
export interface HeatmapImage {
  /** `network`: its own map of local quality, 0..1; `occlusion`: score change when covered, -1..1. */
  readonly kind: "network" | "occlusion";
  /** Row-major; 0 where no tile was looked at. */
  readonly data: Float32Array;
  readonly shape: readonly [number, number];
  readonly pixelSizeNm: number;
}

/** Joins the tiles' heatmaps into one of the frame's size; where tiles overlap their mean counts. */
export function blendHeatmap(
  parts: readonly { readonly tile: Tile; readonly output: EngineOutput; readonly at: number }[],
  plan: TilePlan,
  shape: readonly [number, number],
  size: readonly [number, number],
  pixelSizeNm: number,
): HeatmapImage {
  const [height, width] = shape;
  const sum = new Float32Array(height * width);
  const seen = new Uint16Array(height * width);
  for (const { tile, output, at } of parts) {
    const map = output.heatmap;
    if (map === null) continue;
    const base = at * map.height * map.width;
    const top = tile.y - plan.offset[0];
    const left = tile.x - plan.offset[1];
    for (let y = Math.max(0, top); y < Math.min(height, top + size[0]); y++) {
      const row = base + Math.floor(((y - top) * map.height) / size[0]) * map.width;
      for (let x = Math.max(0, left); x < Math.min(width, left + size[1]); x++) {
        const v = map.data[row + Math.floor(((x - left) * map.width) / size[1])] as number;
        const i = y * width + x;
        sum[i] = (sum[i] as number) + v;
        seen[i] = (seen[i] as number) + 1;
      }
    }
  }
  for (let i = 0; i < sum.length; i++) sum[i] = seen[i] === 0 ? 0 : (sum[i] as number) / (seen[i] as number);
  return { kind: "network", data: sum, shape, pixelSizeNm };
}
