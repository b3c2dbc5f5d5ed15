import { datasetHash, readDataset } from "../core/index.js";
import { openBundle, type Scored, Scorer } from "../scoring/index.js";
import { updateCard } from "./bundle-writer.js";
import { conformalBins, countRange, coverage } from "./calibrate.js";
import { loadFrames } from "./frame-set.js";
import { quantile } from "./metrics.js";

export interface RecalibrateOptions {
  /** Frames whose fields of view the model was never trained on. */
  readonly dataset: string;
  readonly model: string;
  readonly onProgress?: (done: number, total: number) => void;
}
export interface Recalibration {
  readonly frames: number;
  readonly quantiles: readonly number[];
  readonly edges: readonly number[];
  /** Of the calibration frames themselves; to be measured on others. */
  readonly coverage: number;
  readonly threshold: number | null;
  readonly foregroundMean: readonly [number, number];
}

/** Share of the calibration frames that lie within the features' threshold. */
const insideShare = 0.99;

/**
 * Sets the interval's half-widths, the threshold of the features' distance and the range of counts of a
 * bundle from many frames, through the whole scoring path, and rewrites its card. The network stays.
 */
export async function recalibrate(options: RecalibrateOptions): Promise<Recalibration> {
  const dataset = readDataset(options.dataset);
  const bundle = await openBundle(options.model);
  const { card } = bundle;
  const set = await loadFrames(dataset, card.input.pixelSizeNm);
  const shape: readonly [number, number] = [set.height, set.width];
  const scores: number[] = [];
  const ratings: number[] = [];
  const distances: number[] = [];
  const logits: number[] = [];
  const scorer = await Scorer.open(bundle, { engine: "onnx-cpu" });
  try {
    for (const [i, pixels] of set.frames.entries()) {
      const seen: Scored = await scorer.detail({ pixels, shape, pixelSizeNm: card.input.pixelSizeNm });
      options.onProgress?.(i + 1, set.frames.length);
      if (seen.record.score === null) continue;
      scores.push(seen.record.score);
      ratings.push(set.ratings[i] as number);
      if (seen.distance !== null) distances.push(seen.distance);
      if (seen.probe !== null) logits.push(seen.probe);
    }
  } finally {
    await scorer.close();
  }
  const conformal = conformalBins(scores, ratings);
  const threshold = distances.length === 0 ? null : Number(quantile(distances, insideShare).toPrecision(4));
  const foregroundMean = countRange(set);
  const probe = card.domain?.probe ?? null;
  const features = card.domain?.features ?? null;
  const facts = {
    dataset: dataset.info.name,
    datasetSha256: datasetHash(dataset),
    ...(dataset.info.seed === undefined ? {} : { datasetSeed: dataset.info.seed }),
    frames: scores.length,
  };
  await updateCard(bundle.folder, (old) => ({
    ...old,
    conformal: { ...conformal, edges: [...conformal.edges], quantiles: [...conformal.quantiles] },
    domain: {
      ...old.domain,
      features: features === null || threshold === null ? features : { ...features, threshold },
      probe:
        probe === null || logits.length === 0
          ? probe
          : { ...probe, threshold: Number(quantile(logits, insideShare).toPrecision(4)) },
      counts: { foregroundMean },
    },
    training: { ...old.training, calibration: facts },
  }));
  return {
    frames: scores.length,
    quantiles: conformal.quantiles,
    edges: conformal.edges,
    coverage: coverage(conformal, scores, ratings),
    threshold,
    foregroundMean,
  };
}
