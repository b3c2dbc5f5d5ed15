import type { ParameterSpec, Settings } from "../core/index.js";

/** An objective that is an exact product of settings: never modelled, never told. */
export interface KnownProduct {
  readonly product: readonly string[];
  readonly factor: number;
}

/** Value of a known objective; NaN where a setting is missing. */
export function knownValue(known: KnownProduct, settings: Settings): number {
  let value = known.factor;
  for (const name of known.product) value *= settings[name] ?? Number.NaN;
  return value;
}

/** Least and greatest value inside the parameters' bounds (a product's extremes lie at corners). */
export function knownRange(
  known: KnownProduct,
  parameters: readonly Pick<ParameterSpec, "name" | "min" | "max">[],
): { readonly low: number; readonly high: number } {
  let low = known.factor;
  let high = known.factor;
  for (const name of known.product) {
    const p = parameters.find((q) => q.name === name);
    if (p === undefined) continue;
    const corners = [low * p.min, low * p.max, high * p.min, high * p.max];
    low = Math.min(...corners);
    high = Math.max(...corners);
  }
  return { low, high };
}
