import { computed, effect, signal } from "@preact/signals";
import type { FrameSummary, StepSummary } from "../loop/contract.js";
import { show, shown } from "./picture.js";
import { newestFrame, session, stepFrames, steps } from "./store.js";

/** What the viewer shows: the newest frame whatever it is, or always the one role of a step. */
export const roles = ["newest", "before", "sted", "after"] as const;
export type View = (typeof roles)[number];
export const roleLabels: Readonly<Record<View, string>> = {
  newest: "Live",
  before: "Before",
  sted: "STED",
  after: "After",
};
export const view = signal<View>("newest");
export const mapName = signal("ember");
export const withHeatmap = signal(false);
/** A step that the operator looks back at; null = follow the run. */
export const lookedAt = signal<number | null>(null);

export interface Wanted {
  readonly id: string;
  readonly role: FrameSummary["role"];
  readonly step: number | null;
}

/** The frame to show, by what the operator chose and what there is. */
export const wanted = computed<Wanted | null>(() => {
  const chosen = view.value;
  const back = lookedAt.value;
  if (back !== null) {
    const step = steps.value.find((s) => s.step === back);
    return step === undefined ? null : ofStep(step, chosen === "newest" ? "sted" : chosen);
  }
  if (chosen === "newest") {
    const frame = newestFrame.value;
    // At rest the operator looks at what the step was about, not at the control frame that came last.
    const resting = session.value?.state !== "running" && stepFrames.value.sted !== undefined;
    if (resting && frame?.role === "after") return ofSummary(stepFrames.value.sted);
    if (frame !== null) return ofSummary(frame);
    return fromLast("sted");
  }
  const underWay = stepFrames.value[chosen];
  if (underWay !== undefined) return { id: underWay.id, role: chosen, step: underWay.step };
  return fromLast(chosen);
});

function ofSummary(frame: FrameSummary | undefined): Wanted | null {
  return frame === undefined ? null : { id: frame.id, role: frame.role, step: frame.step };
}
function fromLast(role: "before" | "sted" | "after"): Wanted | null {
  const last = session.value?.last;
  const id = last?.frames[role];
  return id === null || id === undefined ? null : { id, role, step: last?.step ?? null };
}
function ofStep(step: StepSummary, role: "before" | "sted" | "after"): Wanted | null {
  const id = step.frames[role];
  return id === null ? null : { id, role, step: step.step };
}

/** Which role is on the screen: the role chosen, or that of the newest frame. */
export const shownRole = computed(() => wanted.value?.role ?? null);

export function startViewer(): () => void {
  return effect(() => {
    const frame = wanted.value;
    if (frame !== null && frame.id !== shown.peek()?.id) show(frame.id);
  });
}

export function turnView(by: 1 | -1): void {
  const at = roles.indexOf(view.value);
  view.value = roles[(at + by + roles.length) % roles.length] ?? "newest";
}
export function turnMap(names: readonly string[]): void {
  mapName.value = names[(names.indexOf(mapName.value) + 1) % Math.max(1, names.length)] ?? "ember";
}
export function lookAt(step: number | null): void {
  lookedAt.value = step;
  if (step !== null && view.value === "newest") view.value = "sted";
}
/** One step back or forth; past the newest it follows the run again. */
export function lookBy(by: 1 | -1): void {
  const all = steps.value;
  const at = all.findIndex((s) => s.step === lookedAt.value);
  const next = all[(at < 0 ? all.length : at) + by];
  lookedAt.value = next === undefined && by === 1 ? null : (next?.step ?? lookedAt.value);
}
