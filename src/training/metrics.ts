/** Agreement of predictions with ratings, both 0..1. */
export interface Agreement {
  readonly n: number;
  readonly rmse: number;
  readonly mae: number;
  /** 1 − residual sum of squares / total sum of squares; null when all ratings are equal. */
  readonly r2: number | null;
  /** Null when either side is constant. */
  readonly spearman: number | null;
  /** By fifths of the rating; rmse null for an empty bin. */
  readonly perBin: readonly {
    readonly from: number;
    readonly to: number;
    readonly n: number;
    readonly rmse: number | null;
  }[];
}

const bins = 5;

/** @param predictions n values @param ratings n values */
export function agreement(predictions: ArrayLike<number>, ratings: ArrayLike<number>): Agreement {
  const n = ratings.length;
  let squares = 0;
  let absolute = 0;
  let sum = 0;
  const binSquares = new Float64Array(bins);
  const binCounts = new Uint32Array(bins);
  for (let i = 0; i < n; i++) {
    const rating = ratings[i] as number;
    const error = (predictions[i] as number) - rating;
    squares += error * error;
    absolute += Math.abs(error);
    sum += rating;
    const bin = Math.min(bins - 1, Math.floor(rating * bins));
    binSquares[bin] = (binSquares[bin] as number) + error * error;
    binCounts[bin] = (binCounts[bin] as number) + 1;
  }
  let total = 0;
  for (let i = 0; i < n; i++) total += ((ratings[i] as number) - sum / n) ** 2;
  return {
    n,
    rmse: Math.sqrt(squares / n),
    mae: absolute / n,
    r2: total > 0 ? 1 - squares / total : null,
    spearman: spearman(predictions, ratings),
    perBin: Array.from({ length: bins }, (_, b) => {
      const count = binCounts[b] as number;
      return {
        from: b / bins,
        to: (b + 1) / bins,
        n: count,
        rmse: count === 0 ? null : Math.sqrt((binSquares[b] as number) / count),
      };
    }),
  };
}

/** Ranks from 1, ties share their mean. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i);
  order.sort((a, b) => (values[a] as number) - (values[b] as number));
  const out = new Float64Array(values.length);
  for (let i = 0; i < order.length; ) {
    let j = i + 1;
    while (j < order.length && values[order[j] as number] === values[order[i] as number]) j++;
    for (let k = i; k < j; k++) out[order[k] as number] = (i + j + 1) / 2;
    i = j;
  }
  return out;
}

/** Spearman's rank correlation with ties; null when either side is constant. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  return pearson(ranks(a), ranks(b));
}

export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const n = a.length;
  let meanA = 0;
  let meanB = 0;
  for (let i = 0; i < n; i++) {
    meanA += (a[i] as number) / n;
    meanB += (b[i] as number) / n;
  }
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < n; i++) {
    const da = (a[i] as number) - meanA;
    const db = (b[i] as number) - meanB;
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : null;
}

/** Area under the ROC curve: chance that one of `positives` lies above one of `negatives`, ties half. */
export function auroc(positives: ArrayLike<number>, negatives: ArrayLike<number>): number {
  const all = Float64Array.from([...Array.from(positives), ...Array.from(negatives)]);
  const rank = ranks(all);
  let sum = 0;
  for (let i = 0; i < positives.length; i++) sum += rank[i] as number;
  const p = positives.length;
  return (sum - (p * (p + 1)) / 2) / (p * negatives.length);
}

/** Linear-interpolated quantile, q in 0..1. */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(Array.from(values)).sort();
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const a = sorted[low] ?? Number.NaN;
  const b = sorted[Math.min(sorted.length - 1, low + 1)] ?? Number.NaN;
  return a + (b - a) * (at - low);
}
