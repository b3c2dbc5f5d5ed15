import { type FieldFeature, fieldFeatures, foregroundMask, type Image } from "../core/index.js";

/**
 * Features of a field from its confocal frame before depletion light: mean, quantiles (counts) and share of the
 * foreground (Otsu on the counts blurred by 1 px). Empty where there is no foreground.
 */
export function describeField(before: Image): Partial<Record<FieldFeature, number>> {
  const [height, width] = before.shape;
  const mask = foregroundMask(before.pixels, height, width);
  const counts: number[] = [];
  mask.forEach((inside, i) => {
    if (inside === 1) counts.push(before.pixels[i] as number);
  });
  if (counts.length === 0) return {};
  counts.sort((a, b) => a - b);
  const quantile = (q: number): number => counts[Math.round(q * (counts.length - 1))] as number;
  const values: Record<FieldFeature, number> = {
    foregroundMean: counts.reduce((a, b) => a + b, 0) / counts.length,
    foregroundQ05: quantile(0.05),
    foregroundQ25: quantile(0.25),
    foregroundQ50: quantile(0.5),
    foregroundQ75: quantile(0.75),
    foregroundQ95: quantile(0.95),
    foregroundShare: counts.length / mask.length,
  };
  return Object.fromEntries(fieldFeatures.map((name) => [name, values[name]]));
}
