import type { RigInfo } from "../../../drivers/contract.js";
import type { ResolvedConfig } from "../../config/index.js";
import { nearest, type ObjectiveSpec, type ParameterSpec, StedError } from "../../core/index.js";
import { objectiveDefinition, objectiveSpec } from "../../objectives/index.js";

/** What the optimiser turns: the rig's parameters with the configuration's bounds inside theirs. */
export function chosenParameters(config: ResolvedConfig, info: RigInfo): ParameterSpec[] {
  return Object.entries(config.parameters).flatMap(([name, bounds]) => {
    const spec = info.capabilities.parameters.find((p) => p.name === name);
    return spec === undefined
      ? []
      : [{ ...spec, min: bounds.min, max: bounds.max, scale: bounds.scale ?? spec.scale }];
  });
}

export function chosenObjectives(
  config: ResolvedConfig,
  parameters: readonly ParameterSpec[],
): ObjectiveSpec[] {
  return config.objectives.map((o) => objectiveSpec(o, parameters, config.fixed));
}

/** Everything about a rig and a configuration that do not fit each other, all at once. Pure. */
export function misfits(config: ResolvedConfig, info: RigInfo): string[] {
  const { capabilities } = info;
  const faults: string[] = [];
  if (config.mode === "observe") {
    if (!capabilities.observe) faults.push(`rig '${info.rig.name}' publishes no frames to observe`);
    return faults;
  }
  const names = capabilities.parameters.map((p) => p.name);
  const spec = (name: string): ParameterSpec | undefined =>
    capabilities.parameters.find((p) => p.name === name);
  const missing = (where: string, name: string): string => {
    const near = nearest(name, names);
    const hint = near === undefined ? `it has ${names.join(", ") || "none"}` : `did you mean '${near}'?`;
    return `${where}.${name}: the rig '${info.rig.name}' has no such parameter (${hint})`;
  };
  for (const [name, bounds] of Object.entries(config.parameters)) {
    const own = spec(name);
    if (own === undefined) faults.push(missing("parameters", name));
    else if (bounds.min < own.min || bounds.max > own.max) {
      faults.push(
        `parameters.${name}: ${bounds.min} … ${bounds.max} is outside the rig's ${own.min} … ${own.max}`,
      );
    }
  }
  for (const [where, settings] of [
    ["fixed", config.fixed],
    ["confocal", config.confocal],
  ] as const) {
    for (const [name, value] of Object.entries(settings)) {
      const own = spec(name);
      if (own === undefined) faults.push(missing(where, name));
      else if (value < own.min || value > own.max) {
        faults.push(`${where}.${name}: ${value} is outside the rig's ${own.min} … ${own.max}`);
      }
    }
  }
  return [...faults, ...objectiveMisfits(config, info)];
}

function objectiveMisfits(config: ResolvedConfig, info: RigInfo): string[] {
  const faults: string[] = [];
  for (const { name } of config.objectives) {
    try {
      const needs = objectiveDefinition(name).needs;
      const confocal = needs.includes("before") || needs.includes("after");
      if (confocal && !info.capabilities.kinds.includes("confocal")) {
        faults.push(
          `objectives: '${name}' needs confocal frames, which the rig '${info.rig.name}' does not take`,
        );
      }
    } catch (thrown) {
      if (!(thrown instanceof StedError)) throw thrown;
      faults.push(`objectives: ${thrown.line}`);
    }
  }
  return faults;
}
