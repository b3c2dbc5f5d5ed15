/** Otsu's threshold (1979) in two steps, for callers that know the range of their values already. */

const bins = 256;

/** Counts of the values in 256 equal bins from `min` to `max`, the greatest value in the last. */
export function histogram(values: Float32Array | Float64Array, min: number, max: number): Int32Array {
  const counts = new Int32Array(bins);
  const scale = bins / (max - min);
  for (let i = 0; i < values.length; i++) {
    // Never negative, so that cutting off the fraction is rounding down.
    const b = (((values[i] as number) - min) * scale) | 0;
    counts[b < bins ? b : bins - 1] = (counts[b < bins ? b : bins - 1] as number) + 1;
  }
  return counts;
}

/** The last bin of the lower class: the division with the greatest variance between the classes. */
export function otsuBin(counts: Int32Array): number {
  let all = 0;
  let total = 0;
  for (let b = 0; b < counts.length; b++) {
    all += counts[b] as number;
    total += b * (counts[b] as number);
  }
  let below = 0;
  let sum = 0;
  let best = -1;
  let bin = 0;
  for (let b = 0; b < counts.length - 1; b++) {
    below += counts[b] as number;
    sum += b * (counts[b] as number);
    const above = all - below;
    if (below === 0 || above === 0) continue;
    const difference = sum / below - (total - sum) / above;
    const between = below * above * difference * difference;
    if (between > best) {
      best = between;
      bin = b;
    }
  }
  return bin;
}
