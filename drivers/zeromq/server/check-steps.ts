import type { ParameterSpec, Region, Settings } from "../../../src/core/index.js";
import type { AcquireStep, RigCapabilities } from "../../contract.js";
import type { Params } from "../schemas.js";
import { refusal } from "./refusal.js";

/** What a left-out setting means on every rig; the same values are harmless on a rig without that knob. */
const protocolDefaults: Readonly<Record<string, number>> = { lineRepeats: 1, depletionPowerMw: 0 };

export interface CheckedAcquire {
  readonly region: Region;
  readonly steps: readonly AcquireStep[];
  readonly widthPx: number;
  readonly heightPx: number;
}

/**
 * An acquisition checked against the rig: every BAD_PARAMS of all steps first, then OUT_OF_RANGE. Left-out settings
 * are filled in. A setting that the rig does not have is refused (a number meant for a light source must never be
 * dropped in silence), unless it says what the rig does anyway (`lineRepeats: 1`, `depletionPowerMw: 0`).
 */
export function checkAcquire(
  params: Params<"acquire">,
  capabilities: RigCapabilities,
  region: Region | null,
): CheckedAcquire {
  if (params.region !== undefined && params.region !== region?.id) {
    throw refusal(
      "BAD_PARAMS",
      `region: '${params.region}' is not the current region (${region?.id ?? "none"})`,
    );
  }
  if (region === null)
    throw refusal("BAD_PARAMS", "region: there is none yet; ask for one by `region` first");
  const specs = new Map(capabilities.parameters.map((spec) => [spec.name, spec]));
  const steps = params.steps.map((step, i) => {
    if (!capabilities.kinds.includes(step.kind)) {
      throw refusal("BAD_PARAMS", `steps.${i}.kind: this rig has ${capabilities.kinds.join(" and ")}`);
    }
    return { kind: step.kind, settings: fill(step, specs, `steps.${i}.settings`) };
  });
  for (const [i, step] of steps.entries()) {
    for (const spec of specs.values()) {
      const limit = capabilities.limits[spec.name]?.max;
      checkRange(params.steps[i]?.settings ?? {}, step, spec, limit, `steps.${i}.settings.${spec.name}`);
    }
  }
  const widthPx = checkWindow("widthPx", params.widthPx, region.widthPx);
  const heightPx = checkWindow("heightPx", params.heightPx, region.heightPx);
  return { region, steps, widthPx, heightPx };
}

function fill(step: AcquireStep, specs: ReadonlyMap<string, ParameterSpec>, path: string): Settings {
  for (const [name, value] of Object.entries(step.settings)) {
    if (specs.has(name) || protocolDefaults[name] === value) continue;
    throw refusal("BAD_PARAMS", `${path}.${name}: this rig has no such parameter`);
  }
  const settings: Record<string, number> = {};
  for (const spec of specs.values()) {
    const ignored = spec.name === "depletionPowerMw" && step.kind === "confocal";
    const asked = Object.hasOwn(step.settings, spec.name) ? step.settings[spec.name] : undefined;
    const value = ignored ? 0 : (asked ?? protocolDefaults[spec.name] ?? spec.default);
    if (value === undefined)
      throw refusal("BAD_PARAMS", `${path}.${spec.name}: missing, and it has no default`);
    if (spec.integer === true && !Number.isInteger(value)) {
      throw refusal("BAD_PARAMS", `${path}.${spec.name}: ${value} is not a whole number`);
    }
    settings[spec.name] = value;
  }
  return Object.freeze(settings);
}

/** Only what was asked for is held to the range: "off" must stay possible where a laser's least power is above zero. */
function checkRange(
  asked: Settings,
  step: AcquireStep,
  spec: ParameterSpec,
  limit: number | undefined,
  path: string,
): void {
  const value = step.settings[spec.name];
  if (value === undefined || asked[spec.name] !== value) return;
  const off = spec.name === "depletionPowerMw" && value === 0;
  const max = Math.min(spec.max, limit ?? spec.max);
  if ((value >= spec.min || off) && value <= max) return;
  throw refusal("OUT_OF_RANGE", `${path}: ${value} is outside ${spec.min} to ${max} ${spec.unit}`.trim());
}

function checkWindow(name: string, asked: number | undefined, whole: number): number {
  if (asked === undefined) return whole;
  if (asked >= 1 && asked <= whole) return asked;
  throw refusal("OUT_OF_RANGE", `${name}: ${asked} is outside 1 to ${whole}`);
}
