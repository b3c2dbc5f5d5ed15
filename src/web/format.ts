import type { ObjectiveSpec } from "../core/observation.js";
import type { ParameterSpec, Settings } from "../core/settings.js";

/** Three digits that matter, no more: 0.53, 8.25, 42.5, 187. */
export function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return trim(value.toFixed(1));
  return trim(value.toFixed(2));
}
function trim(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** "1" is the unit of a pure number and is not shown. */
export function unitOf(unit: string): string {
  return unit === "1" ? "" : unit;
}
export function withUnit(value: number, unit: string): string {
  return unitOf(unit) === "" ? digits(value) : `${digits(value)} ${unit}`;
}
/**
 * "Quality 0.81 ± 0.09, Bleaching 0.2": a model's prediction. A pure number (quality, bleaching) lies in 0..1 whatever
 * a surrogate says beyond it.
 */
export function predictionText(
  mean: Readonly<Record<string, number>>,
  sd: Readonly<Record<string, number>> | undefined,
  objectives: readonly ObjectiveSpec[],
): string {
  return objectives
    .flatMap((o) => {
      const value = mean[o.name];
      if (value === undefined) return [];
      const spread = sd?.[o.name] ?? 0;
      const shown = withUnit(o.unit === "1" ? Math.min(1, Math.max(0, value)) : value, o.unit);
      return [`${o.label} ${shown}${spread > 0 ? ` ± ${digits(spread)}` : ""}`];
    })
    .join(", ");
}
export function scoreText(score: number | null): string {
  return score === null ? "–" : score.toFixed(2);
}

/** A light source's power in the unit that reads best. */
export function powerText(powerMw: number): string {
  return powerMw > 0 && powerMw < 1 ? `${digits(powerMw * 1000)} µW` : `${digits(powerMw)} mW`;
}

export function ago(ms: number): string {
  const s = Math.round(ms / 1000);
  if (s < 90) return `${s} s`;
  if (s < 5400) return `${Math.round(s / 60)} min`;
  return s < 2 * 86_400 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86_400)} days`;
}

/** "Depletion power 120 mW · Pixel dwell time 8 µs" */
export function settingsText(settings: Settings, parameters: readonly ParameterSpec[]): string {
  return parameters
    .filter((p) => settings[p.name] !== undefined)
    .map((p) => `${p.label} ${withUnit(settings[p.name] ?? 0, p.unit)}`)
    .join(" · ");
}

/** Place of a value in its range, 0..1, on the parameter's own scale. */
export function share(spec: ParameterSpec, value: number): number {
  const at = position(spec, value);
  return Math.min(1, Math.max(0, at));
}
function position(spec: ParameterSpec, value: number): number {
  if (spec.scale === "log" && spec.min > 0 && value > 0) {
    return Math.log(value / spec.min) / Math.log(spec.max / spec.min);
  }
  return spec.max > spec.min ? (value - spec.min) / (spec.max - spec.min) : 0;
}

/** The value at a place in the range, on the parameter's grid and inside its bounds. */
export function valueAt(spec: ParameterSpec, at: number): number {
  const raw =
    spec.scale === "log" && spec.min > 0
      ? spec.min * (spec.max / spec.min) ** at
      : spec.min + at * (spec.max - spec.min);
  return onGrid(spec, raw);
}
export function onGrid(spec: ParameterSpec, raw: number): number {
  const step = spec.integer === true ? 1 : spec.step;
  const rounded = step === undefined ? Number(raw.toPrecision(3)) : Math.round(raw / step) * step;
  return Math.min(spec.max, Math.max(spec.min, Number(rounded.toPrecision(6))));
}
