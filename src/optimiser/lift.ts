import type { Row } from "./data.js";

/**
 * The features of a field beside the settings, as further inputs. What is asked for is one typical field (the median
 * of this run), or the one that is named; so a dim field no longer looks like bad settings.
 */
export class Lift {
  private constructor(
    private readonly knobs: number,
    /** Inputs of the model: knobs and features. */
    readonly d: number,
    private readonly low: Float64Array,
    private readonly range: Float64Array,
    private readonly typical: Float64Array,
  ) {}

  static of(knobs: number, rows: readonly Row[], asked: Float64Array | null = null): Lift {
    const seen = rows.flatMap((r) => (r.context === undefined || r.failed ? [] : [r.context]));
    const count = seen[0]?.length ?? 0;
    const column = (j: number): number[] =>
      seen
        .map((c) => c[j] as number)
        .filter((v) => Number.isFinite(v))
        .sort((a, b) => a - b);
    const columns = Array.from({ length: count }, (_, j) => column(j));
    const low = Float64Array.from(columns, (c) => c[0] ?? 0);
    const range = Float64Array.from(columns, (c, j) => (c.at(-1) ?? 0) - (low[j] as number) || 1);
    const typical = Float64Array.from(columns, (c, j) => {
      const value = asked?.[j];
      return value !== undefined && Number.isFinite(value) ? value : (c[Math.floor(c.length / 2)] ?? 0);
    });
    return new Lift(knobs, knobs + count, low, range, typical);
  }

  /** The same from fewer rows: what was known then. */
  over(rows: readonly Row[]): Lift {
    if (this.d === this.knobs) return this;
    const then = Lift.of(this.knobs, rows);
    return then.d === this.d ? then : this;
  }

  /** Settings and the field they were tried on. */
  row(r: Row): Float64Array {
    return this.join(r.u, r.context ?? null);
  }

  /** Settings on the typical field. */
  point(u: Float64Array): Float64Array {
    return this.join(u, null);
  }

  private join(u: Float64Array, context: Float64Array | null): Float64Array {
    if (this.d === u.length) return u;
    const x = new Float64Array(this.d);
    x.set(u);
    this.typical.forEach((usual, j) => {
      const raw = context?.[j];
      const value = raw !== undefined && Number.isFinite(raw) ? raw : usual;
      x[u.length + j] = (value - (this.low[j] as number)) / (this.range[j] as number);
    });
    return x;
  }
}
