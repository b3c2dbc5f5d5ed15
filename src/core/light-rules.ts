import { type BeamAreas, frameDoseJPerCm2 } from "./dose.js";
import type { Settings } from "./settings.js";

/** Both ends belong to the range; a missing end is open. */
export interface ValueRange {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}
/**
 * A rule on settings that are each allowed but not together: where every range of `when` holds, every range of `then`
 * must hold too.
 */
export interface Combination {
  readonly when: Readonly<Record<string, ValueRange>>;
  readonly then: Readonly<Record<string, ValueRange>>;
}

/** What a step leaves out means these (rig-protocol.md). */
export const impliedSettings: Settings = { lineRepeats: 1, depletionPowerMw: 0 };

function inside(value: number, range: ValueRange): boolean {
  return value >= (range.min ?? Number.NEGATIVE_INFINITY) && value <= (range.max ?? Number.POSITIVE_INFINITY);
}

/**
 * The setting that breaks a rule, or null. A setting that is not given and has no implied value counts against the
 * rule: as meeting its condition, and as failing its demand.
 */
export function brokenBy(settings: Settings, rule: Combination): string | null {
  const value = (name: string): number | undefined => settings[name] ?? impliedSettings[name];
  for (const [name, range] of Object.entries(rule.when)) {
    const v = value(name);
    if (v !== undefined && !inside(v, range)) return null;
  }
  for (const [name, range] of Object.entries(rule.then)) {
    const v = value(name);
    if (v === undefined || !inside(v, range)) return name;
  }
  return null;
}

/** A rule in words: "depletionPowerMw ≥ 100 needs dwellTimeUs ≤ 20". */
export function ruleText(rule: Combination): string {
  const words = (ranges: Combination["when"]): string =>
    Object.entries(ranges)
      .map(([name, { min, max }]) =>
        min !== undefined && max !== undefined
          ? `${min} ≤ ${name} ≤ ${max}`
          : min !== undefined
            ? `${name} ≥ ${min}`
            : `${name} ≤ ${max}`,
      )
      .join(" and ");
  return `${words(rule.when)} needs ${words(rule.then)}`;
}

/** What a proposal must keep besides its bounds, so that an optimiser never asks for what the envelope refuses. */
export interface LightRules {
  readonly combinations: readonly Combination[];
  readonly beam: BeamAreas;
  /** Greatest dose of a pixel by one STED frame; null = none. */
  readonly maxJPerCm2: number | null;
  /** Settings that every STED frame has besides the proposed ones. */
  readonly constants: Settings;
}

export function keepsRules(settings: Settings, rules: LightRules): boolean {
  const all = { ...rules.constants, ...settings };
  if (rules.combinations.some((rule) => brokenBy(all, rule) !== null)) return false;
  if (rules.maxJPerCm2 === null) return true;
  const dose = frameDoseJPerCm2(all, "sted", rules.beam);
  return dose !== null && dose <= rules.maxJPerCm2;
}
