import { type Row, scaledTraining } from "./data.js";
import { fitTheta, type ThetaCache } from "./fit.js";
import { GaussianProcess } from "./gp.js";
import { standardPriors } from "./gp-objective.js";
import { normalCdf } from "./maths/normal.js";

const floor = 0.05;
/** One image's outcome is never certain, whatever its neighbours say. */
const leastSd = 0.15;

/** Probability that an acquisition succeeds, at each point, 0.05..1. */
export type Feasibility = (points: readonly Float64Array[]) => Float64Array;

/**
 * Success and failure (1 and 0) as one more Gaussian process with its own lengthscales, squashed:
 * p = Φ((mean − ½)/sd). Null while nothing has failed. Failed settings enter no other process.
 */
export function feasibilityOf(rows: readonly Row[], cache: ThetaCache): Feasibility | null {
  if (!rows.some((r) => r.failed)) return null;
  const d = (rows[0] as Row).u.length;
  const take = (n: number): ReturnType<typeof scaledTraining> =>
    scaledTraining(
      d,
      rows.slice(0, n).map((r) => r.u),
      rows.slice(0, n).map((r) => (r.failed ? 0 : 1)),
    );
  const { training, offset, scale, constant } = take(rows.length);
  if (constant) return (points) => new Float64Array(points.length).fill(floor);
  const { theta } = fitTheta(rows.length, (n) => take(n).training, cache, "(feasible)", standardPriors);
  const gp = new GaussianProcess(training, theta);
  return (points) => {
    const { mean, sd } = gp.predict(points);
    return mean.map((m, i) =>
      Math.max(floor, normalCdf((offset + scale * m - 0.5) / Math.max(leastSd, scale * (sd[i] as number)))),
    );
  };
}

/**
 * How much caution: the power to which the probability is taken, two, and two more for each failure in a row just now.
 * Where nothing else is left to gain, a twentieth of much is still the most, and the search would spend image after
 * image on settings that fail; where the best lies behind the border, one and one spent as many as spreading out does.
 */
export function caution(rows: readonly Row[]): number {
  let inARow = 0;
  while (inARow < rows.length && rows[rows.length - 1 - inARow]?.failed === true) inARow++;
  return 2 + 2 * inARow;
}
