/** How far raters agree: with each other, and each with himself on frames shown twice. */

/** A frame's ratings by two raters (or twice by one). */
export type Pair = readonly [number, number];

export interface BlandAltman {
  readonly n: number;
  /** Mean of second − first. */
  readonly bias: number;
  /** bias ± 1.96 SD of the differences. */
  readonly low: number;
  readonly high: number;
  /** Root mean square of the differences. */
  readonly rms: number;
}

/** Limits of agreement (Bland and Altman 1986). Null for fewer than two pairs. */
export function blandAltman(pairs: readonly Pair[]): BlandAltman | null {
  const n = pairs.length;
  if (n < 2) return null;
  const differences = pairs.map(([a, b]) => b - a);
  const bias = differences.reduce((s, d) => s + d, 0) / n;
  const sd = Math.sqrt(differences.reduce((s, d) => s + (d - bias) ** 2, 0) / (n - 1));
  const rms = Math.sqrt(differences.reduce((s, d) => s + d * d, 0) / n);
  return { n, bias, low: bias - 1.96 * sd, high: bias + 1.96 * sd, rms };
}

/**
 * ICC(2,1) of Shrout and Fleiss 1979: two-way random effects, absolute agreement, a single rater.
 * @param table one row a frame, one column a rater, no gaps; null for fewer than two of either, or no variance at all
 */
export function icc(table: readonly (readonly number[])[]): number | null {
  const n = table.length;
  const k = table[0]?.length ?? 0;
  if (n < 2 || k < 2) return null;
  const mean = (values: readonly number[]): number => values.reduce((s, v) => s + v, 0) / values.length;
  const all = mean(table.flat());
  const rows = table.map(mean);
  const columns = Array.from({ length: k }, (_, j) => mean(table.map((row) => row[j] as number)));
  const betweenRows = (k * rows.reduce((s, m) => s + (m - all) ** 2, 0)) / (n - 1);
  const betweenColumns = (n * columns.reduce((s, m) => s + (m - all) ** 2, 0)) / (k - 1);
  const total = table.flat().reduce((s, v) => s + (v - all) ** 2, 0);
  const error = Math.max(0, total - betweenRows * (n - 1) - betweenColumns * (k - 1)) / ((n - 1) * (k - 1));
  const below = betweenRows + (k - 1) * error + (k * (betweenColumns - error)) / n;
  return below === 0 ? null : (betweenRows - error) / below;
}

/** A rating as agreement needs it. */
export interface Rated {
  readonly rater: string;
  readonly id: string;
  readonly rating: number;
  /** Given when the frame was shown for the second time. */
  readonly repeat: boolean;
}
export interface AgreementReport {
  readonly raters: readonly {
    readonly rater: string;
    readonly rated: number;
    /** On frames shown twice. */
    readonly own: BlandAltman | null;
  }[];
  readonly pairs: readonly {
    readonly first: string;
    readonly second: string;
    readonly icc: number | null;
    readonly limits: BlandAltman | null;
    /** Points of the Bland–Altman picture: [mean, second − first]. */
    readonly points: readonly Pair[];
  }[];
  /** Over the frames that all raters rated. */
  readonly icc: number | null;
  readonly shared: number;
}

export function agreementOf(ratings: readonly Rated[]): AgreementReport {
  const raters = [...new Set(ratings.map((r) => r.rater))];
  const first = new Map(raters.map((rater) => [rater, new Map<string, number>()]));
  const second = new Map(raters.map((rater) => [rater, new Map<string, number>()]));
  for (const r of ratings) (r.repeat ? second : first).get(r.rater)?.set(r.id, r.rating);
  const pairsOf = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): Pair[] =>
    [...a.entries()].flatMap(([id, x]) => {
      const y = b.get(id);
      return y === undefined ? [] : [[x, y] as const];
    });
  const empty = new Map<string, number>();
  const of = (rater: string): ReadonlyMap<string, number> => first.get(rater) ?? empty;
  const shared = [...(raters[0] === undefined ? empty : of(raters[0])).keys()].filter((id) =>
    raters.every((rater) => of(rater).has(id)),
  );
  return {
    raters: raters.map((rater) => ({
      rater,
      rated: of(rater).size,
      own: blandAltman(pairsOf(of(rater), second.get(rater) ?? empty)),
    })),
    pairs: raters.flatMap((a, i) =>
      raters.slice(i + 1).map((b) => {
        const pairs = pairsOf(of(a), of(b));
        return {
          first: a,
          second: b,
          icc: icc(pairs),
          limits: blandAltman(pairs),
          points: pairs.map(([x, y]) => [(x + y) / 2, y - x] as const),
        };
      }),
    ),
    icc: icc(shared.map((id) => raters.map((rater) => of(rater).get(id) as number))),
    shared: shared.length,
  };
}
