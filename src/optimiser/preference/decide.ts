import type { Why } from "../../core/index.js";
import type { CandidateSource } from "../candidates.js";
import { compositeImprovement } from "../composite.js";
import { signed } from "../data.js";
import type { Goal } from "../goal.js";
import type { Model } from "../model.js";
import type { AskContext } from "../strategies/contract.js";
import { predictedFront } from "../trade-offs.js";
import { clicksNeeded, type LearnedPreference } from "./learned.js";

/** The search towards what clicks said is liked: composite expected improvement on the learned cost. */
export function towardsClicks(
  context: AskContext,
  model: Model,
  liked: LearnedPreference,
  source: CandidateSource,
): Goal {
  const believed = model.believing(context.pending);
  const cost = (values: ArrayLike<number>): number =>
    liked.cost(Float64Array.from(model.columns, (c, j) => signed(c.objective, values[j] as number)));
  const { mean } = believed.predict(believed.points);
  const order = believed.points
    .map((u, i) => ({ u, s: cost(Float64Array.from(mean, (m) => m[i] as number)) }))
    .sort((a, b) => a.s - b.s);
  return {
    acquisition: compositeImprovement(believed, cost),
    aim: `closest to what ${liked.calibration.clicks} clicks asked for`,
    centres: order.slice(0, 3).map((o) => source.snapped(o.u)),
  };
}

/** Less agreement than this on which of the predicted trade-offs would be clicked: a person decides. */
const sureEnough = 0.5;

/** The reason, or, where clicks cannot decide yet or do not agree, the same with `kind` "unsure" and why. */
export function orAskAPerson(why: Why, context: AskContext, model: Model): Why {
  const { liked } = context;
  const told = liked?.calibration;
  if (liked === null || told === undefined || told.clicks < clicksNeeded)
    return unsure(why, `you decide, after ${told?.clicks ?? 0} of ${clicksNeeded} clicks`);
  const percent = Math.round(100 * told.accuracy);
  if (!told.ready) return unsure(why, `you decide: clicks foretell only ${percent} % of each other`);
  const options = predictedFront(model, context.allowed, context.stream("preference/options"));
  const certain = liked.certainty(options.map((o) => o.objectives));
  if (certain >= sureEnough) return why;
  return unsure(why, `you decide: what you would take is only ${Math.round(100 * certain)} % certain`);
}

function unsure(why: Why, reason: string): Why {
  return { ...why, text: `${why.text}; ${reason}`, kind: "unsure" };
}
