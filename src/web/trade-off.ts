import { computed, signal } from "@preact/signals";
import type { ObjectiveSpec } from "../core/observation.js";
import { opened, pickedStep, shownObjectives, shownSteps } from "./source.js";
import { session } from "./store.js";

/** The two objectives that the scatter sets against each other; null = the run's first two. */
export const axes = signal<readonly [string | null, string | null]>([null, null]);

export interface Dot {
  readonly x: number;
  readonly y: number;
  readonly sdX: number;
  readonly sdY: number;
}
export interface Evaluated extends Dot {
  readonly step: number;
  /** No other step is better in all of the run's objectives. */
  readonly best: boolean;
}
export interface Scatter {
  readonly x: ObjectiveSpec;
  readonly y: ObjectiveSpec;
  readonly evaluated: readonly Evaluated[];
  readonly options: readonly (Dot & { readonly option: number })[];
  readonly proposed: Dot | null;
}

export const scatter = computed<Scatter | null>(() => {
  const objectives = shownObjectives.value;
  const steps = shownSteps.value;
  if (objectives.length < 2) return null;
  const named = (name: string | null, otherwise: number): ObjectiveSpec | undefined =>
    objectives.find((o) => o.name === name) ?? objectives[otherwise];
  const x = named(axes.value[0], 1);
  const y = named(axes.value[1], 0);
  if (x === undefined || y === undefined) return null;
  const values = steps.map((s) => objectives.map((o) => s.objectives[o.name]?.value ?? null));
  const front = paretoFront(values, objectives);
  const evaluated = steps.flatMap((s, i) => {
    const vx = s.objectives[x.name]?.value ?? null;
    const vy = s.objectives[y.name]?.value ?? null;
    if (vx === null || vy === null) return [];
    return [{ x: vx, y: vy, sdX: 0, sdY: 0, step: s.step, best: front[i] === true }];
  });
  const dot = (
    mean: Readonly<Record<string, number>>,
    sd: Readonly<Record<string, number>> | undefined,
  ): Dot | null => {
    const mx = mean[x.name];
    const my = mean[y.name];
    if (mx === undefined || my === undefined) return null;
    return { x: possible(x, mx), y: possible(y, my), sdX: sd?.[x.name] ?? 0, sdY: sd?.[y.name] ?? 0 };
  };
  const live = opened.value === null ? session.value : null;
  const why = live?.proposal?.why ?? live?.current?.why ?? pickedStep.value?.why;
  return {
    x,
    y,
    evaluated,
    options: (live?.proposal?.options ?? []).flatMap((option, i) => {
      const at = dot(option.objectives, option.sd);
      return at === null ? [] : [{ ...at, option: i }];
    }),
    proposed: why === undefined ? null : dot(why.expected, why.uncertainty),
  };
});

/** A surrogate may say that bleaching is -0.03: a pure number is drawn where it can be. */
function possible(objective: ObjectiveSpec, value: number): number {
  return objective.unit === "1" ? Math.min(1, Math.max(0, value)) : value;
}

/** Which rows no other row dominates; a row with a missing value is never among them. */
export function paretoFront(
  values: readonly (readonly (number | null)[])[],
  objectives: readonly Pick<ObjectiveSpec, "direction">[],
): readonly boolean[] {
  const signed = values.map((row) =>
    row.map((v, j) => (v === null ? null : objectives[j]?.direction === "maximise" ? -v : v)),
  );
  return signed.map((a) => {
    if (a.some((v) => v === null)) return false;
    return !signed.some((b) => {
      if (b === a || b.some((v) => v === null)) return false;
      const noWorse = b.every((v, j) => (v ?? 0) <= (a[j] ?? 0));
      return noWorse && b.some((v, j) => (v ?? 0) < (a[j] ?? 0));
    });
  });
}
