import { datasetHash, readDataset } from "../core/index.js";
import { openBundle, Scorer } from "../scoring/index.js";
import { loadFrames } from "./frame-set.js";
import { type Agreement, agreement } from "./metrics.js";

export interface EvaluateOptions {
  readonly dataset: string;
  /** A bundle's name or folder. */
  readonly model: string;
  readonly engine?: string;
  readonly threads?: number;
  readonly onProgress?: (done: number, total: number) => void;
  /** Called with every frame that got a score. */
  readonly onScored?: (point: EvaluatedFrame) => void;
}

/** One frame as the network and the raters see it. */
export interface EvaluatedFrame {
  readonly id: string;
  readonly rating: number;
  readonly trueRating: number | null;
  readonly score: number;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly inDomain: boolean;
}

export interface Evaluation extends Agreement {
  /** Share of the frames whose rating lies inside the interval; null where the model is not calibrated. */
  readonly coverage90: number | null;
  /** Coverage by fifths of the rating, in the order of `perBin`. */
  readonly coveragePerBin: readonly (number | null)[] | null;
  /** Frames that got no score, with how often each reason was given. */
  readonly withoutScore: Readonly<Record<string, number>>;
  /** Share of the scored frames that the model takes as its own kind. */
  readonly inDomain: number;
  /** `test` where the model was trained on the rest of this very dataset, else `all`. */
  readonly frames: "test" | "all";
  /** The same against the true rating, for simulated sets. */
  readonly trueRating: (Agreement & { readonly coverage90: number | null }) | null;
}

/** How well a model rates a dataset, through the whole scoring path. */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const dataset = readDataset(options.dataset);
  const bundle = await openBundle(options.model);
  const own = bundle.card.training["datasetSha256"] === datasetHash(dataset);
  const only = own && dataset.info.split.test.length > 0;
  const { pixelSizeNm } = bundle.card.input;
  const set = await loadFrames(dataset, pixelSizeNm, only ? ["test"] : undefined);
  const scorer = await Scorer.open(bundle, {
    ...(options.engine === undefined ? {} : { engine: options.engine }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  const scores: number[] = [];
  const ratings: number[] = [];
  const truths: number[] = [];
  const bounds: [number, number][] = [];
  const withoutScore: Record<string, number> = {};
  let inDomain = 0;
  try {
    for (const [i, pixels] of set.frames.entries()) {
      const record = await scorer.score({ pixels, shape: [set.height, set.width], pixelSizeNm });
      options.onProgress?.(i + 1, set.frames.length);
      if (record.score === null) {
        const reason = record.reason ?? "no reason";
        withoutScore[reason] = (withoutScore[reason] ?? 0) + 1;
        continue;
      }
      scores.push(record.score);
      ratings.push(set.ratings[i] as number);
      const truth = set.trueRatings[i];
      if (truth !== null && truth !== undefined) truths.push(truth);
      if (record.lower !== null && record.upper !== null) bounds.push([record.lower, record.upper]);
      if (record.inDomain) inDomain++;
      const { score, lower, upper } = record;
      const rating = set.ratings[i] as number;
      options.onScored?.({
        id: set.ids[i] as string,
        rating,
        trueRating: truth ?? null,
        score,
        lower,
        upper,
        inDomain: record.inDomain,
      });
    }
  } finally {
    await scorer.close();
  }
  const calibrated = bounds.length === scores.length && scores.length > 0;
  const covered = (of: readonly number[]): boolean[] =>
    of.map((r, i) => r >= (bounds[i]?.[0] ?? 1) && r <= (bounds[i]?.[1] ?? 0));
  const share = (flags: readonly boolean[]): number => flags.filter(Boolean).length / flags.length;
  const against = agreement(scores, ratings);
  const flags = covered(ratings);
  return {
    ...against,
    coverage90: calibrated ? share(flags) : null,
    coveragePerBin: calibrated
      ? against.perBin.map(({ from, to, n }) =>
          n === 0 ? null : share(flags.filter((_, i) => inBin(ratings[i] as number, from, to))),
        )
      : null,
    withoutScore,
    inDomain: inDomain / Math.max(1, scores.length),
    frames: only ? "test" : "all",
    trueRating:
      truths.length === scores.length && scores.length > 0
        ? { ...agreement(scores, truths), coverage90: calibrated ? share(covered(truths)) : null }
        : null,
  };
}

function inBin(value: number, from: number, to: number): boolean {
  return value >= from && (value < to || (to === 1 && value === 1));
}
