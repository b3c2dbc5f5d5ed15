import { type Utility, utilityOf } from "../composite.js";
import { knownAt, type Row, signed } from "../data.js";
import type { Domain } from "../domain.js";
import { phrases, plainWhy } from "../explain.js";
import {
  at,
  firstLower,
  noiseBounds,
  type Posterior,
  posterior,
  priorNorm,
  withMirrors,
} from "../kernel-ts-model.js";
import { drawOnGrid, type Grid } from "../kronecker.js";
import { nonDominated } from "../maths/hypervolume.js";
import { activeRows } from "../pool.js";
import type { SpaceObjective } from "../space.js";
import { weightsOf } from "../utility.js";
import type { AskContext, Strategy } from "./contract.js";
import { heldSettings, isAllowed, noCandidates } from "./spread.js";

/** Levels a coordinate, by the number of parameters; 4 from five on. */
const gridLevels: Readonly<Record<number, readonly number[]>> = {
  1: [144],
  2: [36, 36],
  3: [12, 12, 10],
  4: [6, 6, 6, 8],
};
/** The published loop keeps every image; a joint draw from more than so many takes minutes. */
const mostRows = 500;
/** Of the told spread, where no noise is declared. */
const defaultNoiseShare = 0.1;

/** Kernel Thompson sampling as the authors published it (2018): a joint draw over a grid, a random non-dominated option of it. */
export const kernelTs: Strategy = {
  name: "kernel-ts",
  propose(context) {
    const { space, domain, rows, meter } = context;
    meter.next();
    const grid = gridOf(context);
    const options = allOptions(grid, domain.d);
    const open = options.flatMap((u, i) => (isAllowed(context, u) ? [i] : []));
    if (open.length === 0) throw noCandidates();
    const beliefs = space.objectives.map((o, j) => believe(context, o, j));
    const draws = space.objectives.map((o, j) => {
      const belief = beliefs[j] ?? null;
      if (o.known !== undefined) return knownAt(domain, o, options);
      const stream = context.stream(`kernel-ts/${o.name}`);
      if (belief === null) return Float64Array.from(options, () => priorNorm * stream.normal());
      return drawOnGrid(grid, belief.posterior, belief.lambda, stream);
    });
    const cloud = open.map((i) => Float64Array.from(draws, (d) => d[i] as number));
    const choice = context.prefer
      ? leastUtility(utilityOfCloud(context, cloud), cloud)
      : pickAny(nonDominated(cloud), context);
    const u = options[open[choice] as number] as Float64Array;
    const notes = beliefs.flatMap((b, j) =>
      b === null ? [] : conflict(b, space.objectives[j] as SpaceObjective),
    );
    return {
      settings: heldSettings(context, u),
      why: why(context, u, beliefs, rows.length),
      ...(notes.length === 0 ? {} : { notes }),
    };
  },
};

function gridOf(context: AskContext): Grid {
  const { domain, allowed } = context;
  const counts = gridLevels[domain.d] ?? domain.parameters.map(() => 4);
  const levels = counts.map((count, j) => {
    // A held knob has one level; integers and steps may have fewer than asked for.
    if (allowed.low[j] === allowed.high[j]) return Float64Array.of(allowed.low[j] as number);
    const even = Array.from({ length: count }, (_, k) => k / (count - 1));
    return Float64Array.from(new Set(even.map((x) => snapOne(domain, j, x))));
  });
  return { levels, size: levels.reduce((size, l) => size * l.length, 1) };
}

function snapOne(domain: Domain, j: number, x: number): number {
  const u = new Float64Array(domain.d);
  u[j] = x;
  return domain.snap(u)[j] as number;
}

function allOptions(grid: Grid, d: number): Float64Array[] {
  return Array.from({ length: grid.size }, (_, index) => {
    const u = new Float64Array(d);
    let rest = index;
    for (let j = d - 1; j >= 0; j--) {
      const levels = grid.levels[j] as Float64Array;
      u[j] = levels[rest % levels.length] as number;
      rest = Math.floor(rest / levels.length);
    }
    return u;
  });
}

interface Belief {
  readonly posterior: Posterior;
  readonly lambda: number;
  readonly lower: number;
  readonly upper: number;
}

function believe(context: AskContext, o: SpaceObjective, j: number): Belief | null {
  const measured = context.rows.filter((r): r is Row => !r.failed && r.values[j] !== null);
  const told = activeRows(measured, mostRows);
  if (o.known !== undefined || told.length === 0) return null;
  const points = told.map((r) => r.u);
  const values = told.map((r) => r.values[j] as number);
  const spread = Math.max(...values) - Math.min(...values);
  const declared = o.noiseSd ?? defaultNoiseShare * spread;
  const { lower, upper } = noiseBounds(points, values, Math.max(declared, firstLower));
  const lambda = upper ** 2 / priorNorm ** 2;
  const mirrored = withMirrors(points, values);
  return { posterior: posterior(mirrored.points, mirrored.values, lambda), lambda, lower, upper };
}

function pickAny(front: readonly number[], context: AskContext): number {
  return front[context.stream("kernel-ts/pick").int(front.length)] as number;
}

function utilityOfCloud(context: AskContext, cloud: readonly Float64Array[]): Utility {
  const { objectives } = context.space;
  const column = (j: number): number[] => cloud.map((c) => c[j] as number);
  const ideal = Float64Array.from(objectives, (o, j) =>
    o.ideal === undefined ? column(j).reduce((a, b) => Math.min(a, b)) : signed(o, o.ideal),
  );
  const worst = Float64Array.from(objectives, (o, j) => {
    const end =
      o.worstAcceptable === undefined
        ? column(j).reduce((a, b) => Math.max(a, b))
        : signed(o, o.worstAcceptable);
    return end > (ideal[j] as number) ? end : (ideal[j] as number) + 1;
  });
  return { ideal, worst, weights: weightsOf(context.space) };
}

function leastUtility(utility: Utility, cloud: readonly Float64Array[]): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  cloud.forEach((c, i) => {
    const s = utilityOf(utility, c);
    if (s < least) {
      least = s;
      best = i;
    }
  });
  return best;
}

/** A declared noise that the data contradict: the bounds cross (optimiser.md §4, 13). */
function conflict(b: Belief, o: SpaceObjective): string[] {
  return b.lower > b.upper
    ? [
        `${o.label}: the declared noise ${b.upper} is less than what the data show (${b.lower.toPrecision(3)})`,
      ]
    : [];
}

function why(
  context: AskContext,
  u: Float64Array,
  beliefs: readonly (Belief | null)[],
  n: number,
): ReturnType<typeof plainWhy> {
  const { space, domain } = context;
  const settings = domain.settings(u);
  const aim = context.prefer ? "best by the weights" : "one of the best trade-offs";
  if (n === 0)
    return plainWhy(space, settings, "kernel-ts", "nothing is known yet: a random option of the grid");
  const expected: Record<string, number> = {};
  const uncertainty: Record<string, number> = {};
  space.objectives.forEach((o, j) => {
    const belief = beliefs[j] ?? null;
    if (o.known !== undefined) {
      expected[o.name] = signed(o, knownAt(domain, o, [u])[0] as number);
      uncertainty[o.name] = 0;
    } else if (belief !== null) {
      const { mean, variance } = at(belief.posterior, u);
      expected[o.name] = signed(o, mean);
      uncertainty[o.name] = priorNorm * Math.sqrt(variance);
    }
  });
  const text = `expected ${phrases(space, expected, uncertainty)}; ${aim} in a random draw of what they may be`;
  return { text, expected, uncertainty, kind: "kernel-ts" };
}
