import { type Clock, type Image, ScoreError, type ScoreRecord } from "../core/index.js";
import { blurredMask } from "./blurred-mask.js";
import type { Card } from "./card.js";
import { type Engine, runEngine } from "./engine.js";
import { measureForeground, nothingToScore } from "./foreground.js";
import { blendHeatmap } from "./heatmap.js";
import { atPixelSize } from "./prepare.js";
import type { Scored, Wanted } from "./scored.js";
import { fillTile, planTiles } from "./tiles.js";
import { doubts } from "./trust.js";

type MaskedRule = Extract<Card["scoring"], { readonly rule: "masked-heatmap" }>;

/**
 * Scores a frame as the published networks do: the whole frame through the network at once, the heatmap averaged over
 * the mask. Only an empty mask gives no score; what our own rules hold against a frame goes into `inDomain`.
 */
export async function scoreMasked(
  image: Image,
  card: Card,
  rule: MaskedRule,
  engine: Engine,
  clock: Clock,
  wanted: Wanted,
): Promise<Scored> {
  const start = clock.monotonic();
  const { pixels, shape } = atPixelSize(image, card.input.pixelSizeNm);
  const [height, width] = shape;
  const { mask, count } = blurredMask(pixels, height, width, rule.sigmaPx, rule.truncate);
  const share = count / mask.length;
  if (count === 0) {
    const reason = "no foreground: the network's own mask is empty";
    const ms = clock.monotonic() - start;
    const record: ScoreRecord = {
      score: null,
      lower: null,
      upper: null,
      inDomain: false,
      foreground: 0,
      reason,
      ms,
    };
    return { record, distance: null, probe: null, heatmap: null };
  }
  const up = (side: number): number => Math.ceil(side / rule.sizeMultiple) * rule.sizeMultiple;
  const size: readonly [number, number] = [up(height), up(width)];
  const plan = planTiles(shape, size);
  const [tile] = plan.tiles;
  if (tile === undefined) throw new ScoreError("ENGINE_FAILED", "a frame without tiles");
  const data = new Float32Array(size[0] * size[1]);
  fillTile(data, 0, pixels, shape, plan, tile, size, card.normalisation);
  const output = await runEngine(engine, { data, n: 1, height: size[0], width: size[1] });
  const heat = output.heatmap;
  if (heat === null || heat.height !== size[0] || heat.width !== size[1]) {
    throw new ScoreError("BAD_NETWORK", "model.onnx gives no `heatmap` of the frame's size");
  }
  let sum = 0;
  for (let y = 0; y < height; y++) {
    const from = (y - tile.y + plan.offset[0]) * size[1] + plan.offset[1] - tile.x;
    for (let x = 0; x < width; x++) if (mask[y * width + x] === 1) sum += heat.data[from + x] as number;
  }
  const own = measureForeground(image.pixels, image.shape[0], image.shape[1]);
  const empty = nothingToScore(own);
  const reasons = [
    ...(empty === null ? [] : [empty]),
    ...doubts(card, own, image.pixels.length, image.pixelSizeNm, null, null),
  ];
  const score = sum / (count + 1);
  const record: ScoreRecord = {
    score,
    lower: null,
    upper: null,
    inDomain: reasons.length === 0,
    foreground: share,
    ...(reasons.length === 0 ? {} : { reason: reasons.join("; ") }),
    ms: clock.monotonic() - start,
  };
  const map = wanted.heatmap
    ? blendHeatmap([{ tile, output, at: 0 }], plan, shape, size, card.input.pixelSizeNm)
    : null;
  return { record, distance: null, probe: null, heatmap: map };
}
