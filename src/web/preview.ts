import { computed, effect, signal } from "@preact/signals";
import type { ObjectiveSpec, TradeOff } from "../core/observation.js";
import type { Settings } from "../core/settings.js";
import { session } from "./store.js";

/** So many trade-offs get a number, a key and a line; all of them lie in the scatter. */
export const mostFeatured = 4;

const options = computed<readonly TradeOff[]>(() => session.value?.proposal?.options ?? []);

/** The trade-off that the operator looks at, by its index; null = the proposal itself. Looking takes nothing. */
export const previewed = signal<number | null>(null);
/** Index under the pointer, in the list or in the scatter. */
export const hovered = signal<number | null>(null);

/** Indices of a few trade-offs that are as unlike one another as can be, best quality first. */
export const featured = computed<readonly number[]>(() =>
  spread(options.value, session.value?.objectives ?? [], mostFeatured),
);

/** What "approve" would take now. */
export const shownProposal = computed<{
  readonly settings: Settings;
  readonly option: TradeOff | null;
} | null>(() => {
  const proposal = session.value?.proposal ?? null;
  if (proposal === null) return null;
  const option = previewed.value === null ? null : (proposal.options[previewed.value] ?? null);
  return { settings: option?.settings ?? proposal.settings, option };
});

/** A look at a trade-off ends with its proposal. */
export function startPreview(): () => void {
  const id = computed(() => session.value?.proposal?.id ?? null);
  return effect(() => {
    id.value;
    previewed.value = null;
    hovered.value = null;
  });
}
export function preview(option: number | null): void {
  previewed.value = option === previewed.value ? null : option;
}

/**
 * Picks `count` of the options by the farthest-point rule on objectives scaled to their own range, beginning at the
 * ends of the first objective. @returns indices, sorted by the first objective, its good end first
 */
export function spread(
  all: readonly TradeOff[],
  objectives: readonly ObjectiveSpec[],
  count: number,
): readonly number[] {
  const [first] = objectives;
  if (all.length === 0 || first === undefined) return [];
  const columns = objectives.map((o) => {
    const values = all.map((t) => t.objectives[o.name] ?? 0);
    const low = Math.min(...values);
    const range = Math.max(...values) - low;
    return values.map((v) => (range === 0 ? 0 : (v - low) / range));
  });
  const far = (a: number, b: number): number =>
    Math.hypot(...columns.map((column) => (column[a] ?? 0) - (column[b] ?? 0)));
  const good = (i: number): number => (columns[0]?.[i] ?? 0) * (first.direction === "maximise" ? 1 : -1);
  const indices = all.map((_, i) => i);
  const chosen = [indices.reduce((best, i) => (good(i) > good(best) ? i : best), 0)];
  while (chosen.length < Math.min(count, all.length)) {
    const nearest = (i: number): number => Math.min(...chosen.map((c) => far(i, c)));
    const left = indices.filter((i) => !chosen.includes(i));
    chosen.push(left.reduce((best, i) => (nearest(i) > nearest(best) ? i : best)));
  }
  return chosen.sort((a, b) => good(b) - good(a));
}
