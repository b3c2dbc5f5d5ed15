import { z } from "zod";
import { InputError } from "../../core/index.js";
import { inputFault, type OptimiserSpace } from "../space.js";
import { type Click, LearnedPreference, type Scale } from "./learned.js";

const clickSchema = z.object({
  options: z.array(z.record(z.string(), z.number().finite())).min(2),
  chosen: z.int().min(0),
});

/** The clicks of a run and what was learned from them, learned once a click. */
export class ClickLog {
  private clicks: Click[] = [];
  private known: { readonly count: number; readonly preference: LearnedPreference | null } | null = null;

  get all(): readonly Click[] {
    return this.clicks;
  }

  /** @throws InputError BAD_PARAMS that names the field */
  add(value: unknown, space: OptimiserSpace): number {
    const result = clickSchema.safeParse(value);
    if (!result.success) throw inputFault("BAD_PARAMS", result.error, "click");
    const { options, chosen } = result.data;
    if (chosen >= options.length)
      throw new InputError("BAD_PARAMS", `there is no option ${chosen}`, { where: "chosen" });
    options.forEach((option, i) => {
      const missing = space.objectives.find((o) => option[o.name] === undefined);
      if (missing !== undefined)
        throw new InputError("BAD_PARAMS", `'${missing.name}' is missing`, {
          where: `options[${i}].${missing.name}`,
        });
    });
    this.clicks.push({ options, chosen });
    return this.clicks.length;
  }

  replace(clicks: readonly Click[]): void {
    this.clicks = [...clicks];
    this.known = null;
  }

  learned(space: OptimiserSpace): LearnedPreference | null {
    if (this.known?.count !== this.clicks.length) {
      const preference = LearnedPreference.learn(scaleOf(space, this.clicks), this.clicks, space.seed);
      this.known = { count: this.clicks.length, preference };
    }
    return this.known?.preference ?? null;
  }
}

/** Declared ends where there are any; else the range of what was ever on offer. */
function scaleOf(space: OptimiserSpace, clicks: readonly Click[]): Scale {
  const seen = (name: string): number[] =>
    clicks.flatMap((c) => c.options.map((o) => o[name] as number)).sort((a, b) => a - b);
  const ends = space.objectives.map((o) => {
    const offered = seen(o.name);
    const low = offered[0] ?? 0;
    const high = offered.at(-1) ?? 1;
    const [good, bad] = o.direction === "minimise" ? [low, high] : [high, low];
    const from = o.ideal ?? good;
    const to = o.worstAcceptable ?? bad;
    return { from, to: to === from ? from + 1 : to };
  });
  return {
    names: space.objectives.map((o) => o.name),
    from: Float64Array.from(ends, (e) => e.from),
    to: Float64Array.from(ends, (e) => e.to),
  };
}
