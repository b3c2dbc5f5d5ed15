import { doseUj, keepsRules, type LightRules, type ParameterSpec, type Settings } from "../core/index.js";
import type { Limits } from "./space.js";

/** Position of a physical value along its parameter's scale: 0 at min, 1 at max, beyond for values outside. */
function toUnit(p: ParameterSpec, value: number): number {
  if (p.scale !== "log") return (value - p.min) / (p.max - p.min);
  return Math.log(Math.max(value, 1e-3 * p.min) / p.min) / Math.log(p.max / p.min);
}

/** Physical value at u; the faces are exact, integers and steps snapped. */
function fromUnit(p: ParameterSpec, u: number): number {
  const raw =
    u <= 0
      ? p.min
      : u >= 1
        ? p.max
        : p.scale === "log"
          ? p.min * (p.max / p.min) ** u
          : p.min + u * (p.max - p.min);
  return snapValue(p, raw);
}

function snapValue(p: ParameterSpec, value: number): number {
  if (p.integer === true) {
    return Math.min(Math.floor(p.max), Math.max(Math.ceil(p.min), Math.round(value)));
  }
  if (p.step !== undefined) {
    const last = Math.floor((p.max - p.min) / p.step + 1e-9);
    const snapped = p.min + p.step * Math.min(last, Math.max(0, Math.round((value - p.min) / p.step)));
    // 21.4, not 21.400000000000002.
    return Number(snapped.toPrecision(12));
  }
  return Math.min(p.max, Math.max(p.min, value));
}

/** What an ask may propose: part of the box, some knobs held, a dose not exceeded. */
export interface Allowed {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly test: (settings: Settings) => boolean;
}

/** Both limits at once. */
export function mergeLimits(a: Limits, b: Limits): Limits {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      {
        min: Math.max(a[name]?.min ?? Number.NEGATIVE_INFINITY, b[name]?.min ?? Number.NEGATIVE_INFINITY),
        max: Math.min(a[name]?.max ?? Number.POSITIVE_INFINITY, b[name]?.max ?? Number.POSITIVE_INFINITY),
      },
    ]),
  );
}

/** The parameters as a unit cube. */
export class Domain {
  readonly d: number;
  constructor(readonly parameters: readonly ParameterSpec[]) {
    this.d = parameters.length;
  }

  unit(settings: Settings): Float64Array {
    return Float64Array.from(this.parameters, (p) => toUnit(p, settings[p.name] as number));
  }

  settings(u: Float64Array): Settings {
    return Object.fromEntries(this.parameters.map((p, j) => [p.name, fromUnit(p, u[j] as number)]));
  }

  /** u after the round trip through physical values: integers and steps rounded before any kernel sees them. */
  snap(u: Float64Array): Float64Array {
    return Float64Array.from(this.parameters, (p, j) => {
      const v = Math.min(1, Math.max(0, u[j] as number));
      return p.integer === true || p.step !== undefined ? toUnit(p, fromUnit(p, v)) : v;
    });
  }

  /** Width of one grid cell of a snapped parameter in u; 0 for a continuous one. */
  cell(j: number): number {
    const p = this.parameters[j] as ParameterSpec;
    const width = p.integer === true ? 1 : p.step;
    return width === undefined ? 0 : width / (p.max - p.min);
  }

  allowed(limits: Limits, maxDoseUj: number | undefined, fixed: Settings, light?: LightRules): Allowed {
    const low = new Float64Array(this.d);
    const high = new Float64Array(this.d).fill(1);
    this.parameters.forEach((p, j) => {
      const limit = limits[p.name];
      if (limit?.min !== undefined && limit.min > p.min) low[j] = toUnit(p, limit.min);
      if (limit?.max !== undefined && limit.max < p.max) high[j] = toUnit(p, limit.max);
      const held = fixed[p.name];
      if (held !== undefined) {
        low[j] = toUnit(p, held);
        high[j] = low[j] as number;
      }
    });
    const test = (settings: Settings): boolean => {
      const all = { ...settings, ...fixed };
      for (const [name, limit] of Object.entries(limits)) {
        const value = all[name];
        if (value === undefined) continue;
        if (limit.min !== undefined && value < limit.min) return false;
        if (limit.max !== undefined && value > limit.max) return false;
      }
      if (light !== undefined && !keepsRules(all, light)) return false;
      if (maxDoseUj === undefined) return true;
      const dose = doseUj(all);
      return dose !== null && dose <= maxDoseUj;
    };
    return { low, high, test };
  }
}
