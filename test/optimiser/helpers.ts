import type { Observation, Settings } from "../../src/core/index.js";
import {
  createOptimiser,
  type Optimiser,
  type OptimiserSpace,
  parseSpace,
} from "../../src/optimiser/index.js";

/** Three knobs, quality and bleaching measured, pixel time known. */
export const stedSpace = {
  parameters: [
    { name: "depletionPowerMw", label: "Depletion power", unit: "mW", min: 0, max: 250 },
    { name: "dwellTimeUs", label: "Dwell time", unit: "µs", min: 2, max: 50, scale: "log" },
    { name: "lineRepeats", label: "Line repeats", unit: "1", min: 1, max: 8, integer: true },
  ],
  objectives: [
    { name: "quality", label: "Quality", direction: "maximise", worstAcceptable: 0.2, ideal: 1 },
    { name: "bleaching", label: "Bleaching", direction: "minimise", worstAcceptable: 0.8, ideal: 0 },
    {
      name: "pixelTimeUs",
      label: "Pixel time",
      unit: "µs",
      direction: "minimise",
      worstAcceptable: 200,
      known: { product: ["dwellTimeUs", "lineRepeats"] },
    },
  ],
  seed: 7,
} as const;

/** A smooth toy microscope, noise-free. */
export function toy(settings: Settings): Record<string, number> {
  const power = settings.depletionPowerMw as number;
  const time = (settings.dwellTimeUs as number) * (settings.lineRepeats as number);
  return {
    quality: (1 - Math.exp(-time / 20)) / (1 + Math.exp(-(power - 90) / 25)),
    bleaching: 1 - Math.exp((-time * power) / 12000),
  };
}

export function look(settings: Settings): Observation {
  return { settings, objectives: toy(settings) };
}

export async function open(changes: Record<string, unknown> = {}): Promise<Optimiser> {
  return createOptimiser(parseSpace({ ...stedSpace, ...changes }));
}

/** Asks and tells `count` times; `measure` may change what is told. */
export function run(
  optimiser: Optimiser,
  count: number,
  measure: (settings: Settings, step: number) => Observation = look,
): Settings[] {
  return Array.from({ length: count }, (_, i) => {
    const { settings } = optimiser.ask();
    optimiser.tell(measure(settings, i));
    return settings;
  });
}

export function spaceWith(changes: Record<string, unknown>): OptimiserSpace {
  return parseSpace({ ...stedSpace, ...changes });
}
