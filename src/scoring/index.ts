export { type Bundle, listBundles, openBundle, shippedModels } from "./bundle.js";
export { type Card, cardSchema } from "./card.js";
export { engineTolerance, type Probe, probeEngines } from "./choose.js";
export type {
  Batch,
  Engine,
  EngineFactory,
  EngineInfo,
  EngineOutput,
  EngineSource,
  RemoteTarget,
} from "./engine.js";
export { engineNames, engines } from "./engines/registry.js";
export { type Foreground, measureForeground, nothingToScore } from "./foreground.js";
export type { HeatmapImage } from "./heatmap.js";
export { heatmapTiff, overlayPng, writeHeatmap } from "./heatmap-files.js";
export { type Inference, openInference } from "./inference.js";
export {
  type Body,
  binaryExtension,
  encodeBody,
  inferRequestSchema,
  isNumeric,
  jsonLengthHeader,
  jsonOf,
  readTensors,
  type Tensor,
} from "./open-inference.js";
export { scoreImage } from "./pipeline.js";
export { ScorerPool } from "./pool.js";
export { atPixelSize, checkImage } from "./prepare.js";
export { saturation, saturationLevel } from "./saturation.js";
export {
  type DetailScorer,
  imageFiles,
  type ScoreFailure,
  type ScoreFilesOptions,
  type ScoreLine,
  scoreFiles,
} from "./score-files.js";
export type { Scored, Wanted } from "./scored.js";
export { Scorer, type ScorerOptions } from "./scorer.js";
export { fillTile, planTiles, type Tile, type TilePlan, tileWeights } from "./tiles.js";
export { distanceFloor, featureDistance, interval, mostDeviation, probeLogit } from "./trust.js";
