import type { RandomStream } from "../core/index.js";
import { distinct } from "./data.js";
import { alongDirections, tooManyBoxes } from "./directions.js";
import { expectedImprovement, indexBoxes } from "./ehvi.js";
import { flattened, type GaussianProcess } from "./gp.js";
import { dotFour, solveLowerFour, squaresFour } from "./maths/four.js";
import { robustCholesky, solveLower, solveLowerTransposed } from "./maths/linalg.js";
import type { Column, Model } from "./model.js";

/** Value of an acquisition at each point, never negative, never NaN. */
export type Acquisition = (points: readonly Float64Array[]) => Float64Array;

/** One Gaussian process given drawn truths at the base points: a mean for each, one variance. */
interface Conditioned {
  readonly gp: GaussianProcess;
  readonly factor: Float64Array;
  readonly weights: readonly Float64Array[];
  readonly draws: readonly Float64Array[];
}

function condition(
  gp: GaussianProcess,
  base: readonly Float64Array[],
  samples: number,
  stream: RandomStream,
): Conditioned {
  const n = base.length;
  const { mean, factor } = gp.joint(base);
  const exact = gp.kernel.matrix(base);
  // Noiseless conditioning has nothing to keep it well-conditioned but its own nugget.
  for (let i = 0; i < n; i++) exact[i * n + i] = gp.kernel.signal * (1 + 1e-4);
  const done = robustCholesky(exact, n);
  const lower = done === null ? factor : done.factor;
  const draws: Float64Array[] = [];
  const weights: Float64Array[] = [];
  for (let s = 0; s < samples; s++) {
    const z = Float64Array.from({ length: n }, () => stream.normal());
    const draw = mean.slice();
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let k = 0; k <= i; k++) sum += (factor[i * n + k] as number) * (z[k] as number);
      draw[i] = (draw[i] as number) + sum;
    }
    const w = draw.slice();
    solveLower(lower, n, w);
    solveLowerTransposed(lower, n, w);
    draws.push(draw);
    weights.push(w);
  }
  return { gp, factor: lower, weights, draws };
}

/** The drawn truths at the points that make the front, out of those at all inputs. */
function drawsAt(
  { draws }: Conditioned,
  inputs: readonly Float64Array[],
  base: readonly Float64Array[],
  model: Model,
): readonly Float64Array[] {
  const place = new Map(inputs.map((x, i) => [x.join(","), i]));
  const at = base.map((u) => place.get(model.lift.point(u).join(",")) as number);
  return draws.map((draw) => Float64Array.from(at, (i) => draw[i] as number));
}

/** Mean and sd at four candidates in each of the S draws: [draw][candidate], a vector of the objectives each. */
interface Outcomes {
  readonly means: readonly (readonly Float64Array[])[];
  readonly sds: readonly (readonly Float64Array[])[];
}

/** Fills objective j of `out` at the four points from `from` on. */
function foresee(
  groups: readonly Conditioned[],
  base: Float64Array,
  points: readonly Float64Array[],
  from: number,
  scratch: { readonly k: Float64Array; readonly four: Float64Array },
  j: number,
  out: Outcomes,
): void {
  const { k, four } = scratch;
  const n = k.length / 4;
  let draw = 0;
  for (const { gp, factor, weights } of groups) {
    gp.kernel.rowsOfFour(points, from, base, n, k);
    const here = draw;
    for (const w of weights) {
      dotFour(w, k, n, four);
      const means = out.means[draw++] as readonly Float64Array[];
      for (let c = 0; c < 4; c++) (means[c] as Float64Array)[j] = four[c] as number;
    }
    solveLowerFour(factor, n, k);
    squaresFour(k, n, four);
    for (let c = 0; c < 4; c++) {
      const sd = Math.sqrt(Math.max(gp.kernel.signal - (four[c] as number), 1e-12));
      for (let s = here; s < draw; s++) ((out.sds[s] as Float64Array[])[c] as Float64Array)[j] = sd;
    }
  }
}

/** Expected gain in hypervolume of one normal outcome over one drawn front. */
type Gain = (mean: Float64Array, sd: Float64Array) => number;

/** In closed form over boxes; with many objectives and a long front, where boxes explode, along directions. */
function gainOver(
  points: readonly Float64Array[],
  reference: Float64Array,
  stream: () => RandomStream,
): Gain {
  if (tooManyBoxes(points, reference)) return alongDirections(points, reference, stream());
  const boxes = indexBoxes(points, reference);
  return (mean, sd) => expectedImprovement(boxes, mean, sd);
}

export interface NehviInput {
  readonly model: Model;
  /** Settings that make the front: evaluated in this run, and pending. */
  readonly base: readonly Float64Array[];
  /** Worst value that counts, per column, standardised. */
  readonly reference: Float64Array;
  readonly stream: (name: string) => RandomStream;
  readonly samples: number;
  /** Gaussian processes of a column: one, or one a sample where the hyperparameters are drawn too. */
  readonly worlds: (column: Column, gp: GaussianProcess) => readonly GaussianProcess[];
}

/**
 * Noisy expected hypervolume improvement (Daulton, Balandat, Bakshy 2021) in closed form: S joint posterior draws
 * at the base points give S fronts; each GP, conditioned without noise on a draw, gives mean and variance at a
 * candidate. Standardised units, minimised.
 */
export function noisyExpectedImprovement(input: NehviInput): Acquisition {
  const { model, base, reference, stream, samples } = input;
  const columns = model.columns;
  // Drawn wherever the processes have data, or the draws would forget some of it.
  const inputs = distinct([...model.trained, ...base.map((u) => model.lift.point(u))]);
  const parts = columns.map((column): readonly Conditioned[] | null => {
    if (column.gp === null) return null;
    const worlds = input.worlds(column, column.gp);
    const draws = stream(`nehvi/${column.objective.name}`);
    return worlds.map((gp) => condition(gp, inputs, samples / worlds.length, draws));
  });
  const atBase = parts.map((groups, j) =>
    groups === null
      ? [model.knownScaled(columns[j] as Column, base)]
      : groups.flatMap((g) => drawsAt(g, inputs, base, model)),
  );
  const fronts = Array.from({ length: samples }, (_, s) => {
    const points = base.map((_p, i) =>
      Float64Array.from(atBase, (draws) => (draws[s % draws.length] as Float64Array)[i] as number),
    );
    return gainOver(points, reference, () => stream(`nehvi/directions/${s}`));
  });
  const m = columns.length;
  const flat = flattened(inputs, model.lift.d);
  const scratch = { k: new Float64Array(4 * inputs.length), four: new Float64Array(4) };
  const vectors = (): Float64Array[][] =>
    Array.from({ length: samples }, () => Array.from({ length: 4 }, () => new Float64Array(m)));
  const out: Outcomes = { means: vectors(), sds: vectors() };
  return (points) => {
    const exact = columns.map((c) => (c.gp === null ? model.knownScaled(c, points) : null));
    const lifted = points.map((u) => model.lift.point(u));
    const values = new Float64Array(points.length);
    for (let from = 0; from < points.length; from += 4) {
      const block = Math.min(4, points.length - from);
      for (let j = 0; j < m; j++) {
        const groups = parts[j] ?? null;
        if (groups !== null) foresee(groups, flat, lifted, from, scratch, j, out);
        else
          for (const means of out.means)
            for (let c = 0; c < block; c++)
              (means[c] as Float64Array)[j] = (exact[j] as Float64Array)[from + c] as number;
      }
      for (let c = 0; c < block; c++) {
        let total = 0;
        for (let s = 0; s < samples; s++) {
          const mean = (out.means[s] as Float64Array[])[c] as Float64Array;
          total += (fronts[s] as Gain)(mean, (out.sds[s] as Float64Array[])[c] as Float64Array);
        }
        values[from + c] = total / samples;
      }
    }
    return values;
  };
}
