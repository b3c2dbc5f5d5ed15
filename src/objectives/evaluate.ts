import {
  foregroundMask,
  type Image,
  type ObjectiveSpec,
  type ObjectiveValues,
  type ParameterSpec,
  type Settings,
  unknownName,
} from "../core/index.js";
import { leastKnown, type ObjectiveDefinition, type Shared, type Triple } from "./contract.js";
import { straightened } from "./detector-load.js";
import { frameProblem, frameSpectrum } from "./frame-spectrum.js";
import { objectives } from "./registry.js";
import { judgeResolution } from "./resolution.js";

function maskOf(image: Image | null): Uint8Array | null {
  if (image === null) return null;
  const mask = foregroundMask(image.pixels, image.shape[0], image.shape[1]);
  return mask.includes(1) ? mask : null;
}

function once<T>(compute: () => T): () => T {
  let found: { readonly value: T } | null = null;
  return () => {
    found ??= { value: compute() };
    return found.value;
  };
}

/** What the objectives of one triple share. */
export function sharedOf(triple: Triple): Shared {
  const stedProblem = once(() => frameProblem(triple.sted));
  const shared = {
    before: once(() => maskOf(triple.before)),
    sted: once(() => maskOf(triple.sted)),
    stedProblem,
    stedSpectrum: once(() => {
      const reason = stedProblem();
      return reason === null ? frameSpectrum(triple.sted as Image) : { reason };
    }),
    stedStraight: once(() => (stedProblem() === null ? straightened(triple.sted as Image) : null)),
  };
  return { ...shared, resolution: once(() => judgeResolution(triple, shared)) };
}

/** Every objective of the registry on one triple of frames. */
export function evaluateObjectives(triple: Triple): ObjectiveValues {
  const shared = sharedOf(triple);
  return Object.fromEntries(
    Object.values(objectives).map((definition) => [definition.name, definition.evaluate(triple, shared)]),
  );
}

/** The definition by name; an unknown name is an error with the nearest one. */
export function objectiveDefinition(name: string): ObjectiveDefinition {
  const definition = Object.hasOwn(objectives, name) ? objectives[name] : undefined;
  if (definition === undefined) throw unknownName("objective", name, Object.keys(objectives));
  return definition;
}

/** What the config says of an objective joined with what the registry knows of it. */
export function objectiveSpec(
  chosen: {
    readonly name: string;
    readonly worstAcceptable?: number | undefined;
    readonly weight?: number | undefined;
    readonly limit?: number | undefined;
  },
  parameters: readonly ParameterSpec[],
  fixed: Settings,
): ObjectiveSpec {
  const definition = objectiveDefinition(chosen.name);
  const { known, ideal } = definition;
  return {
    name: definition.name,
    label: definition.label,
    unit: definition.unit,
    direction: definition.direction,
    ideal: ideal === "least" ? leastKnown(known ?? { product: [] }, parameters, fixed) : ideal,
    worstAcceptable: chosen.worstAcceptable ?? definition.worstAcceptable,
    weight: chosen.weight ?? 1,
    ...(chosen.limit === undefined ? {} : { limit: chosen.limit }),
    ...(known === undefined ? {} : { known: foldFixed(known, parameters, fixed) }),
  };
}

/** Factors that the optimiser does not turn become numbers, so that it sees a product of its own parameters. */
function foldFixed(
  known: { readonly product: readonly string[]; readonly factor?: number },
  parameters: readonly ParameterSpec[],
  fixed: Settings,
): { readonly product: readonly string[]; readonly factor: number } {
  const turned = new Set(parameters.map((p) => p.name));
  let factor = known.factor ?? 1;
  for (const name of known.product) {
    if (!turned.has(name)) factor *= fixed[name] ?? (name === "lineRepeats" ? 1 : 0);
  }
  return { product: known.product.filter((name) => turned.has(name)), factor };
}
