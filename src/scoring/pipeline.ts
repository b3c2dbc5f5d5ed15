import { type Clock, type Image, ScoreError, type ScoreRecord } from "../core/index.js";
import type { Card } from "./card.js";
import { type Engine, type EngineOutput, runEngine } from "./engine.js";
import { type Foreground, measureForeground, nothingToScore } from "./foreground.js";
import { blendHeatmap, type HeatmapImage } from "./heatmap.js";
import { scoreMasked } from "./masked.js";
import { occlusionMap } from "./occlusion.js";
import { atPixelSize, checkImage } from "./prepare.js";
import { saturationLevel } from "./saturation.js";
import type { Scored, Wanted } from "./scored.js";
import { fillTile, planTiles, type Tile, type TilePlan, tileWeights } from "./tiles.js";
import { doubts, featureDistance, interval, probeLogit } from "./trust.js";

/**
 * Scores one frame: checks it, brings it to the network's pixel size, measures the foreground, cuts tiles, runs the
 * engine on those with foreground and joins what it says.
 * @throws InputError for a frame that is none, ScoreError when the engine fails
 */
export async function scoreImage(
  image: Image,
  card: Card,
  engine: Engine,
  clock: Clock,
  wanted: Wanted = {},
): Promise<Scored> {
  const start = clock.monotonic();
  checkImage(image);
  const { scoring } = card;
  if (scoring.rule === "masked-heatmap") return scoreMasked(image, card, scoring, engine, clock, wanted);
  const { pixels, shape } = atPixelSize(image, card.input.pixelSizeNm);
  const foreground = measureForeground(pixels, shape[0], shape[1]);
  // Interpolation correlates neighbours: noise is looked for in the frame as it came.
  const own =
    pixels === image.pixels ? foreground : measureForeground(image.pixels, image.shape[0], image.shape[1]);
  const empty = nothingToScore({ ...own, share: Math.min(own.share, foreground.share) });
  const size: readonly [number, number] = [card.input.height, card.input.width];
  const plan = planTiles(shape, size);
  const base = { foreground: foreground.share, lower: null, upper: null };
  if (empty !== null) {
    const ms = clock.monotonic() - start;
    const record: ScoreRecord = { score: null, inDomain: false, reason: empty, ms, ...base };
    return { record, distance: null, probe: null, heatmap: null };
  }
  const endsAt = saturationLevel(own, image.pixels.length);
  const seen = await runTiles(pixels, shape, card, engine, plan, foreground, endsAt, wanted.heatmap === true);
  const occluded = wanted.heatmap === "occlusion" || (wanted.heatmap === true && seen.heatmap === null);
  const { max, atMax, belowMax } = own;
  const facts = { ...foreground, max, atMax, belowMax };
  const reasons = doubts(card, facts, image.pixels.length, image.pixelSizeNm, seen.distance, seen.probe);
  const record: ScoreRecord = {
    score: seen.score,
    ...interval(card, seen.score),
    inDomain: reasons.length === 0,
    foreground: foreground.share,
    ...(reasons.length === 0 ? {} : { reason: reasons.join("; ") }),
    ms: clock.monotonic() - start,
  };
  const heatmap = occluded ? await occlusionMap(pixels, shape, card, engine, endsAt) : seen.heatmap;
  return { record, distance: seen.distance, probe: seen.probe, heatmap };
}

interface Seen {
  readonly score: number;
  readonly distance: number | null;
  readonly probe: number | null;
  readonly heatmap: HeatmapImage | null;
}

async function runTiles(
  pixels: ArrayLike<number>,
  shape: readonly [number, number],
  card: Card,
  engine: Engine,
  plan: TilePlan,
  foreground: Foreground,
  endsAt: number,
  wantHeatmap: boolean,
): Promise<Seen> {
  const size: readonly [number, number] = [card.input.height, card.input.width];
  const weights = tileWeights(foreground.mask, foreground.bins, plan, size);
  const chosen = plan.tiles.flatMap((tile, i) => {
    const weight = weights[i] as number;
    return weight > 0 || wantHeatmap ? [{ tile, weight }] : [];
  });
  let total = 0;
  let score = 0;
  let distance = 0;
  let probed = 0;
  const probe = card.domain?.probe;
  let known = card.domain?.features != null;
  const heat: { tile: Tile; output: EngineOutput; at: number }[] = [];
  for (let first = 0; first < chosen.length; first += engine.maxBatch) {
    const part = chosen.slice(first, first + engine.maxBatch);
    const data = new Float32Array(part.length * size[0] * size[1]);
    part.forEach(({ tile }, i) => {
      fillTile(data, i * size[0] * size[1], pixels, shape, plan, tile, size, card.normalisation, endsAt);
    });
    const output = await runEngine(engine, { data, n: part.length, height: size[0], width: size[1] });
    part.forEach(({ tile, weight }, i) => {
      total += weight;
      score += weight * (output.score[i] as number);
      const domain = card.domain?.features;
      if (domain && output.features !== null) {
        const f = output.features.length / part.length;
        const features = output.features.subarray(i * f, (i + 1) * f);
        const far = featureDistance(domain, features);
        distance += weight * far;
        if (probe) probed += weight * probeLogit(domain.mean, probe, features, far);
      } else known = false;
      if (wantHeatmap && output.heatmap !== null) heat.push({ tile, output, at: i });
    });
  }
  const value = score / total;
  if (!(value >= 0 && value <= 1)) {
    throw new ScoreError("ENGINE_FAILED", `${engine.name} gave ${value} for a score`);
  }
  return {
    score: value,
    distance: known ? distance / total : null,
    probe: known && probe ? probed / total : null,
    heatmap: heat.length === 0 ? null : blendHeatmap(heat, plan, shape, size, card.input.pixelSizeNm),
  };
}
