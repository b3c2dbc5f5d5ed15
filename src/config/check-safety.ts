import { type Combination, frameDoseJPerCm2, keepsRules, type LightRules, nearest } from "../core/index.js";
import type { SafetyFile } from "./safety-schema.js";
import type { Config } from "./schema.js";

type Rules = Pick<Config, "parameters" | "fixed" | "confocal" | "beam"> &
  Pick<SafetyFile, "limits" | "combinations" | "dose">;

/**
 * What proposals must keep besides their bounds, or undefined where there is no such rule. A region's dose is for a
 * whole step: what the two confocal frames take is not the STED frame's.
 */
export function lightRulesOf(config: Omit<Rules, "limits" | "parameters">): LightRules | undefined {
  const { combinations = [], dose, fixed, confocal, beam } = config;
  const most = Math.min(
    dose?.regionJPerCm2 ?? Number.POSITIVE_INFINITY,
    dose?.runJPerCm2 ?? Number.POSITIVE_INFINITY,
  );
  const limited = Number.isFinite(most);
  if (combinations.length === 0 && !limited) return undefined;
  const looks = 2 * (frameDoseJPerCm2(confocal, "confocal", beam) ?? 0);
  return { combinations, beam, constants: fixed, maxJPerCm2: limited ? Math.max(0, most - looks) : null };
}

const samples = 4096;
/** The fractional parts of multiples of these fill a cube evenly (square roots of primes, Richtmyer 1951). */
const primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];

/** Faults of the rules themselves: names without a limit, and bounds of which the rules leave nothing. Pure. */
export function safetyFaults(config: Rules): string[] {
  const faults: string[] = [];
  for (const [i, rule] of (config.combinations ?? []).entries()) {
    for (const name of namesOf(rule)) {
      if (Object.hasOwn(config.limits, name)) continue;
      const near = nearest(name, Object.keys(config.limits));
      const hint = near === undefined ? "" : `, did you mean '${near}'?`;
      faults.push(`combinations.${i}: '${name}' has no limit${hint}`);
    }
  }
  const rules = lightRulesOf(config);
  const knobs = Object.entries(config.parameters);
  if (rules === undefined || faults.length > 0 || knobs.length === 0) return faults;
  for (let k = 0; k < samples; k++) {
    const settings = Object.fromEntries(
      knobs.map(([name, { min, max, scale }], j) => {
        // The first sample is the corner of least light.
        const u = k === 0 ? 0 : (k * Math.sqrt(primes[j % primes.length] as number)) % 1;
        return [name, scale === "log" ? min * (max / min) ** u : min + u * (max - min)];
      }),
    );
    if (keepsRules(settings, rules)) return faults;
  }
  const text =
    rules.maxJPerCm2 === null
      ? "combinations"
      : `combinations and a dose of ${rules.maxJPerCm2.toPrecision(4)} J/cm² a STED frame`;
  return [...faults, `nothing is left of the parameters' bounds by ${text}`];
}

function namesOf(rule: Combination): string[] {
  return [...new Set([...Object.keys(rule.when), ...Object.keys(rule.then)])];
}
