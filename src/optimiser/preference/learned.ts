import { RandomStream } from "../../core/index.js";
import { freshNet, type Net, type Pair, scoreOf, trainNet } from "./net.js";

/** One click of an operator: the trade-offs that were on offer, in each objective's own unit, and the one taken. */
export interface Click {
  readonly options: readonly Readonly<Record<string, number>>[];
  readonly chosen: number;
}
/** How well what was learned foretells clicks that it was not shown. */
export interface Calibration {
  readonly clicks: number;
  /** Share of held-out comparisons foretold rightly. */
  readonly accuracy: number;
  /** Mean squared error of the foretold probabilities; 0.25 = a coin. */
  readonly brier: number;
  /** Foretold against found: comparisons whose foretold probability lay in the bin. */
  readonly bins: readonly {
    readonly from: number;
    readonly to: number;
    readonly n: number;
    readonly found: number;
  }[];
  /** Whether it may decide: enough clicks, and held-out ones foretold well enough. */
  readonly ready: boolean;
}

const nets = 4;
const othersPerClick = 12;
const folds = 5;
export const clicksNeeded = 8;
const accuracyNeeded = 0.75;

/** The scaling of the inputs: 0 = ideal, 1 = worst acceptable, or the range of what was on offer. */
export interface Scale {
  readonly names: readonly string[];
  readonly from: Float64Array;
  readonly to: Float64Array;
}

function inputOf(scale: Scale, values: Readonly<Record<string, number>>): Float64Array {
  return Float64Array.from(scale.names, (name, j) => scaled(scale, values[name] ?? Number.NaN, j));
}
function scaled({ from, to }: Scale, value: number, j: number): number {
  const t = (value - (from[j] as number)) / ((to[j] as number) - (from[j] as number));
  // Far beyond what was on offer a network says anything.
  return Number.isFinite(t) ? Math.max(-0.5, Math.min(2, t)) : 1;
}

/** The chosen one against up to twelve of the others. */
function pairsOf(scale: Scale, clicks: readonly Click[], stream: RandomStream): Pair[] {
  return clicks.flatMap(({ options, chosen }) => {
    const others = options.map((_, i) => i).filter((i) => i !== chosen);
    while (others.length > othersPerClick) others.splice(stream.int(others.length), 1);
    const better = inputOf(scale, options[chosen] ?? {});
    return others.map((i): Pair => [better, inputOf(scale, options[i] ?? {})]);
  });
}

function ensemble(scale: Scale, clicks: readonly Click[], stream: RandomStream, count: number): Net[] {
  return Array.from({ length: count }, () => {
    // Each network sees its own draw of the clicks, so that they differ where little is known.
    const drawn = clicks.map(() => clicks[stream.int(clicks.length)] as Click);
    const net = freshNet(scale.names.length, stream);
    trainNet(net, pairsOf(scale, drawn, stream), stream);
    return net;
  });
}

/** What an operator likes, learned from clicks: four small networks on comparisons. */
export class LearnedPreference {
  private constructor(
    private readonly scale: Scale,
    private readonly members: readonly Net[],
    readonly calibration: Calibration,
  ) {}

  /** Pure function of the clicks (and the seed). Null before there is any. */
  static learn(scale: Scale, clicks: readonly Click[], seed: number): LearnedPreference | null {
    const told = clicks.filter((c) => c.options.length > 1);
    if (told.length === 0) return null;
    const stream = RandomStream.of(seed, "preference", told.length);
    const members = ensemble(scale, told, stream, nets);
    return new LearnedPreference(scale, members, calibrate(scale, told, stream));
  }

  /** Cost of objectives in own units, in the order of the scale's names: less is better. */
  cost(values: ArrayLike<number>): number {
    const x = Float64Array.from(this.scale.names, (_, j) => scaled(this.scale, values[j] as number, j));
    return -this.members.reduce((sum, net) => sum + scoreOf(net, x), 0) / this.members.length;
  }

  /** Probability that a is liked better than b. */
  prefers(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): number {
    return meanProbability(this.members, inputOf(this.scale, a), inputOf(this.scale, b));
  }

  /** Probability that the best of `options` is the one that would be clicked: how far the networks agree. */
  certainty(options: readonly Readonly<Record<string, number>>[]): number {
    const inputs = options.map((o) => inputOf(this.scale, o));
    const shares = new Float64Array(options.length);
    for (const net of this.members) {
      const scores = inputs.map((x) => scoreOf(net, x));
      const top = Math.max(...scores);
      const likely = scores.map((s) => Math.exp(s - top));
      const sum = likely.reduce((a, b) => a + b, 0);
      likely.forEach((p, i) => {
        shares[i] = (shares[i] as number) + p / sum / this.members.length;
      });
    }
    // Options that lie next to the best one are as good an answer.
    const best = shares.indexOf(Math.max(...shares));
    return shares.reduce((sum, p, i) => sum + (near(inputs[i], inputs[best]) ? p : 0), 0);
  }
}

function meanProbability(members: readonly Net[], a: Float64Array, b: Float64Array): number {
  const p = members.map((net) => 1 / (1 + Math.exp(scoreOf(net, b) - scoreOf(net, a))));
  return p.reduce((sum, x) => sum + x, 0) / p.length;
}

function near(a: Float64Array | undefined, b: Float64Array | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.every((v, j) => Math.abs(v - (b[j] as number)) < 0.15);
}

/** Leaves out every fifth click in turn and foretells it. */
function calibrate(scale: Scale, clicks: readonly Click[], stream: RandomStream): Calibration {
  const foretold: number[] = [];
  const parts = Math.min(folds, clicks.length);
  for (let fold = 0; fold < parts && parts > 1; fold++) {
    const held = clicks.filter((_, i) => i % parts === fold);
    const members = ensemble(
      scale,
      clicks.filter((_, i) => i % parts !== fold),
      stream,
      2,
    );
    for (const [better, worse] of pairsOf(scale, held, stream)) {
      foretold.push(meanProbability(members, better, worse));
    }
  }
  const n = Math.max(1, foretold.length);
  const accuracy = foretold.filter((p) => p > 0.5).length / n;
  // Every comparison is seen from both sides: the one with p was right, the one with 1 − p wrong.
  const sides = foretold.flatMap((p) => [
    { p, right: 1 },
    { p: 1 - p, right: 0 },
  ]);
  const bins = [0.5, 0.6, 0.7, 0.8, 0.9].map((from) => {
    const inside = sides.filter(({ p }) => p >= from && (p < from + 0.1 || from === 0.9));
    const found = inside.reduce((sum, s) => sum + s.right, 0) / Math.max(1, inside.length);
    return { from, to: Number((from + 0.1).toFixed(1)), n: inside.length, found };
  });
  const brier = foretold.reduce((sum, p) => sum + (1 - p) ** 2, 0) / n;
  const ready = clicks.length >= clicksNeeded && accuracy >= accuracyNeeded;
  return { clicks: clicks.length, accuracy, brier, bins, ready };
}
