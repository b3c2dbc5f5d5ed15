import type { ParameterSpec } from "../../../src/core/index.js";
import type { AcquireStep, RigCapabilities } from "../../contract.js";

type Kind = AcquireStep["kind"];
/** Share of the range that is used where a specification has no default: enough to see, little to burn. */
const share: Readonly<Record<string, number>> = { depletionPowerMw: 0.1, excitationPowerUw: 0.5 };

/** The greatest value that the rig says it takes. */
export function top(spec: ParameterSpec, capabilities: RigCapabilities): number {
  return Math.min(spec.max, capabilities.limits[spec.name]?.max ?? spec.max);
}

function snap(value: number, spec: ParameterSpec, max: number): number {
  const step = spec.integer === true ? Math.max(1, Math.round(spec.step ?? 1)) : spec.step;
  const snapped = step === undefined ? value : spec.min + Math.round((value - spec.min) / step) * step;
  return Math.min(max, Math.max(spec.min, snapped));
}

function between(spec: ParameterSpec, max: number, part: number): number {
  if (spec.scale === "log" && spec.min > 0) return spec.min * (max / spec.min) ** part;
  return spec.min + (max - spec.min) * part;
}

/**
 * Settings inside the rig's ranges for a frame of about `frameMs` where the rig has a dwell time.
 * @param dim as little excitation as makes sense, for long exposures whose picture nobody looks at
 */
export function chooseSettings(
  capabilities: RigCapabilities,
  kind: Kind,
  pixels: number,
  frameMs: number,
  dim = false,
): Record<string, number> {
  const settings: Record<string, number> = {};
  for (const spec of capabilities.parameters) {
    const max = top(spec, capabilities);
    if (spec.name === "lineRepeats") settings[spec.name] = snap(1, spec, max);
    else if (spec.name === "dwellTimeUs") settings[spec.name] = snap((frameMs * 1000) / pixels, spec, max);
    else if (spec.name === "depletionPowerMw" && kind === "confocal") settings[spec.name] = 0;
    else if (spec.name === "excitationPowerUw" && dim)
      settings[spec.name] = snap(between(spec, max, 0.05), spec, max);
    else settings[spec.name] = snap(spec.default ?? between(spec, max, share[spec.name] ?? 0.5), spec, max);
  }
  return settings;
}
