import type { ParameterSpec, Settings, Why } from "../core/index.js";
import { signed } from "./data.js";
import { knownValue } from "./known.js";
import type { Model } from "./model.js";
import { inSentence, plain } from "./plain.js";
import { limitsInWords } from "./soft-limits.js";
import type { OptimiserSpace, SpaceObjective } from "./space.js";

function withUnit(text: string, unit: string): string {
  return unit === "1" || unit === "" ? text : `${text} ${unit}`;
}

function phrase(o: SpaceObjective, mean: number, sd: number): string {
  const value = sd > 0 ? `${plain(mean)} ± ${plain(sd)}` : plain(mean);
  return `${inSentence(o.label)} ${withUnit(value, o.unit)}${o.known === undefined ? "" : " (exact)"}`;
}

/** "quality 0.71 ± 0.08, bleaching 0.22 ± 0.05" of what is known. */
export function phrases(
  space: Pick<OptimiserSpace, "objectives">,
  expected: Readonly<Record<string, number>>,
  uncertainty: Readonly<Record<string, number>>,
): string {
  return space.objectives
    .flatMap((o) => {
      const mean = expected[o.name];
      return mean === undefined ? [] : [phrase(o, mean, uncertainty[o.name] ?? 0)];
    })
    .join(", ");
}

export interface Expected {
  readonly expected: Record<string, number>;
  readonly uncertainty: Record<string, number>;
}

/** Posterior mean and sd of every objective at u, in its own unit and direction. */
export function expectedAt(model: Model, u: Float64Array): Expected {
  const { mean, sd } = model.predict([u]);
  const expected: Record<string, number> = {};
  const uncertainty: Record<string, number> = {};
  model.columns.forEach((c, j) => {
    expected[c.objective.name] = signed(c.objective, (mean[j] as Float64Array)[0] as number);
    uncertainty[c.objective.name] = (sd[j] as Float64Array)[0] as number;
  });
  return { expected, uncertainty };
}

/** For proposals without a model: what is known exactly, and the reason. */
export function plainWhy(space: OptimiserSpace, settings: Settings, kind: string, reason: string): Why {
  const known = space.objectives.flatMap((o) =>
    o.known === undefined ? [] : [{ o, value: knownValue(o.known, settings) }],
  );
  const exact = known.map(({ o, value }) => phrase(o, value, 0)).join(", ");
  return {
    text: exact === "" ? reason : `${reason}; ${exact}`,
    expected: Object.fromEntries(known.map(({ o, value }) => [o.name, value])),
    uncertainty: Object.fromEntries(known.map(({ o }) => [o.name, 0])),
    kind,
  };
}

/** The knob along which u lies farthest, in lengthscales, from the nearest evaluated point. */
function leastKnownKnob(model: Model, u: Float64Array): ParameterSpec | null {
  let nearest = Number.POSITIVE_INFINITY;
  let knob = -1;
  for (const x of model.points) {
    let distance = 0;
    let most = 0;
    let along = -1;
    for (let j = 0; j < u.length; j++) {
      const delta = (u[j] as number) - (x[j] as number);
      let scaled = 0;
      for (const c of model.columns) {
        if (c.gp !== null) scaled = Math.max(scaled, (delta * (c.gp.kernel.inverse[j] as number)) ** 2);
      }
      distance += scaled;
      if (scaled > most) {
        most = scaled;
        along = j;
      }
    }
    if (distance < nearest) {
      nearest = distance;
      knob = along;
    }
  }
  return knob < 0 ? null : (model.domain.parameters[knob] ?? null);
}

/**
 * One sentence with numbers: what is expected there, and whether it is tried for its value or for what it teaches.
 * @param spread why the settings were not searched for at all, where that is so
 */
export function modelWhy(model: Model, u: Float64Array, aim: string, spread?: string): Why {
  const { expected, uncertainty } = expectedAt(model, u);
  const measured = model.columns.filter((c) => c.gp !== null);
  const ignorance =
    measured.reduce(
      (sum, c) =>
        sum + (uncertainty[c.objective.name] as number) / (c.scale * Math.sqrt(c.gp?.kernel.signal ?? 1)),
      0,
    ) / Math.max(1, measured.length);
  const kind = spread !== undefined || ignorance > 0.5 ? "explores" : "exploits";
  const knob = kind === "explores" ? leastKnownKnob(model, u) : null;
  const numbers = phrases({ objectives: model.columns.map((c) => c.objective) }, expected, uncertainty);
  const ending =
    spread ??
    (knob !== null
      ? `explores ${inSentence(knob.label)}, where least is known`
      : kind === "explores"
        ? "repeats a setting to learn how far it can be trusted"
        : aim);
  const limits = limitsInWords(model, u);
  const kept = limits === null ? "" : `${limits.text}; `;
  const text = `expected ${numbers}; ${kept}${ending}`;
  return { text, expected, uncertainty, kind, ...(limits === null ? {} : { within: limits.within }) };
}
