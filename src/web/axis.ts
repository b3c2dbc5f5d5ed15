export interface Axis {
  readonly ticks: readonly number[];
  /** 0 at the low end, 1 at the high; what lies outside is put to the end. */
  readonly at: (value: number) => number;
}

/**
 * A range with round ticks from 0 to a round number above all values, so that it seldom moves while points come.
 * @param pure a number without unit (quality, bleaching): never shown finer than 0 to 0.25
 */
export function axisOver(values: readonly number[], pure: boolean): Axis {
  const finite = values.filter(Number.isFinite).map((v) => (pure ? Math.min(1, Math.max(0, v)) : v));
  const min = Math.min(0, ...finite);
  const most = Math.max(0, ...finite);
  const max = pure ? Math.max(0.25, most) : most > min ? most : min + 1;
  const rough = (max - min) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999) ?? rough;
  const low = Math.floor(min / step + 1e-9) * step;
  const high = Math.ceil(max / step - 1e-9) * step;
  const count = Math.round((high - low) / step);
  return {
    ticks: Array.from({ length: count + 1 }, (_, i) => Number((low + i * step).toPrecision(6))),
    at: (value) => Math.min(1, Math.max(0, (value - low) / (high - low))),
  };
}
