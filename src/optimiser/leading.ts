import { mostlyNoise, noiseOf } from "./health.js";
import type { Column, Model } from "./model.js";

/** Fewer values than this tell noise from a function that is hard to learn too rarely. */
const fewest = 10;

/**
 * Whether the settings tell nothing of an objective: leave-one-out predictions explain less than a fifth of it and its
 * process is no likelier than pure noise. The share σ_n²/(σ_f² + σ_n²) alone does not tell: under a prior that expects a
 * signal it stays near 0.6 for values that are nothing but noise. All values equal count too.
 */
export function tellsNothing(c: Column): boolean {
  if (c.gp === null || c.n < fewest) return false;
  if (c.constant) return true;
  const noise = noiseOf(c);
  return noise !== null && noise > mostlyNoise && c.gp.gainOverNoise() < 0;
}

/**
 * What leads a step: the model of all objectives, that of those that the settings tell something of, or null: nobody,
 * spread out. An objective that is all noise flattens the gain in volume, for any setting may turn out the best in it;
 * so three steps of four are left to the others. The fourth keeps all: what looks like noise may be a narrow peak
 * that nobody has hit yet. Weights are kept as they are: there it is the same cost everywhere.
 * @param turn number of the step
 * @param weighted whether weights or clicks decide
 */
export function leadingModel(model: Model, turn: number, weighted: boolean): Model | null {
  const silent = model.columns.filter(tellsNothing);
  if (silent.length === 0 || turn % 4 === 3) return model;
  const telling = model.columns.filter((c) => !silent.includes(c));
  if (!telling.some((c) => c.gp !== null)) return null;
  return weighted ? model : model.only(telling);
}
