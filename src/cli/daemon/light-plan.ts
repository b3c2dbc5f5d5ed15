import type { LightState, RigInfo } from "../../../drivers/contract.js";
import type { ResolvedConfig } from "../../config/index.js";
import { type Clock, nearest } from "../../core/index.js";
import {
  EnvelopeKeeper,
  makeEnvelope,
  type PacedSource,
  type SourceLimits,
  violation,
} from "../../safety/index.js";

/** Which setting drives a source, by its kind, and how many mW a unit of it is. */
const settingOf: Partial<
  Record<LightState["kind"], { readonly setting: string; readonly mwPerUnit: number }>
> = {
  depletion: { setting: "depletionPowerMw", mwPerUnit: 1 },
  excitation: { setting: "excitationPowerUw", mwPerUnit: 1e-3 },
};

export interface LightPlan {
  readonly envelope: EnvelopeKeeper;
  readonly sources: { readonly limits: SourceLimits; readonly driven: readonly PacedSource[] };
}

/** The envelope of a run on this rig. A source's greatest power is also the greatest value of the setting that drives it. */
export function planLight(
  config: ResolvedConfig,
  info: RigInfo,
  light: readonly LightState[],
  clock: Clock,
): LightPlan {
  const { parameters, limits } = info.capabilities;
  const given = config.sources ?? {};
  const own = info.capabilities.ownLight === true;
  const driven = light.flatMap(({ name, kind }): PacedSource[] => {
    const drive = settingOf[kind];
    return drive === undefined || !Object.hasOwn(given, name) ? [] : [{ source: name, ...drive }];
  });
  const tightened: Record<string, { readonly min?: number | undefined; readonly max: number }> = {
    ...config.limits,
  };
  for (const { source, setting, mwPerUnit } of own ? [] : driven) {
    const entry = tightened[setting];
    const most = (given[source]?.maxMw ?? 0) / mwPerUnit;
    if (entry !== undefined) tightened[setting] = { ...entry, max: Math.min(entry.max, most) };
  }
  const base = makeEnvelope(tightened, parameters, limits, config);
  return {
    envelope: new EnvelopeKeeper(base, { parameters, limits }, clock),
    sources: { limits: own ? withoutRamps(given) : given, driven },
  };
}

/** A rig that drives its light sources itself raises their power by their ramps; the loop then need not wait for that. */
function withoutRamps(limits: SourceLimits): SourceLimits {
  return Object.fromEntries(
    Object.entries(limits).map(([name, l]) => [name, { maxMw: l.maxMw, maxDuty: l.maxDuty }]),
  );
}

/** What does not fit between the safety file and this rig's light, in words. Pure. */
export function lightMisfits(
  config: ResolvedConfig,
  info: RigInfo,
  light: readonly LightState[],
  plan: LightPlan,
): string[] {
  const faults: string[] = [];
  const names = light.map((l) => l.name);
  if (config.sources !== undefined && light.length > 0) {
    for (const name of Object.keys(config.sources)) {
      if (names.includes(name)) continue;
      const near = nearest(name, names);
      const hint = near === undefined ? `it has ${names.join(", ")}` : `did you mean '${near}'?`;
      faults.push(`sources.${name}: the rig '${info.rig.name}' has no such light source (${hint})`);
    }
    for (const name of names) {
      if (Object.hasOwn(config.sources, name)) continue;
      faults.push(`sources has no entry for the light source '${name}': missing means refused`);
    }
  }
  if (config.mode !== "observe") {
    const confocal = violation(config.confocal, plan.envelope);
    if (confocal !== null) faults.push(`confocal: ${confocal.line}`);
  }
  return faults;
}
