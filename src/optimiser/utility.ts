import type { Utility } from "./composite.js";
import { signed } from "./data.js";
import type { Model } from "./model.js";
import type { Reference } from "./reference.js";
import type { OptimiserSpace } from "./space.js";

/** Weights of the preference, equal ones where there is none. */
export function weightsOf(space: Pick<OptimiserSpace, "objectives" | "preference">): Float64Array {
  const { objectives, preference } = space;
  return Float64Array.from(objectives, (o) =>
    preference === undefined ? 1 / objectives.length : (preference.weights[o.name] ?? 0),
  );
}

/** The utility of a space; an ideal or threshold that is not declared is the best mean so far or the reference. */
export function utilityFrom(space: OptimiserSpace, model: Model, reference: Reference): Utility {
  const { mean } = model.predict(model.points);
  const ideal = new Float64Array(space.objectives.length);
  const worst = new Float64Array(space.objectives.length);
  model.columns.forEach((c, j) => {
    const o = c.objective;
    ideal[j] = o.ideal === undefined ? Math.min(...(mean[j] as Float64Array)) : signed(o, o.ideal);
    const limit = c.offset + c.scale * (reference.point[j] as number);
    worst[j] = o.worstAcceptable === undefined ? limit : signed(o, o.worstAcceptable);
    // Undeclared ends may meet; a range of nothing would divide by zero.
    if (!((worst[j] as number) > (ideal[j] as number))) worst[j] = (ideal[j] as number) + c.scale;
  });
  return { ideal, worst, weights: weightsOf(space) };
}
