import type { RandomStream } from "../core/index.js";
import { nonDominated } from "./maths/hypervolume.js";

/** Boxes of one front beyond which the closed form takes too long. */
const mostBoxes = 2000;
const directions = 160;

/** Slabs along m − 1 objectives leave about k^(m−1)/(m−1)! boxes of a front of k points. */
export function tooManyBoxes(points: readonly Float64Array[], reference: Float64Array): boolean {
  const m = reference.length;
  if (m < 4) return false;
  const inside = points.filter((p) => p.every((v, j) => v < (reference[j] as number)));
  const k = nonDominated(inside).length;
  let count = 1;
  for (let j = 1; j < m; j++) count *= (k + 1) / j;
  return count > mostBoxes;
}

/**
 * Expected gain in hypervolume, up to a constant factor, of an independent normal outcome over a front: hypervolume is
 * the mean over directions λ of the positive orthant of max_y min_j ((r_j − y_j)/λ_j)^m (Golovin, Zhang 2020). Each
 * direction has its own normal draw of the outcome, the same for every candidate, so that candidates compare.
 */
export function alongDirections(
  points: readonly Float64Array[],
  reference: Float64Array,
  stream: RandomStream,
): (mean: Float64Array, sd: Float64Array) => number {
  const m = reference.length;
  const inverse = new Float64Array(directions * m);
  const outcome = new Float64Array(directions * m);
  const reached = new Float64Array(directions);
  for (let i = 0; i < directions; i++) {
    let norm = 0;
    for (let j = 0; j < m; j++) {
      const g = Math.abs(stream.normal());
      inverse[i * m + j] = g;
      norm += g * g;
      outcome[i * m + j] = stream.normal();
    }
    for (let j = 0; j < m; j++)
      inverse[i * m + j] = Math.sqrt(norm) / Math.max(1e-9, inverse[i * m + j] as number);
    for (const p of points) {
      let least = Number.POSITIVE_INFINITY;
      for (let j = 0; j < m; j++)
        least = Math.min(
          least,
          ((reference[j] as number) - (p[j] as number)) * (inverse[i * m + j] as number),
        );
      reached[i] = Math.max(reached[i] as number, least);
    }
  }
  return (mean, sd) => {
    let gain = 0;
    for (let i = 0; i < directions; i++) {
      let least = Number.POSITIVE_INFINITY;
      for (let j = 0; j < m && least > 0; j++) {
        const f = (mean[j] as number) + (sd[j] as number) * (outcome[i * m + j] as number);
        least = Math.min(least, ((reference[j] as number) - f) * (inverse[i * m + j] as number));
      }
      const before = reached[i] as number;
      if (least > before) gain += least ** m - before ** m;
    }
    return gain / directions;
  };
}
